# Who may call a function. Pub/Sub's pushes come as one account; people come through Identity-Aware Proxy.
resource "google_cloud_run_service_iam_member" "pusher" {
  for_each = { for name, one in local.functions : name => one if length(one.pushed) > 0 && one.callers == "nobody" }

  location = var.region
  service  = google_cloudfunctions2_function.this[each.key].name
  role     = "roles/run.invoker"
  member   = google_service_account.pusher.member
}

# Senders sign what they send, or carry an ID token, and pushes carry the pusher's: the function checks each itself.
resource "google_cloud_run_service_iam_member" "anybody" {
  # checkov:skip=CKV_GCP_102: CRMs of clients have no identity that Google knows; the function admits none without a signature or a token
  for_each = { for name, one in local.functions : name => one if one.callers == "senders" }

  location = var.region
  service  = google_cloudfunctions2_function.this[each.key].name
  role     = "roles/run.invoker"
  member   = "allUsers"
}

resource "google_cloud_run_service_iam_member" "iap" {
  for_each = { for name, one in local.functions : name => one if one.callers == "people" }

  location = var.region
  service  = google_cloudfunctions2_function.this[each.key].name
  role     = "roles/run.invoker"
  member   = local.iap_agent

  depends_on = [google_project_service_identity.google]
}

# Pub/Sub signs pushes as the pusher, and moves what was not taken to the dead letters.
resource "google_service_account_iam_member" "pubsub_signs" {
  service_account_id = google_service_account.pusher.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent

  depends_on = [google_project_service_identity.google]
}

resource "google_pubsub_topic_iam_member" "pubsub_sets_aside" {
  for_each = setsubtract(local.topics, [local.keeps_nothing])

  topic  = google_pubsub_topic.dead_letter[each.key].name
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent

  depends_on = [google_project_service_identity.google]
}

resource "google_pubsub_subscription_iam_member" "pubsub_sets_aside" {
  for_each = { for name, one in local.pushes : name => one if one.topic != local.keeps_nothing }

  subscription = google_pubsub_subscription.push[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent

  depends_on = [google_project_service_identity.google]
}

resource "google_pubsub_topic_iam_member" "crm" {
  for_each = var.crm_publishers

  topic  = google_pubsub_topic.main[local.keeps_nothing].name
  role   = "roles/pubsub.publisher"
  member = each.key
}
