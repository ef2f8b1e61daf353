resource "google_firestore_database" "this" {
  name        = var.database
  location_id = var.region
  type        = "FIRESTORE_NATIVE"

  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.keep_data ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"

  # A destroy leaves it where it is, and forgets it.
  deletion_policy = var.keep_data ? "ABANDON" : "DELETE"

  depends_on = [time_sleep.apis]
}

resource "google_firestore_backup_schedule" "daily" {
  database  = google_firestore_database.this.name
  retention = "${var.backup_days * 24 * 60 * 60}s"

  daily_recurrence {}
}

resource "google_firebaserules_ruleset" "firestore" {
  source {
    files {
      name    = "firestore.rules"
      content = file("${path.module}/firestore.rules")
    }
  }

  depends_on = [google_firestore_database.this]
}

resource "google_firebaserules_release" "firestore" {
  name         = var.database == "(default)" ? "cloud.firestore" : "cloud.firestore/${var.database}"
  ruleset_name = google_firebaserules_ruleset.firestore.name
}

# Firestore makes an index of each field of each collection by itself, and queries here go by those. What else it must be
# told is in common/ports/indexes.py, which a test holds against these.
locals {
  composite_indexes = {
    approvals   = ["state", "expires_at"]
    plan_drafts = ["state", "expires_at"]
  }

  group_indexes = {
    manifests = "due"
    notices   = "due"
  }

  # Documents that go by themselves, some time after the instant in their field `kept_until`.
  expiring = ["ingested", "notices"]

  # Lists and maps that no query asks for. A document has at most 40,000 index entries, one for each value in it
  # (https://firebase.google.com/docs/firestore/quotas), and each is written and billed with it.
  unindexed = {
    approvals        = ["before", "decisions"]
    change_sets      = ["decided_by", "headroom", "inputs", "origin", "pause", "proposals", "reasons", "results"]
    connections      = ["needs"]
    control          = ["kill_switch"]
    crm_days         = ["counts", "rates"]
    crm_pulls        = ["place"]
    envelopes        = ["ceilings", "held"]
    manifests        = ["declined", "drift", "edits", "entities", "in_flight", "pauses", "queue", "turned_down", "unsettled"]
    optimization_log = ["changes", "pauses", "reasons", "state", "why"]
    outbox           = ["data"]
    performance      = ["entities", "rounds"]
    plan_drafts      = ["decisions", "drift", "plan", "tracks"]
    reports          = ["tracks"]
    state            = ["freezes", "pacing", "ratios", "reasons", "thawed", "troubles", "watching", "windows"]
    tenants          = ["accounts", "approvers", "cadences", "crm", "ga4", "guardrails", "kill_switch", "notifications", "tracks"]
    versions         = ["flight", "notes", "tracks"]
  }

  unindexed_fields = merge([for collection, fields in local.unindexed : {
    for field in fields : "${collection}.${field}" => { collection = collection, field = field }
  }]...)
}

resource "google_firestore_index" "composite" {
  for_each = local.composite_indexes

  database    = google_firestore_database.this.name
  collection  = each.key
  query_scope = "COLLECTION_GROUP"

  dynamic "fields" {
    for_each = each.value

    content {
      field_path = fields.value
      order      = "ASCENDING"
    }
  }
}

resource "google_firestore_field" "group_index" {
  for_each = local.group_indexes

  database   = google_firestore_database.this.name
  collection = each.key
  field      = each.value

  # Told one index, Firestore drops those that it makes by itself: the one of each collection is needed too.
  index_config {
    dynamic "indexes" {
      for_each = ["COLLECTION", "COLLECTION_GROUP"]

      content {
        order       = "ASCENDING"
        query_scope = indexes.value
      }
    }
  }
}

resource "google_firestore_field" "expiry" {
  for_each = toset(local.expiring)

  database   = google_firestore_database.this.name
  collection = each.key
  field      = "kept_until"

  ttl_config {}

  # An index of a time at which much happens would be a hot spot, and nothing asks for it.
  index_config {}
}

resource "google_firestore_field" "unindexed" {
  for_each = local.unindexed_fields

  database   = google_firestore_database.this.name
  collection = each.value.collection
  field      = each.value.field

  index_config {}
}
