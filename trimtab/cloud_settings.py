"""The settings that Terraform gives a function (infra/functions.tf), for one that is tried out on this machine."""

from collections.abc import Mapping
from secrets import token_urlsafe

from trimtab.function_list import Described

PUSHER = "trimtab-pusher"
_NEED_SECRETS = {"accounts", "channels", "senders", "tenant-keys"}
_NEED_OBJECTS = {"anchors", "inputs", "reports"}


def cloud_settings(function: Described, project: str) -> Mapping[str, str]:
    """Its environment variables, as in a project with pages, without a model and without traces."""
    settings = {
        "TRIMTAB_ENVIRONMENT": "staging",
        "TRIMTAB_STORE": f"firestore:{project}",
        "TRIMTAB_BUS": f"pubsub:{project}",
        "TRIMTAB_PAGES_URL": "https://trimtab.example.com",
    }
    if not _NEED_SECRETS.isdisjoint(function.reaches):
        settings["TRIMTAB_SECRETS"] = f"secret-manager:{project}"
    if not _NEED_OBJECTS.isdisjoint(function.reaches):
        settings["TRIMTAB_OBJECTS"] = f"gcs:{project}-trimtab-objects"
    if function.callers == "people":
        settings["TRIMTAB_IDENTITY"] = "iap:/projects/1/locations/europe-west1/services/trimtab-approval"
        settings["TRIMTAB_FORM_KEYS"] = token_urlsafe(36)
    if function.callers == "senders":
        settings["TRIMTAB_IDENTITY"] = "google:https://trimtab-ingest.example.com"
        settings["TRIMTAB_PUSHERS"] = f"{PUSHER}@{project}.iam.gserviceaccount.com"
    return settings
