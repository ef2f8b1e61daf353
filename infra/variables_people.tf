# People, and what lies outside the project.

variable "pages" {
  description = <<-EOT
    The approval pages: the domain that they are at, and who may come as far as them (which tenants they then see is in
    the tenants' documents). Without it there are no pages, no load balancer and no address; people decide by command.

    oauth_client: the client that people sign in with, where they are not all of the project's own organization; its
    secret is in Secret Manager under `trimtab-iap-client`. warm_instances: how many never sleep. form_keys_version:
    raise it to make a new key at once, which ends every session.
  EOT
  type = object({
    domain            = string
    people            = set(string)
    oauth_client      = optional(string)
    warm_instances    = optional(number, 0)
    form_keys_version = optional(number, 1)
  })
  default = null

  validation {
    condition     = var.pages == null || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$", try(var.pages.domain, "")))
    error_message = "A domain is written like trimtab.example.com, in lower case and without https://."
  }

  validation {
    condition     = var.pages == null || alltrue([for one in try(var.pages.people, []) : can(regex("^((user|group):[^@\\s]+@[^@\\s]+|domain:[^@\\s:]+)$", one))])
    error_message = "Who may come is user:ADDRESS, group:ADDRESS or domain:DOMAIN; never allUsers."
  }

  validation {
    condition     = var.pages == null || length(try(var.pages.people, [])) > 0
    error_message = "Pages that nobody may come to: name people, or leave `pages` out."
  }

  validation {
    condition     = var.pages == null || can(regex("^[0-9]+-[a-z0-9]+\\.apps\\.googleusercontent\\.com$", coalesce(try(var.pages.oauth_client, null), "1-a.apps.googleusercontent.com")))
    error_message = "An OAuth client's id ends with .apps.googleusercontent.com."
  }
}

variable "operators" {
  description = "Who runs `python -m trimtab` against this deployment: user:ADDRESS, group:ADDRESS or serviceAccount:ADDRESS."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for one in var.operators : can(regex("^(user|group|serviceAccount):[^@\\s]+@[^@\\s]+$", one))])
    error_message = "An operator is user:ADDRESS, group:ADDRESS or serviceAccount:ADDRESS."
  }
}

variable "alert_emails" {
  description = "Who is told of alerts. Without any, they are in the console only."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for one in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", one))])
    error_message = "An alert goes to e-mail addresses."
  }
}

variable "crm_publishers" {
  description = "Service accounts of clients' CRMs that publish on the topic conversions: serviceAccount:ADDRESS."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for one in var.crm_publishers : can(regex("^serviceAccount:[^@\\s]+@[^@\\s]+$", one))])
    error_message = "A CRM that publishes is serviceAccount:ADDRESS."
  }
}

variable "repository" {
  description = "The repository that Cloud Build watches, as it is called once it is connected, and the branch that is deployed. Without it there is no trigger."
  type = object({
    id       = string
    branch   = optional(string, "main")
    approval = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.repository == null || can(regex("^projects/[^/]+/locations/[^/]+/connections/[^/]+/repositories/[^/]+$", try(var.repository.id, "")))
    error_message = "A connected repository is projects/PROJECT/locations/REGION/connections/NAME/repositories/NAME."
  }
}
