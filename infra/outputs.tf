output "bundles" {
  description = "The object that each function runs; an apply with these goes back to what runs now."
  value       = { for name, function in google_cloudfunctions2_function.this : name => function.build_config[0].source[0].storage_source[0].object }
}

output "functions" {
  description = "What each function is called in the cloud, by its name in functions/."
  value       = { for name, function in google_cloudfunctions2_function.this : name => function.name }
}

output "function_urls" {
  description = "Where each function answers. Senders' ID tokens for ingest must have its address as their audience."
  value       = local.function_urls
}

output "settings" {
  description = "The settings with which `python -m trimtab` works on this deployment from an operator's machine."
  value = {
    TRIMTAB_STORE   = local.settings.TRIMTAB_STORE
    TRIMTAB_BUS     = local.settings.TRIMTAB_BUS
    TRIMTAB_OBJECTS = "gcs:${google_storage_bucket.objects.name}"
    TRIMTAB_SECRETS = "secret-manager:${var.project_id}"
  }
}

output "store" {
  description = "Where the documents are: `python -m trimtab canary --store` is told so by the pipeline."
  value       = local.settings.TRIMTAB_STORE
}

output "topics" {
  description = "The full id of each topic, by its name."
  value       = { for name, topic in google_pubsub_topic.main : name => topic.id }
}

output "dead_letter_subscriptions" {
  description = "The full id of the subscription that keeps what could not be handled, by the name of the topic it came from."
  value       = { for name, subscription in google_pubsub_subscription.dead_letter : name => subscription.id }
}

output "objects" {
  description = "What TRIMTAB_OBJECTS must be."
  value       = "gcs:${google_storage_bucket.objects.name}"
}

output "empty_secrets" {
  description = "Secrets that were made here; a person puts in what they hold, where it is used (docs/connecting.md)."
  value       = sort([for secret in google_secret_manager_secret.named : secret.secret_id])
}

output "pages" {
  description = "Where people decide, and the address that the domain must point to (an A record); null without pages."
  value       = var.pages == null ? null : { url = "https://${var.pages.domain}", address = google_compute_global_address.pages["approval"].address }
}

output "scheduler_account" {
  description = "As whom `trimtab schedules sync` is run."
  value       = google_service_account.scheduler.email
}
