locals {
  # The one list of functions; the bundler, `make serve` and the tests read the same file.
  listed = jsondecode(file("${path.module}/../functions/functions.json"))

  # Pages that nobody could sign in to are not deployed.
  functions = {
    for name, one in local.listed : name => merge({ pushed = {}, callers = "nobody", reaches = [] }, one)
    if var.pages != null || lookup(one, "callers", "nobody") != "people"
  }

  function_names = { for name in keys(local.functions) : name => "trimtab-${replace(name, "_", "-")}" }

  # Cloud Run's second address of a service. It is known beforehand, which the other one is not.
  function_urls = { for name, full in local.function_names : name => "https://${full}-${local.project_number}.${var.region}.run.app" }

  # Settings that are the same for all. What each means is in common/settings.py.
  settings = merge({
    TRIMTAB_ENVIRONMENT         = var.environment
    TRIMTAB_STORE               = "firestore:${var.project_id}${var.database == "(default)" ? "" : "/${var.database}"}"
    TRIMTAB_BUS                 = "pubsub:${var.project_id}"
    TRIMTAB_LONGEST_RUN_SECONDS = tostring(max([for one in local.listed : one.timeout_seconds]...))
    TRIMTAB_TRACES              = var.traced_share == 0 ? "off" : tostring(var.traced_share)
  }, var.pages == null ? {} : { TRIMTAB_PAGES_URL = "https://${var.pages.domain}" })

  needs_secrets = ["accounts", "channels", "senders", "tenant-keys"]
  needs_objects = ["anchors", "inputs", "reports"]

  # Settings that only some have, by what they reach and who calls them.
  own_settings = {
    for name, one in local.functions : name => merge(
      length(setintersection(one.reaches, local.needs_secrets)) == 0 ? {} : {
        TRIMTAB_SECRETS = "secret-manager:${var.project_id}"
      },
      length(setintersection(one.reaches, local.needs_objects)) == 0 ? {} : {
        TRIMTAB_OBJECTS = "gcs:${google_storage_bucket.objects.name}"
      },
      !contains(one.reaches, "model") || var.agent == null ? {} : {
        TRIMTAB_AGENT          = "gemini"
        TRIMTAB_AGENT_MODEL    = var.agent.model
        TRIMTAB_AGENT_PROJECT  = var.project_id
        TRIMTAB_AGENT_LOCATION = var.agent.location
      },
      one.callers != "people" ? {} : {
        TRIMTAB_IDENTITY = "iap:${local.iap_audience}"
      },
      one.callers != "senders" ? {} : {
        TRIMTAB_IDENTITY = "google:${local.function_urls[name]}"
        TRIMTAB_PUSHERS  = google_service_account.pusher.email
      },
    )
  }

  # Pushes come from inside the project, people through the load balancer, and senders from anywhere.
  ingress = { nobody = "ALLOW_INTERNAL_ONLY", people = "ALLOW_INTERNAL_AND_GCLB", senders = "ALLOW_ALL" }
}

# Answers HTTP: Pub/Sub's pushes are subscriptions of pubsub.tf, so that there is no trigger here.
resource "google_cloudfunctions2_function" "this" {
  # checkov:skip=CKV_GCP_124: internal only, but for people, who come through the load balancer, and for senders, whom the function itself checks
  for_each = local.functions

  name        = local.function_names[each.key]
  location    = var.region
  description = each.value.does
  labels      = var.labels

  build_config {
    runtime           = "python311"
    entry_point       = each.key
    docker_repository = google_artifact_registry_repository.functions.id
    service_account   = google_service_account.build.id

    source {
      storage_source {
        bucket = local.deploy_bucket
        object = var.bundles[each.key]
      }
    }
  }

  service_config {
    service_account_email = google_service_account.function[each.key].email
    ingress_settings      = local.ingress[each.value.callers]

    available_memory = "${each.value.memory_mb}Mi"
    # Requests at once share an instance only from one CPU on.
    available_cpu                    = "1"
    max_instance_request_concurrency = each.value.concurrency
    max_instance_count               = min(each.value.max_instances, var.max_instances)
    min_instance_count               = each.value.callers == "people" ? var.pages.warm_instances : 0
    timeout_seconds                  = each.value.timeout_seconds

    environment_variables = merge(local.settings, local.own_settings[each.key], {
      # The server around a function takes four requests at once on one CPU, unless it is told otherwise.
      THREADS = tostring(each.value.concurrency)
      # Google sets it. With it the server writes each line of the log in two pieces, which run into those of other
      # threads and match no filter then, and puts the request's span in place of ours.
      LOG_EXECUTION_ID = "false"
    })

    dynamic "secret_environment_variables" {
      for_each = each.value.callers == "people" ? [google_secret_manager_secret_version.form_keys[0]] : []

      content {
        key        = "TRIMTAB_FORM_KEYS"
        project_id = var.project_id
        secret     = google_secret_manager_secret.form_keys[0].secret_id
        version    = "latest"
      }
    }
  }

  depends_on = [time_sleep.rights]
}

# A right takes a moment until it holds. An instance that starts before would fail at its first message, and so would a
# build.
resource "time_sleep" "rights" {
  create_duration = "120s"
  triggers        = { functions = join(" ", keys(local.functions)) }

  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_firestore_database.this,
    google_project_iam_member.build,
    google_project_iam_member.secrets_by_prefix,
    google_project_iam_member.store,
    google_pubsub_topic_iam_member.publisher,
    google_secret_manager_secret_iam_member.form_keys,
    google_secret_manager_secret_iam_member.named,
    google_secret_manager_secret_version.form_keys,
    google_storage_bucket_iam_member.build,
  ]
}
