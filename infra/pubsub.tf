locals {
  topics = toset(["pacing-ticks", "anomaly_pause-ticks", "drift-ticks", "report-ticks", "housekeeping-ticks", "optimization-events"])

  # A week: long enough that a weekend's failures are still there on Monday.
  retention = "604800s"
}

resource "google_pubsub_topic" "main" {
  for_each = local.topics

  name                       = each.key
  labels                     = var.labels
  message_retention_duration = local.retention

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
