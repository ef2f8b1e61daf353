# Anchors of the log, reports, and what decisions were made on, once it is old. What is in it can be neither changed nor
# removed until its time is over, by nobody: that is what makes an anchor worth more than the store that it is held
# against.
resource "google_storage_bucket" "objects" {
  # checkov:skip=CKV_GCP_62: who read and wrote is in Cloud Audit Logs (iam_data.tf); logs in another bucket would be a second place to keep safe
  # checkov:skip=CKV_GCP_63: it logs into no bucket, so not into itself
  # checkov:skip=CKV_GCP_78: under a retention policy nothing is overwritten or deleted, so there is never an older version
  name     = "${var.project_id}-trimtab-objects"
  location = var.region
  labels   = var.labels

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  retention_policy {
    retention_period = var.objects_retention.days * 24 * 60 * 60
    is_locked        = var.objects_retention.locked
  }

  # Under a retention policy nothing is ever deleted, so there is nothing to bring back.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  # A destroy leaves it where it is, and forgets it.
  deletion_policy = var.keep_data ? "ABANDON" : "DELETE"

  depends_on = [time_sleep.apis]
}
