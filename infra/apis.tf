# What the project's resources speak to. `make deploy` turns on what Terraform itself needs before its first run.
locals {
  apis = toset([
    "aiplatform.googleapis.com",
    "artifactregistry.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "cloudtrace.googleapis.com", # without it what telemetry takes is thrown away
    "compute.googleapis.com",
    "firebaserules.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "iap.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
    "telemetry.googleapis.com",
  ])
}

resource "google_project_service" "this" {
  for_each = local.apis

  service = each.key

  # Something else in the project may need them.
  disable_on_destroy = false
}

# An API takes a moment until it answers; asked before, it says that it is off.
resource "time_sleep" "apis" {
  create_duration = "60s"
  triggers        = { apis = join(" ", local.apis) }

  depends_on = [google_project_service.this]
}
