terraform {
  # 1.11: write-only arguments, so that no secret is in the state.
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.7"
    }
    # For the identities of Google's own services, which the other one does not have.
    google-beta = {
      source  = "hashicorp/google-beta"
      version = "~> 8.7"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.7"
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.13"
    }
  }

  # The bucket is told at init: -backend-config=bucket=PROJECT-trimtab-deploy
  backend "gcs" {
    prefix = "state"
  }
}

provider "google" {
  project = var.project_id
  region  = var.region
}

# The same, for secrets that only pass through: Terraform's tests have no mock of these, and leave this one as it is.
provider "google" {
  alias   = "passing"
  project = var.project_id
  region  = var.region
}

provider "google-beta" {
  project = var.project_id
  region  = var.region
}

data "google_project" "this" {
  project_id = var.project_id
}
