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
