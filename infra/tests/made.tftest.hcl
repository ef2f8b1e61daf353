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

# Applied, since some of it is known only then.
run "messages" {
  assert {
    condition = alltrue([for name, one in local.pushes : endswith(
      google_pubsub_subscription.push[name].push_config[0].push_endpoint, one.path == "" ? google_cloudfunctions2_function.this[one.function].service_config[0].uri : "/${one.path}"
    )])
    error_message = "A push goes to the path at which its function takes that topic."
  }

  assert {
    condition     = endswith(google_pubsub_subscription.push["conversions-to-ingest"].push_config[0].push_endpoint, "/push/conversions")
    error_message = "What CRMs publish has a path of its own."
  }

  assert {
    condition     = alltrue([for one in google_pubsub_subscription.push : one.push_config[0].oidc_token[0].service_account_email == google_service_account.pusher.email])
    error_message = "Every push carries the pusher's identity."
  }

  assert {
    condition = alltrue([for name, one in local.pushes :
      google_pubsub_subscription.push[name].ack_deadline_seconds > local.functions[one.function].timeout_seconds && google_pubsub_subscription.push[name].ack_deadline_seconds <= 600
    ])
    error_message = "A message does not come again while it is worked on; Pub/Sub waits ten minutes at most."
  }

  assert {
    condition     = alltrue([for filter in values(local.heard) : length(filter) <= 256])
    error_message = "Pub/Sub takes filters of 256 bytes."
  }

  assert {
    condition     = google_pubsub_topic.main["conversions"].message_retention_duration == null && length(google_pubsub_subscription.push["conversions-to-ingest"].dead_letter_policy) == 0
    error_message = "What a CRM sends may name persons: nothing of it is kept once it is delivered."
  }

  assert {
    condition     = toset([for one in google_pubsub_topic_iam_member.pubsub_sets_aside : one.topic]) == toset([for topic in setsubtract(local.topics, ["conversions"]) : "${topic}-dead-letter"])
    error_message = "Pub/Sub itself may set aside what it could not deliver, but nothing of what CRMs publish."
  }

  assert {
    condition     = toset(keys(google_cloud_scheduler_job.utc)) == toset(["anomaly_pause", "housekeeping", "ingest", "pacing"])
    error_message = "Jobs of cadences that have a tenant's time zone are not made here."
  }

  assert {
    condition     = alltrue([for name, one in google_cloud_scheduler_job.utc : base64decode(one.pubsub_target[0].data) == "{\"cadence\":\"${name}\"}" && one.time_zone == "Etc/UTC"])
    error_message = "A root tick names its cadence."
  }
}

run "rights" {
  assert {
    condition     = [for name, one in google_cloudfunctions2_function.this : name if one.service_config[0].ingress_settings == "ALLOW_ALL"] == ["ingest"]
    error_message = "Only what CRMs call is open to the internet."
  }

  assert {
    condition     = [for name, one in google_cloudfunctions2_function.this : name if one.service_config[0].ingress_settings == "ALLOW_INTERNAL_AND_GCLB"] == ["approval"]
    error_message = "People come through the load balancer."
  }

  assert {
    condition     = [for one in google_cloud_run_service_iam_member.anybody : one.service] == ["trimtab-ingest"]
    error_message = "Anybody may call ingest, which checks its callers itself, and nothing else."
  }

  assert {
    condition     = google_compute_backend_service.pages["approval"].iap[0].enabled
    error_message = "Nobody comes to the pages but through Identity-Aware Proxy."
  }

  assert {
    condition     = toset([for one in google_secret_manager_secret_iam_member.named : one.secret_id if startswith(one.secret_id, "smtp")]) == toset(["smtp-url"])
    error_message = "The mail server's password is one secret."
  }

  assert {
    condition     = alltrue([for key in keys(local.readings) : !startswith(key, "notify:") || key == "notify:smtp-url"])
    error_message = "Who tells people reads the channels' secrets, and no account's."
  }

  assert {
    condition     = !contains(keys(google_project_iam_member.secrets_by_prefix), "pacing") || !strcontains(google_project_iam_member.secrets_by_prefix["pacing"].condition[0].expression, "trimtab-key-")
    error_message = "Pacing asks no CRM, and reads no tenant's key."
  }

  assert {
    condition     = length(google_project_iam_member.secrets_by_prefix["ingest"].condition) == 1 && strcontains(google_project_iam_member.secrets_by_prefix["ingest"].condition[0].expression, "/secrets/trimtab-key-")
    error_message = "Tenants' keys are read by what their names begin with."
  }

  assert {
    condition     = toset(keys(google_storage_bucket_iam_member.folder)) == toset(["approval:reports", "housekeeping:anchors", "housekeeping:inputs", "report:reports"])
    error_message = "Each function reaches its folders of the bucket."
  }

  assert {
    condition     = toset(google_project_iam_custom_role.object_keeper.permissions) == toset(["storage.objects.create", "storage.objects.get"])
    error_message = "Nothing that was written is replaced or removed."
  }
}
