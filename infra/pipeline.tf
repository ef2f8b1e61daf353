# What is pushed to the branch is deployed by the same file as `make deploy` submits. The repository is connected once, by
# a person (infra/README.md).
resource "google_cloudbuild_trigger" "deploy" {
  for_each = var.repository == null ? toset([]) : toset(["deploy"])

  name            = "trimtab-deploy"
  description     = "Test, stage, plan, apply, and a canary tick"
  location        = split("/", var.repository.id)[3]
  filename        = "cloudbuild.yaml"
  service_account = "projects/${var.project_id}/serviceAccounts/${local.deployer}"

  repository_event_config {
    repository = var.repository.id

    push {
      branch = "^${var.repository.branch}$"
    }
  }

  substitutions = {
    _REGION      = var.region
    _ENVIRONMENT = var.environment
  }

  approval_config {
    approval_required = var.repository.approval
  }

  depends_on = [time_sleep.apis]
}
