# What is refused, several at once: each of the variables that are named must be.
# The real providers need a project; these make values up.
mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      id     = "projects/trimtab-demo/serviceAccounts/somebody@trimtab-demo.iam.gserviceaccount.com"
      name   = "projects/trimtab-demo/serviceAccounts/somebody@trimtab-demo.iam.gserviceaccount.com"
      email  = "somebody@trimtab-demo.iam.gserviceaccount.com"
      member = "serviceAccount:somebody@trimtab-demo.iam.gserviceaccount.com"
    }
  }

  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

mock_provider "google-beta" {}

mock_provider "time" {}

run "round_1" {
  command = plan

  variables {
    project_id        = "Trimtab"                                                                   # capitals
    region            = "europe-west1-b"                                                            # a zone
    environment       = "local"                                                                     # needs no Terraform
    labels            = { App = "trimtab" }                                                         # capitals
    database          = "trimtab.prod"                                                              # a dot
    backups           = { days = 365 }                                                              # more than Firestore keeps
    objects_retention = { days = 0 }                                                                # not kept at all
    secrets           = { accounts = ["*"] }                                                        # every secret that there is
    agent             = { model = "gemini pro" }                                                    # a space
    max_instances     = 0                                                                           # none
    traced_share      = 1.5                                                                         # more than all
    operators         = ["ops@example.com"]                                                         # of no kind
    alert_emails      = ["+49 30 1234"]                                                             # a telephone
    crm_publishers    = ["allUsers"]                                                                # anybody
    repository        = { id = "https://github.com/acme/trimtab" }                                  # not connected
    pages             = { domain = "https://trimtab.example.com", people = ["domain:example.com"] } # a URL
  }

  expect_failures = [
    var.project_id,
    var.region,
    var.environment,
    var.labels,
    var.database,
    var.backups,
    var.objects_retention,
    var.secrets,
    var.agent,
    var.max_instances,
    var.traced_share,
    var.operators,
    var.alert_emails,
    var.crm_publishers,
    var.repository,
    var.pages,
  ]
}

run "round_2" {
  command = plan

  variables {
    project_id        = "trimtab-"                                                # a hyphen at its end
    backups           = { weeks = 0.5 }                                           # half a week
    secrets           = { channels = ["trim*"] }                                  # covers tenants' keys
    pages             = { domain = "trimtab.example.com", people = ["allUsers"] } # everybody
    objects_retention = { days = 1.5 }                                            # half a day
    max_instances     = 2.5                                                       # half an instance
  }

  expect_failures = [
    var.project_id,
    var.backups,
    var.secrets,
    var.pages,
    var.objects_retention,
    var.max_instances,
  ]
}

run "round_3" {
  command = plan

  variables {
    secrets      = { senders = ["trimtab-form-keys"] }             # one of our own
    pages        = { domain = "trimtab.example.com", people = [] } # nobody
    traced_share = -0.1                                            # less than none
  }

  expect_failures = [
    var.secrets,
    var.pages,
    var.traced_share,
  ]
}

run "round_4" {
  command = plan

  variables {
    pages = { domain = "trimtab.example.com", people = ["domain:example.com"], oauth_client = "my-client" } # no client's id
  }

  expect_failures = [
    var.pages,
  ]
}

run "a_function_without_a_bundle" {
  command = plan

  variables {
    bundles = { pacing = "bundles/pacing-0123456789abcdef.zip" }
  }

  expect_failures = [var.bundles]
}

run "a_bundle_of_another_function" {
  command = plan

  variables {
    bundles = {
      anomaly_pause = "bundles/pacing-0123456789abcdef.zip"
      approval      = "bundles/pacing-0123456789abcdef.zip"
      deep_review   = "bundles/pacing-0123456789abcdef.zip"
      drift         = "bundles/pacing-0123456789abcdef.zip"
      housekeeping  = "bundles/pacing-0123456789abcdef.zip"
      ingest        = "bundles/pacing-0123456789abcdef.zip"
      notify        = "bundles/pacing-0123456789abcdef.zip"
      pacing        = "bundles/pacing-0123456789abcdef.zip"
      report        = "bundles/pacing-0123456789abcdef.zip"
    }
  }

  expect_failures = [var.bundles]
}
