variable "project_id" {
  description = "The Google Cloud project that Trimtab runs in."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens, starts with a letter and does not end with a hyphen."
  }
}

variable "region" {
  description = "The region that Trimtab runs in; its messages and documents are stored nowhere else."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region is named like europe-west1."
  }
}

variable "environment" {
  description = "What this deployment is: `staging` or `production`. The code refuses what is for one machine only."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "An environment is staging or production; one machine needs no Terraform."
  }
}

variable "bundles" {
  description = "The object in the deploy bucket that each function runs, by the function's name. The pipeline writes it to bundles.auto.tfvars.json."
  type        = map(string)

  validation {
    condition     = alltrue([for name in keys(local.functions) : contains(keys(var.bundles), name)])
    error_message = "No bundle for: ${join(", ", setsubtract(keys(local.functions), keys(var.bundles)))}. `python -m trimtab stage` makes them and writes bundles.auto.tfvars.json."
  }

  validation {
    condition     = alltrue([for name in keys(var.bundles) : contains(keys(local.listed), name)])
    error_message = "functions/functions.json lists no function named: ${join(", ", setsubtract(keys(var.bundles), keys(local.listed)))}."
  }

  validation {
    condition     = alltrue([for name, object in var.bundles : can(regex("^bundles/${name}-[0-9a-f]{16}\\.zip$", object))])
    error_message = "A bundle is bundles/NAME-HASH.zip, its own function's name before the hash of what is in it."
  }
}

variable "labels" {
  description = "Labels on every resource that takes them, for the bill and for search."
  type        = map(string)
  default     = { app = "trimtab" }

  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "A label's key starts with a lower-case letter; keys and values hold up to 63 lower-case letters, digits, hyphens and underscores."
  }
}

variable "database" {
  description = "The Firestore database; another name where the project's own is taken."
  type        = string
  default     = "(default)"

  validation {
    condition     = var.database == "(default)" || can(regex("^[a-z][a-z0-9-]{2,61}[a-z0-9]$", var.database))
    error_message = "A database is (default), or has 4 to 63 lower-case letters, digits and hyphens, starts with a letter and does not end with a hyphen."
  }
}

variable "backups" {
  description = "For how many days a daily backup of the database is kept, and for how many weeks a weekly one."
  type = object({
    days  = optional(number, 7)
    weeks = optional(number, 4)
  })
  default = {}

  validation {
    condition     = var.backups.days >= 1 && var.backups.days <= 98 && floor(var.backups.days) == var.backups.days
    error_message = "A daily backup is kept for 1 to 98 whole days: Firestore keeps none longer than 14 weeks."
  }

  validation {
    condition     = var.backups.weeks >= 1 && var.backups.weeks <= 14 && floor(var.backups.weeks) == var.backups.weeks
    error_message = "A weekly backup is kept for 1 to 14 whole weeks: Firestore keeps none longer."
  }
}

variable "objects_retention" {
  description = "For how many days nobody can change or remove an object, and whether that is final: a locked policy can only be made longer."
  type = object({
    days   = optional(number, 400)
    locked = optional(bool, false)
  })
  default = {}

  validation {
    condition     = var.objects_retention.days >= 1 && var.objects_retention.days <= 36500 && floor(var.objects_retention.days) == var.objects_retention.days
    error_message = "Objects are kept for a whole number of days, 1 to 36500."
  }
}

variable "keep_data" {
  description = "Whether a destroy leaves the database, the bucket and the secrets' values where they are, protected against deletion."
  type        = bool
  default     = true
}

variable "adopt_data" {
  description = "Whether the database and the bucket that an earlier destroy left are taken in again, instead of made."
  type        = bool
  default     = false
}

variable "secrets" {
  description = <<-EOT
    Names of secrets by who reads them: credentials of tenants' accounts, addresses and keys of notification channels, and
    the keys that CRMs sign with. `NAME*` stands for all that begin so. The first are made, empty; the others by hand.
  EOT
  type = object({
    accounts = optional(set(string), ["google_ads", "meta", "linkedin", "ga4", "account-*"])
    channels = optional(set(string), ["smtp-url", "channel-*"])
    senders  = optional(set(string), ["sender-*"])
  })
  default = {}

  validation {
    condition     = alltrue([for name in setunion(values(var.secrets)...) : can(regex("^[A-Za-z][A-Za-z0-9_-]{1,199}\\*?$", name))])
    error_message = "A secret's name starts with a letter and holds letters, digits, hyphens and underscores; a star may stand at its end, after two characters at least."
  }

  validation {
    condition     = alltrue([for name in setunion(values(var.secrets)...) : !startswith(name, "trimtab-") && !startswith("trimtab-", trimsuffix(name, "*"))])
    error_message = "Names that begin with trimtab- are Trimtab's own: tenants' keys and what forms are signed with. No other secret, and no `NAME*`, may cover them."
  }
}

variable "agent" {
  description = "The model on Vertex AI that deep reviews ask, and where it runs; without it the statistics stand alone."
  type = object({
    model    = string
    location = optional(string, "global")
  })
  default = null

  validation {
    condition     = var.agent == null || can(regex("^[A-Za-z0-9][A-Za-z0-9._@/-]*$", try(var.agent.model, "")))
    error_message = "A model is named like gemini-x.y-flash."
  }
}

variable "max_instances" {
  description = "The most instances that any function may have at once; a function's own bound may be lower."
  type        = number
  default     = 100

  validation {
    condition     = var.max_instances >= 1 && var.max_instances <= 1000 && floor(var.max_instances) == var.max_instances
    error_message = "A whole number of instances, 1 to 1000."
  }
}

variable "paused" {
  description = "Whether the scheduler's jobs stand still. The kill switches (docs/runbook.md) are quicker and say who and why."
  type        = bool
  default     = false
}

variable "traced_share" {
  description = "The share of messages that are traced, 0 to 1."
  type        = number
  default     = 0

  validation {
    condition     = var.traced_share >= 0 && var.traced_share <= 1
    error_message = "A share is between 0 and 1."
  }
}
