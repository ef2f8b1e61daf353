# A deployment that has all there is, for the tests: nothing of it is real.
project_id     = "trimtab-demo"
region         = "europe-west1"
environment    = "production"
pages          = { domain = "trimtab.example.com", people = ["domain:example.com"] }
operators      = ["group:ops@example.com"]
alert_emails   = ["ops@example.com"]
agent          = { model = "gemini-x" }
traced_share   = 0.01
repository     = { id = "projects/trimtab-demo/locations/europe-west1/connections/github/repositories/trimtab" }
crm_publishers = ["serviceAccount:crm@acme.iam.gserviceaccount.com"]
bundles = {
  anomaly_pause = "bundles/anomaly_pause-0123456789abcdef.zip"
  approval      = "bundles/approval-0123456789abcdef.zip"
  deep_review   = "bundles/deep_review-0123456789abcdef.zip"
  drift         = "bundles/drift-0123456789abcdef.zip"
  housekeeping  = "bundles/housekeeping-0123456789abcdef.zip"
  ingest        = "bundles/ingest-0123456789abcdef.zip"
  notify        = "bundles/notify-0123456789abcdef.zip"
  pacing        = "bundles/pacing-0123456789abcdef.zip"
  report        = "bundles/report-0123456789abcdef.zip"
}
