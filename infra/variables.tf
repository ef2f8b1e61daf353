variable "project_id" {
  description = "The Google Cloud project that Trimtab runs in."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens, starts with a letter and does not end with a hyphen."
  }
}

variable "region" {
  description = "The region that Trimtab runs in; its messages are stored nowhere else."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region is named like europe-west1."
  }
}

variable "labels" {
  description = "Labels on every resource, for the bill and for search."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "A label's key starts with a lower-case letter; keys and values hold up to 63 lower-case letters, digits, hyphens and underscores."
  }
}

variable "drift_push" {
  description = "Where the drift function is pushed events to, and as whom; without it there is no such subscription."
  type = object({
    url             = string
    service_account = string
  })
  default = null

  validation {
    condition     = var.drift_push == null || try(startswith(var.drift_push.url, "https://") && can(regex("^[^@\\s]+@[^@\\s]+$", var.drift_push.service_account)), false)
    error_message = "The url starts with https://, the service account is an e-mail address."
  }
}

variable "ingest_push" {
  description = "Where the function ingest is, without a slash at its end, and as whom it is pushed to; without it there are no such subscriptions."
  type = object({
    url             = string
    service_account = string
  })
  default = null

  validation {
    condition     = var.ingest_push == null || try(can(regex("^https://.*[^/]$", var.ingest_push.url)) && can(regex("^[^@\\s]+@[^@\\s]+$", var.ingest_push.service_account)), false)
    error_message = "The url starts with https:// and does not end with a slash, the service account is an e-mail address."
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
