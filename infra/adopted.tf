# What an earlier destroy left, taken in again instead of made: the database, the bucket, and those secrets that are there.
# What is in the state already is left as it is.
data "google_secret_manager_secrets" "left" {
  count = var.adopt_data ? 1 : 0
}

locals {
  secrets_left = var.adopt_data ? toset([for one in data.google_secret_manager_secrets.left[0].secrets : one.secret_id]) : toset([])
}

import {
  for_each = var.adopt_data ? toset(["this"]) : toset([])
  to       = google_firestore_database.this
  id       = "projects/${var.project_id}/databases/${var.database}"
}

import {
  for_each = var.adopt_data ? toset(["objects"]) : toset([])
  to       = google_storage_bucket.objects
  id       = "${var.project_id}-trimtab-objects"
}

import {
  for_each = setintersection(local.named_secrets, local.secrets_left)
  to       = google_secret_manager_secret.named[each.key]
  id       = "projects/${var.project_id}/secrets/${each.key}"
}
