# Who acts. No account has a key; each function has one of its own, and may do what iam.tf grants it and nothing else.
resource "google_service_account" "function" {
  for_each = local.functions

  account_id   = local.function_names[each.key]
  display_name = "Trimtab: function ${each.key}"
  description  = each.value.does

  depends_on = [time_sleep.apis]
}

# As whom Pub/Sub pushes: the only one that may call the functions that are pushed to.
resource "google_service_account" "pusher" {
  account_id   = "trimtab-pusher"
  display_name = "Trimtab: Pub/Sub's pushes"

  depends_on = [time_sleep.apis]
}

# As whom Cloud Build makes a function's container of its bundle.
resource "google_service_account" "build" {
  account_id   = "trimtab-build"
  display_name = "Trimtab: builds of functions"

  depends_on = [time_sleep.apis]
}

# As whom `trimtab schedules sync` keeps the jobs of tenants' time zones.
resource "google_service_account" "scheduler" {
  account_id   = "trimtab-scheduler"
  display_name = "Trimtab: jobs of time zones"

  depends_on = [time_sleep.apis]
}

locals {
  # Made by `make deploy` before Terraform's first run, since Terraform runs as it.
  deployer = "trimtab-deployer@${var.project_id}.iam.gserviceaccount.com"

  project_number = data.google_project.this.number

  iap_agent    = "serviceAccount:service-${local.project_number}@gcp-sa-iap.iam.gserviceaccount.com"
  pubsub_agent = "serviceAccount:service-${local.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

# Google's own identities, which exist once they are asked for. Their addresses are known from the project's number.
resource "google_project_service_identity" "google" {
  for_each = toset(["iap.googleapis.com", "pubsub.googleapis.com"])
  provider = google-beta

  project = var.project_id
  service = each.key

  depends_on = [time_sleep.apis]
}
