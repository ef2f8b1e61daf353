# Secrets by name. Terraform makes them empty; a person puts in what they hold (docs/connecting.md). A name that ends in
# `*` stands for all that begin so: those are made by hand, and only the right to read them is granted here.
locals {
  secret_names = {
    for kind, names in var.secrets : kind => {
      exact    = toset([for name in names : name if !endswith(name, "*")])
      prefixes = toset([for name in names : trimsuffix(name, "*") if endswith(name, "*")])
    }
  }

  named_secrets = setunion([for names in values(local.secret_names) : names.exact]...)
}

resource "google_secret_manager_secret" "named" {
  for_each = local.named_secrets

  secret_id = each.key
  labels    = var.labels

  replication {
    auto {}
  }

  # Values are typed in by hand: a destroy would lose them.
  deletion_policy = var.keep_data ? "ABANDON" : "DELETE"

  depends_on = [time_sleep.apis]
}

# What the approval pages sign their forms and sessions with.
resource "google_secret_manager_secret" "form_keys" {
  count = var.pages == null ? 0 : 1

  secret_id = "trimtab-form-keys"
  labels    = var.labels

  replication {
    auto {}
  }

  depends_on = [time_sleep.apis]
}

# The first key is made up here and sent straight to Secret Manager: it is in no state and no plan.
ephemeral "random_password" "form_key" {
  count = var.pages == null ? 0 : 1

  length  = 48
  special = false
}

resource "google_secret_manager_secret_version" "form_keys" {
  count = var.pages == null ? 0 : 1

  secret                 = google_secret_manager_secret.form_keys[0].id
  secret_data_wo         = ephemeral.random_password.form_key[0].result
  secret_data_wo_version = tostring(var.pages.form_keys_version)
}
