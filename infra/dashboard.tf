locals {
  metric_of = { for name, metric in google_logging_metric.this : name => "metric.type=\"logging.googleapis.com/user/${metric.name}\" AND resource.type=\"cloud_run_revision\"" }

  # A chart each, two in a row: its title, and the series in it.
  charts = [
    { title = "Ticks an hour, by cadence", filter = local.metric_of["ticks"], aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = ["metric.labels.cadence"], period = "3600s" },
    { title = "How late ticks begin: 99th percentile, seconds", filter = local.metric_of["late_seconds"], aligner = "ALIGN_DELTA", reducer = "REDUCE_PERCENTILE_99", by = ["metric.labels.cadence"], period = "3600s" },
    { title = "Pacing error: 95th percentile, %", filter = local.metric_of["pacing_error_pct"], aligner = "ALIGN_DELTA", reducer = "REDUCE_PERCENTILE_95", by = [], period = "3600s" },
    { title = "Pacing error: 5th percentile, %", filter = local.metric_of["pacing_error_pct"], aligner = "ALIGN_DELTA", reducer = "REDUCE_PERCENTILE_05", by = [], period = "3600s" },
    { title = "Drift: 95th percentile", filter = local.metric_of["drift_score"], aligner = "ALIGN_DELTA", reducer = "REDUCE_PERCENTILE_95", by = [], period = "86400s" },
    { title = "Approvals that wait, of one tenant: 99th percentile", filter = local.metric_of["approvals_waiting"], aligner = "ALIGN_DELTA", reducer = "REDUCE_PERCENTILE_99", by = [], period = "86400s" },
    { title = "Decisions a tick that were applied: mean", filter = local.metric_of["auto"], aligner = "ALIGN_DELTA", reducer = "REDUCE_MEAN", by = ["metric.labels.cadence"], period = "3600s" },
    { title = "Decisions a tick that wait for a person: mean", filter = local.metric_of["needs_approval"], aligner = "ALIGN_DELTA", reducer = "REDUCE_MEAN", by = ["metric.labels.cadence"], period = "3600s" },
    { title = "Decisions a tick that ask for a new plan: mean", filter = local.metric_of["needs_replan"], aligner = "ALIGN_DELTA", reducer = "REDUCE_MEAN", by = ["metric.labels.cadence"], period = "3600s" },
    { title = "Decisions a tick that a guardrail stopped: mean", filter = local.metric_of["blocked"], aligner = "ALIGN_DELTA", reducer = "REDUCE_MEAN", by = ["metric.labels.cadence"], period = "3600s" },
    { title = "Late ticks", filter = local.metric_of["ticks_late"], aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = ["metric.labels.cadence"], period = "3600s" },
    { title = "Missed ticks", filter = local.metric_of["ticks_missed"], aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = ["metric.labels.cadence"], period = "86400s" },
    { title = "Stale ticks", filter = local.metric_of["ticks_stale"], aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = ["metric.labels.cadence"], period = "3600s" },
    { title = "Messages set aside", filter = local.metric_of["dead_letters"], aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = ["metric.labels.topic"], period = "3600s" },
    { title = "Spend over allocations", filter = local.metric_of["overspend"], aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = [], period = "3600s" },
    { title = "Approvals about to expire", filter = local.metric_of["approvals_expiring"], aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = [], period = "86400s" },
    { title = "Logs that are not whole", filter = local.metric_of["logs_not_whole"], aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = [], period = "86400s" },
    { title = "Errors, by function", filter = "metric.type=\"run.googleapis.com/request_count\" AND resource.type=\"cloud_run_revision\" AND resource.labels.service_name=monitoring.regex.full_match(\"trimtab-.*\") AND metric.labels.response_code_class=\"5xx\"", aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = ["resource.labels.service_name"], period = "600s" },
    { title = "Instances, by function", filter = "metric.type=\"run.googleapis.com/container/instance_count\" AND resource.type=\"cloud_run_revision\" AND resource.labels.service_name=monitoring.regex.full_match(\"trimtab-.*\")", aligner = "ALIGN_MAX", reducer = "REDUCE_SUM", by = ["resource.labels.service_name"], period = "60s" },
    { title = "Oldest message that waits, seconds", filter = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=monitoring.regex.full_match(\".*-to-.*\")", aligner = "ALIGN_MAX", reducer = "REDUCE_MAX", by = ["resource.labels.subscription_id"], period = "60s" },
  ]
}

resource "google_monitoring_dashboard" "trimtab" {
  dashboard_json = jsonencode({
    displayName = "Trimtab (${var.environment})"
    mosaicLayout = {
      columns = 12
      # Google leaves out what is nought or empty; said here, it would differ in every plan.
      tiles = [for place, chart in local.charts : merge(place % 2 == 0 ? {} : { xPos = 6 }, place < 2 ? {} : { yPos = floor(place / 2) * 4 }, {
        width  = 6
        height = 4
        widget = {
          title = chart.title
          xyChart = {
            dataSets = [{
              plotType = "LINE"
              timeSeriesQuery = {
                timeSeriesFilter = {
                  filter = chart.filter
                  aggregation = merge(length(chart.by) == 0 ? {} : { groupByFields = chart.by }, {
                    alignmentPeriod    = chart.period
                    perSeriesAligner   = chart.aligner
                    crossSeriesReducer = chart.reducer
                  })
                }
              }
            }]
          }
        }
      })]
    }
  })
}
