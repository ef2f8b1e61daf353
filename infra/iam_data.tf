# Secrets and objects: by name, or by what a name begins with.

# The code reads every enabled version of a secret, so that a key can be rotated; it needs their list, and what they hold.
resource "google_project_iam_custom_role" "secret_reader" {
  role_id     = "trimtabSecretReader"
  title       = "Trimtab: reads secrets"
  permissions = ["secretmanager.versions.access", "secretmanager.versions.list"]
}

locals {
  # What each kind of secret is called; tenants' keys are named by common/adapters/key_names.py.
  secrets_of = merge(local.secret_names, { tenant-keys = { exact = toset([]), prefixes = toset(["trimtab-key-"]) } })

  readings = merge([for name, one in local.functions : {
    for secret in setunion([for kind in one.reaches : try(local.secrets_of[kind].exact, toset([]))]...) :
    "${name}:${secret}" => { function = name, secret = secret }
  }]...)

  prefixes = {
    for name, one in local.functions : name => sort(setunion(toset([]), [for kind in one.reaches : try(local.secrets_of[kind].prefixes, toset([]))]...))
  }
}

resource "google_secret_manager_secret_iam_member" "named" {
  for_each = local.readings

  secret_id = google_secret_manager_secret.named[each.value.secret].secret_id
  role      = "${local.roles}/${google_project_iam_custom_role.secret_reader.role_id}"
  member    = local.members[each.value.function]
}

resource "google_project_iam_member" "secrets_by_prefix" {
  for_each = { for name, prefixes in local.prefixes : name => prefixes if length(prefixes) > 0 }

  project = var.project_id
  role    = "${local.roles}/${google_project_iam_custom_role.secret_reader.role_id}"
  member  = local.members[each.key]

  condition {
    title      = "trimtab-secrets"
    expression = join(" || ", [for prefix in each.value : "resource.name.startsWith(\"projects/${local.project_number}/secrets/${prefix}\")"])
  }
}

# Cloud Run reads it for the function when an instance starts.
resource "google_secret_manager_secret_iam_member" "form_keys" {
  for_each = { for name, one in local.functions : name => one if one.callers == "people" }

  secret_id = google_secret_manager_secret.form_keys[0].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.members[each.key]
}

# Each reaches its folders of the bucket: to make what is not there yet and to read it, never to replace or remove.
resource "google_project_iam_custom_role" "object_keeper" {
  role_id     = "trimtabObjectKeeper"
  title       = "Trimtab: makes and reads objects"
  permissions = ["storage.objects.create", "storage.objects.get"]
}

# A list is of the whole bucket, so it can't be held to a folder; it tells names, which are tenants and days.
resource "google_project_iam_custom_role" "object_lister" {
  role_id     = "trimtabObjectLister"
  title       = "Trimtab: lists objects"
  permissions = ["storage.objects.list"]
}

resource "google_storage_bucket_iam_member" "folder" {
  for_each = merge([for name, one in local.functions : {
    for folder in setintersection(one.reaches, local.needs_objects) : "${name}:${folder}" => { function = name, folder = folder }
  }]...)

  bucket = google_storage_bucket.objects.name
  role   = "${local.roles}/${google_project_iam_custom_role.object_keeper.role_id}"
  member = local.members[each.value.function]

  condition {
    title      = "trimtab-${each.value.folder}"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.objects.name}/objects/${each.value.folder}/\")"
  }
}

# Checking a log begins with the list of its anchors.
resource "google_storage_bucket_iam_member" "lister" {
  for_each = { for name, one in local.functions : name => one if contains(one.reaches, "anchors") }

  bucket = google_storage_bucket.objects.name
  role   = "${local.roles}/${google_project_iam_custom_role.object_lister.role_id}"
  member = local.members[each.key]
}

# Every reading of a secret and every touch of an object is on record, whoever it was.
resource "google_project_iam_audit_config" "data" {
  for_each = toset(["secretmanager.googleapis.com", "storage.googleapis.com"])

  project = var.project_id
  service = each.key

  audit_log_config {
    log_type = "DATA_READ"
  }

  audit_log_config {
    log_type = "DATA_WRITE"
  }
}
