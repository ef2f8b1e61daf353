locals {
  # A topic for each cadence and what else functions are pushed. Nobody listens to a topic that is not there.
  topics = toset(flatten([for one in local.listed : keys(lookup(one, "pushed", {}))]))

  # What a CRM sends may name persons: once it is delivered, nothing of it stays.
  keeps_nothing = "conversions"

  # Of the events, drift needs those after which an allocation may have moved, and notify all but what it never tells.
  # A filter can't be changed: with another one the subscription is made anew, and what waited in it is gone. The daily
  # sweep finds the drift; what notify had not told by then stays untold.
  heard = {
    drift = join(" OR ", [for type in [
      "manifest.external_change",
      "optimization.applied",
      "optimization.preempted",
      "plan.activated",
    ] : "attributes.ce-type = \"${type}\""])
    notify = "NOT attributes.importance = \"silent\""
  }

  # One subscription for each function and topic that it is pushed.
  pushes = merge([for name, one in local.functions : {
    for topic, path in one.pushed : "${topic}-to-${replace(name, "_", "-")}" => { function = name, topic = topic, path = path }
  }]...)

  # Written out, so that a plan shows which topic it is.
  topic_ids       = { for name, topic in google_pubsub_topic.main : name => "projects/${var.project_id}/topics/${topic.name}" }
  dead_letter_ids = { for name, topic in google_pubsub_topic.dead_letter : name => "projects/${var.project_id}/topics/${topic.name}" }

  # A week: long enough that a weekend's failures are still there on Monday.
  retention = "604800s"
}

resource "google_pubsub_topic" "main" {
  # checkov:skip=CKV_GCP_83: Google's keys encrypt it; a key of one's own adds a way to lose messages, and no promise here needs it
  for_each = local.topics

  name   = each.key
  labels = var.labels

  message_retention_duration = each.key == local.keeps_nothing ? null : local.retention

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [time_sleep.apis]
}

# Where a message goes that can't be handled, with its reason.
resource "google_pubsub_topic" "dead_letter" {
  # checkov:skip=CKV_GCP_83: as for the topics above
  for_each = local.topics

  name   = "${each.key}-dead-letter"
  labels = var.labels

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [time_sleep.apis]
}

# A topic without a subscription forgets at once; this one keeps what was set aside until a person has looked.
resource "google_pubsub_subscription" "dead_letter" {
  for_each = local.topics

  name                       = "${each.key}-dead-letter"
  topic                      = local.dead_letter_ids[each.key]
  labels                     = var.labels
  ack_deadline_seconds       = 60
  message_retention_duration = local.retention

  expiration_policy {
    ttl = ""
  }
}

# No ordering: consumers drop what they have seen by its id, and order by the revision that an event carries.
resource "google_pubsub_subscription" "push" {
  for_each = local.pushes

  name   = each.key
  topic  = local.topic_ids[each.value.topic]
  labels = var.labels
  filter = each.value.topic == "optimization-events" ? local.heard[each.value.function] : null

  # A minute over what the function may take: a message that is still worked on does not come again.
  ack_deadline_seconds       = min(600, local.functions[each.value.function].timeout_seconds + 60)
  message_retention_duration = local.retention

  push_config {
    push_endpoint = join("/", compact([google_cloudfunctions2_function.this[each.value.function].service_config[0].uri, each.value.path]))

    oidc_token {
      service_account_email = google_service_account.pusher.email
      # Where the function checks the caller itself, what it is told to expect; elsewhere what Cloud Run expects.
      audience = local.functions[each.value.function].callers == "senders" ? local.function_urls[each.value.function] : google_cloudfunctions2_function.this[each.value.function].service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  # A dead letter of Pub/Sub's own would keep a CRM's message whole. The function sets aside what it can't take, without it.
  dynamic "dead_letter_policy" {
    for_each = each.value.topic == local.keeps_nothing ? [] : [each.value.topic]

    content {
      dead_letter_topic = local.dead_letter_ids[dead_letter_policy.value]
      # With these pauses some 40 minutes: longer than the lease of a run that died, which makes the next one wait.
      max_delivery_attempts = 10
    }
  }

  expiration_policy {
    ttl = ""
  }
}
