# The real providers need a project; these make values up.
mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      id     = "projects/trimtab-demo/serviceAccounts/somebody@trimtab-demo.iam.gserviceaccount.com"
      name   = "projects/trimtab-demo/serviceAccounts/somebody@trimtab-demo.iam.gserviceaccount.com"
      email  = "somebody@trimtab-demo.iam.gserviceaccount.com"
      member = "serviceAccount:somebody@trimtab-demo.iam.gserviceaccount.com"
    }
  }

  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

mock_provider "google-beta" {}

mock_provider "time" {}

run "kept" {
  command = plan

  assert {
    condition     = google_firestore_database.this.deletion_policy == "ABANDON" && google_firestore_database.this.delete_protection_state == "DELETE_PROTECTION_ENABLED" && google_storage_bucket.objects.deletion_policy == "ABANDON"
    error_message = "A destroy leaves the data."
  }

  assert {
    condition     = google_firestore_database.this.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED" && google_firestore_backup_schedule.daily.retention == "604800s" && google_firestore_backup_schedule.weekly.retention == "2419200s"
    error_message = "Yesterday can be had back, and four weeks ago."
  }

  assert {
    condition     = google_storage_bucket.objects.retention_policy[0].retention_period == "34560000"
    error_message = "What is in the bucket stays for its time."
  }
}

run "the_least" {
  command = plan

  variables {
    pages     = null
    agent     = null
    keep_data = false
    paused    = true
    database  = "trimtab"
  }

  assert {
    condition     = !contains(keys(google_cloudfunctions2_function.this), "approval") && length(google_compute_backend_service.pages) == 0 && length(google_secret_manager_secret.form_keys) == 0
    error_message = "Without pages there is neither their function, nor a way to it, nor a key for it."
  }

  assert {
    condition     = output.pages == null && alltrue([for one in local.own_settings : !startswith(lookup(one, "TRIMTAB_IDENTITY", ""), "iap:")])
    error_message = "No function waits for a proxy that is not there."
  }

  assert {
    condition     = length(google_project_iam_member.model) == 0 && !contains(keys(local.own_settings["deep_review"]), "TRIMTAB_AGENT")
    error_message = "Where no model is asked, nobody may ask one."
  }

  assert {
    condition     = google_firestore_database.this.deletion_policy == "DELETE" && google_firestore_database.this.delete_protection_state == "DELETE_PROTECTION_DISABLED"
    error_message = "Data that is not to be kept goes with a destroy."
  }

  assert {
    condition     = alltrue([for one in google_cloud_scheduler_job.utc : one.paused]) && length(google_monitoring_alert_policy.silent) == 0
    error_message = "Jobs that are meant to stand still alarm nobody."
  }

  assert {
    condition     = local.settings.TRIMTAB_STORE == "firestore:trimtab-demo/trimtab" && google_firebaserules_release.firestore.name == "cloud.firestore/trimtab"
    error_message = "Code and rules go to the database that is named."
  }

  assert {
    condition     = alltrue([for one in google_project_iam_member.store : endswith(one.condition[0].expression, "/databases/trimtab\"")])
    error_message = "No function reaches another database."
  }
}
