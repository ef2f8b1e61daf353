# The containers that Cloud Build makes of functions' bundles.
resource "google_artifact_registry_repository" "functions" {
  # checkov:skip=CKV_GCP_84: Google's keys encrypt it; what is in it is code, and can be built again
  repository_id = "trimtab"
  location      = var.region
  format        = "DOCKER"
  description   = "Containers of Trimtab's functions"
  labels        = var.labels

  # Enough to go back to; the rest is storage.
  cleanup_policies {
    id     = "keep-the-newest"
    action = "KEEP"

    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "drop-what-is-old"
    action = "DELETE"

    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [time_sleep.apis]
}
