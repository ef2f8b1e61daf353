# Those who build, deploy and operate. The deployer's own rights are given before Terraform's first run, by `make deploy`.

# Cloud Build, as it makes a function's container.
locals {
  deploy_bucket = "${var.project_id}-trimtab-deploy"
}

resource "google_project_iam_member" "build" {
  for_each = {
    "roles/logging.logWriter" = null
    # Cloud Functions copies each bundle into a bucket of its own, and builds from there.
    "roles/storage.objectViewer" = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${local.project_number}-${var.region}\")"
  }

  project = var.project_id
  role    = each.key
  member  = google_service_account.build.member

  dynamic "condition" {
    for_each = each.value == null ? [] : [each.value]

    content {
      title      = "trimtab-sources"
      expression = condition.value
    }
  }
}

resource "google_artifact_registry_repository_iam_member" "build" {
  repository = google_artifact_registry_repository.functions.name
  location   = var.region
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.build.member
}

resource "google_storage_bucket_iam_member" "build" {
  bucket = local.deploy_bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.build.member

  condition {
    title      = "trimtab-bundles"
    expression = "resource.name.startsWith(\"projects/_/buckets/${local.deploy_bucket}/objects/bundles/\")"
  }
}

# The jobs of time zones: who keeps them reads tenants, and changes nothing else.
resource "google_project_iam_custom_role" "job_keeper" {
  role_id = "trimtabJobKeeper"
  title   = "Trimtab: keeps the scheduler's jobs"
  permissions = [
    "cloudscheduler.jobs.create",
    "cloudscheduler.jobs.delete",
    "cloudscheduler.jobs.enable",
    "cloudscheduler.jobs.get",
    "cloudscheduler.jobs.list",
    "cloudscheduler.jobs.pause",
    "cloudscheduler.jobs.update",
  ]
}

resource "google_project_iam_member" "scheduler" {
  for_each = {
    (google_project_iam_custom_role.job_keeper.role_id) = null
    "roles/datastore.viewer"                            = local.in_our_database.expression
  }

  project = var.project_id
  role    = each.value == null ? "${local.roles}/${google_project_iam_custom_role.job_keeper.role_id}" : each.key
  member  = google_service_account.scheduler.member

  dynamic "condition" {
    for_each = each.value == null ? [] : [each.value]

    content {
      title      = local.in_our_database.title
      expression = condition.value
    }
  }
}

resource "google_service_account_iam_member" "scheduler" {
  for_each = setunion(var.operators, ["serviceAccount:${local.deployer}"])

  service_account_id = google_service_account.scheduler.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.key
}

# People who run `python -m trimtab` here: the store, messages, what was set aside, tenants' keys.
resource "google_project_iam_member" "operator_store" {
  # checkov:skip=CKV_GCP_49: the role is bound to one database by its condition, and impersonates nobody
  for_each = var.operators

  project = var.project_id
  role    = "roles/datastore.user"
  member  = each.key

  condition {
    title      = local.in_our_database.title
    expression = local.in_our_database.expression
  }
}

resource "google_project_iam_member" "operator_looks" {
  for_each = { for pair in setproduct(var.operators, ["roles/logging.viewer", "roles/monitoring.viewer", "roles/pubsub.viewer"]) : join(" ", pair) => pair }

  project = var.project_id
  role    = each.value[1]
  member  = each.value[0]
}

resource "google_pubsub_topic_iam_member" "operator" {
  for_each = { for pair in setproduct(var.operators, setsubtract(local.topics, [local.keeps_nothing])) : join(" ", pair) => pair }

  topic  = google_pubsub_topic.main[each.value[1]].name
  role   = "roles/pubsub.publisher"
  member = each.value[0]
}

# `trimtab redrive` takes from these what it publishes again.
resource "google_pubsub_subscription_iam_member" "operator" {
  for_each = { for pair in setproduct(var.operators, local.topics) : join(" ", pair) => pair }

  subscription = google_pubsub_subscription.dead_letter[each.value[1]].name
  role         = "roles/pubsub.subscriber"
  member       = each.value[0]
}

resource "google_storage_bucket_iam_member" "operator" {
  for_each = var.operators

  bucket = google_storage_bucket.objects.name
  role   = "roles/storage.objectViewer"
  member = each.key
}

# `trimtab new-key` and `erase`: the making of a secret can't be held to a name, since it has none yet.
resource "google_project_iam_custom_role" "key_maker" {
  role_id     = "trimtabKeyMaker"
  title       = "Trimtab: makes secrets for tenants' keys"
  permissions = ["secretmanager.secrets.create"]
}

resource "google_project_iam_custom_role" "key_keeper" {
  role_id = "trimtabKeyKeeper"
  title   = "Trimtab: keeps tenants' keys"
  permissions = [
    "secretmanager.versions.access",
    "secretmanager.versions.add",
    "secretmanager.versions.destroy",
    "secretmanager.versions.list",
  ]
}

resource "google_project_iam_member" "key_maker" {
  for_each = var.operators

  project = var.project_id
  role    = "${local.roles}/${google_project_iam_custom_role.key_maker.role_id}"
  member  = each.key
}

resource "google_project_iam_member" "key_keeper" {
  for_each = var.operators

  project = var.project_id
  role    = "${local.roles}/${google_project_iam_custom_role.key_keeper.role_id}"
  member  = each.key

  condition {
    title      = "trimtab-keys"
    expression = "resource.name.startsWith(\"projects/${local.project_number}/secrets/trimtab-key-\")"
  }
}

# `trimtab connect` looks at accounts with the credentials that the functions use.
resource "google_secret_manager_secret_iam_member" "operator" {
  for_each = { for pair in setproduct(var.operators, setunion(local.secret_names.accounts.exact, local.secret_names.senders.exact)) : join(" ", pair) => pair }

  secret_id = google_secret_manager_secret.named[each.value[1]].secret_id
  role      = "${local.roles}/${google_project_iam_custom_role.secret_reader.role_id}"
  member    = each.value[0]
}

resource "google_project_iam_member" "operator_secrets" {
  for_each = length(setunion(local.secret_names.accounts.prefixes, local.secret_names.senders.prefixes)) == 0 ? [] : var.operators

  project = var.project_id
  role    = "${local.roles}/${google_project_iam_custom_role.secret_reader.role_id}"
  member  = each.key

  condition {
    title      = "trimtab-secrets"
    expression = join(" || ", [for prefix in sort(setunion(local.secret_names.accounts.prefixes, local.secret_names.senders.prefixes)) : "resource.name.startsWith(\"projects/${local.project_number}/secrets/${prefix}\")"])
  }
}
