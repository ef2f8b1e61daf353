# Metrics are counted from the log: the lines of common/ports/journal.py, whose names and fields a test holds against
# these. No label is a tenant or a track: each would be a series of its own, and be billed as one. Who it is about is in
# the line, and in the alert.
locals {
  our_lines = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^trimtab-\""

  # Each with the lines that it is of; `value` is the field whose distribution it keeps, otherwise lines are counted.
  log_metrics = {
    ticks              = { line = "tick", labels = ["cadence"], value = null, unit = "1", says = "Ticks of a track, or of a tenant, that were worked through" }
    late_seconds       = { line = "tick", labels = ["cadence"], value = "late_seconds", unit = "s", says = "From the minute of a tick's slot to the start of its work" }
    pacing_error_pct   = { line = "tick", labels = [], value = "pacing_error_pct", unit = "%", says = "How far spend is from what the plan expects by now" }
    drift_score        = { line = "tick", labels = [], value = "drift_score", unit = "1", says = "How far live budgets are from the plan's" }
    auto               = { line = "tick", labels = ["cadence"], value = "verdicts.auto", unit = "1", says = "Decisions of a tick that were applied at once" }
    needs_approval     = { line = "tick", labels = ["cadence"], value = "verdicts.needs_approval", unit = "1", says = "Decisions of a tick that wait for a person" }
    needs_replan       = { line = "tick", labels = ["cadence"], value = "verdicts.needs_replan", unit = "1", says = "Decisions of a tick that ask for a new plan" }
    blocked            = { line = "tick", labels = ["cadence"], value = "verdicts.blocked", unit = "1", says = "Decisions of a tick that a guardrail stopped" }
    approvals_waiting  = { line = "approvals_waiting", labels = [], value = "waiting", unit = "1", says = "Approvals of a tenant that wait for a person" }
    ticks_late         = { line = "tick_late", labels = ["cadence"], value = null, unit = "1", says = "Ticks that began more than five minutes after their slot" }
    ticks_missed       = { line = "tick_missed", labels = ["cadence"], value = null, unit = "1", says = "Tracks whose last tick is older than it may be" }
    ticks_stale        = { line = "stale_tick", labels = ["cadence"], value = null, unit = "1", says = "Ticks that came too late to be worked at all" }
    dead_letters       = { line = "dead_letter", labels = ["topic"], value = null, unit = "1", says = "Messages that a function set aside" }
    overspend          = { line = "overspend", labels = [], value = null, unit = "1", says = "Spend over an allocation that can't be brought under it" }
    approvals_expiring = { line = "approval_expiring", labels = [], value = null, unit = "1", says = "Approvals that expire within hours" }
    logs_not_whole     = { line = "verification_failed", labels = [], value = null, unit = "1", says = "Logs in which something is missing or changed" }
  }

  # Where buckets of a distribution end. What is over counts up from small numbers; pacing errs to both sides of nought.
  bounds = {
    late_seconds     = [5, 15, 30, 60, 120, 180, 240, 300, 600, 1800, 3600]
    pacing_error_pct = [-50, -20, -10, -5, -2, -1, -0.5, 0, 0.5, 1, 2, 5, 10, 20, 50]
    drift_score      = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1]
  }
  bounds_of_counts = [0, 1, 2, 3, 5, 10, 20, 50, 100]
}

resource "google_logging_metric" "this" {
  for_each = local.log_metrics

  name        = "trimtab/${each.key}"
  description = each.value.says
  filter      = "${local.our_lines} AND jsonPayload.message=\"${each.value.line}\"${each.value.value == null ? "" : " AND jsonPayload.${each.value.value}:*"}"

  value_extractor  = each.value.value == null ? null : "EXTRACT(jsonPayload.${each.value.value})"
  label_extractors = { for label in each.value.labels : label => "EXTRACT(jsonPayload.${label})" }

  metric_descriptor {
    metric_kind  = "DELTA"
    value_type   = each.value.value == null ? "INT64" : "DISTRIBUTION"
    unit         = each.value.unit
    display_name = each.value.says

    dynamic "labels" {
      for_each = each.value.labels

      content {
        key        = labels.value
        value_type = "STRING"
      }
    }
  }

  dynamic "bucket_options" {
    for_each = each.value.value == null ? [] : [lookup(local.bounds, each.key, local.bounds_of_counts)]

    content {
      explicit_buckets {
        bounds = bucket_options.value
      }
    }
  }

  depends_on = [time_sleep.apis]
}
