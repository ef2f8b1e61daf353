# Each alert's key is its heading in docs/runbook.md: what it means, and what to do.
locals {
  # One line is enough, and it says who it is about: told with the line's own fields.
  told = {
    overspend           = { line = "overspend", severity = "CRITICAL", says = "Spend is over an allocation", fields = ["tenant", "track"] }
    verification_failed = { line = "verification_failed", severity = "CRITICAL", says = "A log is not whole", fields = ["tenant", "track"] }
    approval_expiring   = { line = "approval_expiring", severity = "WARNING", says = "An approval is about to expire", fields = ["tenant", "approval"] }
    tick_missed         = { line = "tick_missed", severity = "WARNING", says = "A track's ticks do not come", fields = ["tenant", "track", "cadence"] }
    stale_tick          = { line = "stale_tick", severity = "WARNING", says = "A tick came too late to be worked", fields = ["tenant", "track", "cadence"] }
  }

  # A number over a bound, for so long.
  counted = {
    dead_letter = {
      says      = "Messages were set aside", severity = "ERROR", over = 0, for = "0s"
      filter    = "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=monitoring.regex.full_match(\".*-dead-letter\")"
      aligner   = "ALIGN_MAX", period = "300s"
      over_each = "resource.labels.subscription_id"
    }
    # Of tenants' ticks, 99.9% are to begin within five minutes. A handful in an hour is a start or two that was slow.
    tick_late = {
      says      = "Ticks begin late", severity = "WARNING", over = 5, for = "0s"
      filter    = "metric.type=\"logging.googleapis.com/user/trimtab/ticks_late\" AND resource.type=\"cloud_run_revision\""
      aligner   = "ALIGN_SUM", period = "3600s"
      over_each = "metric.labels.cadence"
    }
    # Messages that nobody takes: a function that can't start, or that answers errors.
    backlog = {
      says      = "Messages are not taken", severity = "ERROR", over = 900, for = "300s"
      filter    = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=monitoring.regex.full_match(\".*-to-.*\")"
      aligner   = "ALIGN_MAX", period = "60s"
      over_each = "resource.labels.subscription_id"
    }
    # An error makes a message come again; a few in ten minutes pass by themselves.
    function_errors = {
      says      = "A function answers errors", severity = "ERROR", over = 10, for = "0s"
      filter    = "metric.type=\"run.googleapis.com/request_count\" AND resource.type=\"cloud_run_revision\" AND resource.labels.service_name=monitoring.regex.full_match(\"trimtab-.*\") AND metric.labels.response_code_class=\"5xx\""
      aligner   = "ALIGN_SUM", period = "600s"
      over_each = "resource.labels.service_name"
    }
  }

  channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  runbook  = "What it means and what to do: docs/runbook.md#"
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  type         = "email"
  display_name = "Trimtab: ${each.key}"
  labels       = { email_address = each.key }

  depends_on = [time_sleep.apis]
}

resource "google_monitoring_alert_policy" "told" {
  for_each = local.told

  display_name          = "Trimtab: ${each.value.says}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels
  user_labels           = var.labels

  conditions {
    display_name = each.value.line

    condition_matched_log {
      filter           = "${local.our_lines} AND jsonPayload.message=\"${each.value.line}\""
      label_extractors = { for field in each.value.fields : field => "EXTRACT(jsonPayload.${field})" }
    }
  }

  alert_strategy {
    auto_close = "86400s"

    # Ten lines of one cause are one mail.
    notification_rate_limit {
      period = "900s"
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "Trimtab, ${var.environment}: ${each.value.says}"
    content   = "${local.runbook}${each.key}"
  }

  depends_on = [time_sleep.apis]
}

resource "google_monitoring_alert_policy" "counted" {
  for_each = local.counted

  display_name          = "Trimtab: ${each.value.says}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels
  user_labels           = var.labels

  conditions {
    display_name = each.key

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.over
      duration        = each.value.for

      aggregations {
        alignment_period     = each.value.period
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.aligner == "ALIGN_MAX" ? "REDUCE_MAX" : "REDUCE_SUM"
        group_by_fields      = [each.value.over_each]
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "Trimtab, ${var.environment}: ${each.value.says}"
    content   = "${local.runbook}${each.key}"
  }

  depends_on = [time_sleep.metrics]
}

# Cloud Monitoring knows a metric of ours a moment after it was made, and takes no policy that looks at it before.
resource "time_sleep" "metrics" {
  create_duration = "60s"
  triggers        = { metrics = join(" ", keys(google_logging_metric.this)) }
}

# Whether root ticks come at all: nothing that the functions log could tell that.
resource "google_monitoring_alert_policy" "silent" {
  for_each = var.paused ? {} : google_cloud_scheduler_job.utc

  display_name          = "Trimtab: no root ticks of ${each.key}"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels
  user_labels           = var.labels

  conditions {
    display_name = "schedule_silent"

    condition_absent {
      filter   = "metric.type=\"pubsub.googleapis.com/topic/send_request_count\" AND resource.type=\"pubsub_topic\" AND resource.labels.topic_id=\"${each.key}-ticks\""
      duration = "900s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "Trimtab, ${var.environment}: no root ticks of ${each.key}"
    content   = "${local.runbook}schedule_silent"
  }
}
