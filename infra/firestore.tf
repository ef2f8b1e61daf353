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

# Firestore takes one schedule of each kind. What is older than the daily ones is a week's last.
resource "google_firestore_backup_schedule" "daily" {
  database  = google_firestore_database.this.name
  retention = "${var.backups.days * 24 * 60 * 60}s"

  daily_recurrence {}
}

resource "google_firestore_backup_schedule" "weekly" {
  database  = google_firestore_database.this.name
  retention = "${var.backups.weeks * 7 * 24 * 60 * 60}s"

  weekly_recurrence {
    day = "SUNDAY"
  }
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

# Firestore would make indexes of each field of each collection by itself, and each entry is written and billed. Here it
# makes only those that queries go by; common/ports/indexes.py has them too, and a test holds both against the code.
locals {
  composite_indexes = {
    approvals   = ["state", "expires_at"]
    plan_drafts = ["state", "expires_at"]
  }

  group_indexes = {
    manifests = "due"
    notices   = "due"
  }

  # A filter on two fields goes by two of these merged. Ids are read backwards in a descending one.
  field_indexes = {
    approvals = { state = ["ASCENDING"], track_id = ["ASCENDING"] }
    ingested  = { expires = ["ASCENDING"] }
    optimization_log = {
      allocates     = ["ASCENDING"]
      change_set_id = ["ASCENDING"]
      kind          = ["ASCENDING"]
      track_id      = ["ASCENDING", "DESCENDING"]
    }
    plan_drafts = { plan_id = ["ASCENDING", "DESCENDING"], state = ["ASCENDING"], tenant_id = ["ASCENDING"] }
    reports     = { tenant_id = ["DESCENDING"] }
    tenants     = { people = ["CONTAINS"], slot = ["ASCENDING"], time_zone = ["ASCENDING"] }
    versions    = { plan_id = ["DESCENDING"] }
  }

  indexed_fields = merge([for collection, fields in local.field_indexes : {
    for field, kinds in fields : "${collection}.${field}" => { collection = collection, field = field, kinds = kinds }
  }]...)

  # Documents that go by themselves, some time after the instant in their field `kept_until`.
  expiring = ["ingested", "notices"]

  collections = [
    "approvals", "change_sets", "connections", "control", "crm_days", "crm_pulls", "envelopes", "ingested", "inputs",
    "manifests", "notices", "optimization_log", "outbox", "performance", "plan_drafts", "reports", "state", "tenants",
    "versions",
  ]
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

resource "google_firestore_field" "index" {
  for_each = local.indexed_fields

  database   = google_firestore_database.this.name
  collection = each.value.collection
  field      = each.value.field

  index_config {
    dynamic "indexes" {
      for_each = each.value.kinds

      content {
        order        = indexes.value == "CONTAINS" ? null : indexes.value
        array_config = indexes.value == "CONTAINS" ? "CONTAINS" : null
        query_scope  = "COLLECTION"
      }
    }
  }
}

# No other field has any, whatever is in it.
resource "google_firestore_field" "others" {
  for_each = toset(local.collections)

  database   = google_firestore_database.this.name
  collection = each.key
  field      = "*"

  index_config {}

  # A query that goes by an automatic index today has its own before that one is dropped.
  depends_on = [google_firestore_field.index, google_firestore_field.group_index, google_firestore_index.composite]
}
