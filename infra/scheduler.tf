# Root ticks of cadences that do not depend on a tenant's time zone. Those that do are kept by `trimtab schedules sync`,
# a job for each time zone that has tenants, and never touched from here.
resource "google_cloud_scheduler_job" "utc" {
  for_each = { for name, one in local.functions : name => one.cron if contains(keys(one), "cron") }

  name        = "trimtab-${each.key}"
  region      = var.region
  description = local.functions[each.key].does
  schedule    = each.value
  time_zone   = "Etc/UTC"
  paused      = var.paused

  pubsub_target {
    topic_name = local.topic_ids["${each.key}-ticks"]
    data       = base64encode(jsonencode({ cadence = each.key }))
  }

  # The next one comes within minutes, with a window of its own.
  retry_config {
    retry_count = 0
  }
}
