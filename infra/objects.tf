# Anchors of the log, and reports. What is in it can be neither changed nor removed until its time is over, by nobody:
# that is what makes an anchor worth more than the store that it is held against.
resource "google_storage_bucket" "objects" {
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

  lifecycle {
    prevent_destroy = true
  }
}
