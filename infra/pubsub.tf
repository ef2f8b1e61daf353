locals {
  topics = toset([
    "pacing-ticks", "anomaly_pause-ticks", "deep_review-ticks", "drift-ticks", "report-ticks", "housekeeping-ticks",
    "ingest-ticks", "conversions", "optimization-events",
  ])

  # Of the events, the drift function needs those after which an allocation may have moved.
  drift_events = join(" OR ", [for type in [
    "manifest.external_change",
    "optimization.applied",
    "optimization.preempted",
    "plan.activated",
  ] : "attributes.ce-type = \"${type}\""])

  # A week: long enough that a weekend's failures are still there on Monday.
  retention = "604800s"
}

resource "google_pubsub_topic" "main" {
  for_each = local.topics

  name   = each.key
  labels = var.labels

  # What a CRM sends may name persons: once it is delivered, nothing of it stays.
  message_retention_duration = each.key == "conversions" ? null : local.retention

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

# Where a message goes that can't be handled, with its reason.
resource "google_pubsub_topic" "dead_letter" {
  for_each = local.topics

  name   = "${each.key}-dead-letter"
  labels = var.labels

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

# A topic without a subscription forgets at once; this one keeps what was set aside until a person has looked.
resource "google_pubsub_subscription" "dead_letter" {
  for_each = local.topics

  name                       = "${each.key}-dead-letter"
  topic                      = google_pubsub_topic.dead_letter[each.key].id
  labels                     = var.labels
  message_retention_duration = local.retention

  expiration_policy {
    ttl = ""
  }
}

# The function ingest takes ticks and what CRMs publish, each at a path of its own.
resource "google_pubsub_subscription" "ingest" {
  for_each = var.ingest_push == null ? {} : { "ingest-ticks" = "push/ticks", "conversions" = "push/conversions" }

  name                       = "${each.key}-push"
  topic                      = google_pubsub_topic.main[each.key].id
  labels                     = var.labels
  ack_deadline_seconds       = 600
  message_retention_duration = local.retention

  push_config {
    push_endpoint = "${var.ingest_push.url}/${each.value}"

    oidc_token {
      service_account_email = var.ingest_push.service_account
      audience              = var.ingest_push.url
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  # A dead letter of Pub/Sub's own would keep a CRM's message whole. The function sets aside what it can't take, without it.
  dynamic "dead_letter_policy" {
    for_each = each.key == "conversions" ? [] : [each.key]

    content {
      dead_letter_topic     = google_pubsub_topic.dead_letter[dead_letter_policy.value].id
      max_delivery_attempts = 5
    }
  }

  expiration_policy {
    ttl = ""
  }
}

# The drift function hears events beside its ticks. Until functions are deployed from here, where it runs is a variable.
resource "google_pubsub_subscription" "drift_events" {
  count = var.drift_push == null ? 0 : 1

  name                       = "drift-events-push"
  topic                      = google_pubsub_topic.main["optimization-events"].id
  labels                     = var.labels
  filter                     = local.drift_events
  ack_deadline_seconds       = 60
  message_retention_duration = local.retention

  push_config {
    push_endpoint = var.drift_push.url

    oidc_token {
      service_account_email = var.drift_push.service_account
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letter["optimization-events"].id
    max_delivery_attempts = 5
  }

  expiration_policy {
    ttl = ""
  }
}
