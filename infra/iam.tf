# What each function may do: what functions/functions.json says that it is pushed and reaches, and nothing beside it.
locals {
  members = { for name, account in google_service_account.function : name => account.member }

  # Written out, so that a plan shows which role it is.
  roles = "projects/${var.project_id}/roles"

  # One binding a database, so that other databases of the project stay out of reach.
  in_our_database = {
    title      = "trimtab-database"
    expression = "resource.name == \"projects/${var.project_id}/databases/${var.database}\""
  }

  # A function sends ticks on its own topic, sets aside on the dead letters of what it is pushed, and tells events where
  # it changes something.
  publishes = {
    for name, one in local.functions : name => concat(
      [for topic in keys(one.pushed) : { topic = topic, dead = false } if topic == "${name}-ticks"],
      [for topic in keys(one.pushed) : { topic = topic, dead = true }],
      contains(one.reaches, "events") ? [{ topic = "optimization-events", dead = false }] : [],
    )
  }
  publishings = merge([for name, topics in local.publishes : {
    for one in topics : "${name}:${one.topic}${one.dead ? "-dead-letter" : ""}" => merge(one, { function = name })
  }]...)
}

resource "google_project_iam_member" "store" {
  # checkov:skip=CKV_GCP_49: the role is bound to one database by its condition, and impersonates nobody
  for_each = local.functions

  project = var.project_id
  role    = "roles/datastore.user"
  member  = local.members[each.key]

  condition {
    title      = local.in_our_database.title
    expression = local.in_our_database.expression
  }
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = local.publishings

  topic  = each.value.dead ? google_pubsub_topic.dead_letter[each.value.topic].name : google_pubsub_topic.main[each.value.topic].name
  role   = "roles/pubsub.publisher"
  member = local.members[each.value.function]
}

# To read what a deep review asks of a model, and no more of Vertex AI.
resource "google_project_iam_custom_role" "model_caller" {
  role_id     = "trimtabModelCaller"
  title       = "Trimtab: asks a model"
  permissions = ["aiplatform.endpoints.predict"]
}

resource "google_project_iam_member" "model" {
  for_each = { for name, one in local.functions : name => one if contains(one.reaches, "model") && var.agent != null }

  project = var.project_id
  role    = "${local.roles}/${google_project_iam_custom_role.model_caller.role_id}"
  member  = local.members[each.key]
}

resource "google_project_iam_member" "traces" {
  for_each = { for name, one in local.functions : name => one if var.traced_share > 0 }

  project = var.project_id
  role    = "roles/telemetry.tracesWriter"
  member  = local.members[each.key]
}
