"""What a teardown takes away and what it leaves, from Terraform's state. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DATA = {
    "google_firestore_database.": "the database: plans, manifests, the optimization log, approvals",
    "google_storage_bucket.": "the bucket with the log's anchors and the reports",
    "google_secret_manager_secret.named": "tenants' secrets, with what people put in",
}
"""What can't be made again, by how its address begins."""
_LEFT = "ABANDON"


@dataclass(frozen=True, slots=True)
class Teardown:
    """What becomes of what is deployed."""

    goes: tuple[str, ...]
    """Addresses that are destroyed."""
    lost: tuple[str, ...]
    """Of those, sentences about what can't be made again."""
    stays: tuple[str, ...]
    """What is forgotten by Terraform and left where it is."""


def what_goes(state: Mapping[str, Any]) -> Teardown:
    """Read Terraform's state (its version 4, as it lies in the bucket)."""
    goes: list[str] = []
    lost: dict[str, None] = {}
    stays: list[str] = []
    for address, attributes in _instances(state):
        if attributes.get("deletion_policy") == _LEFT or attributes.get("disable_on_destroy") is False:
            stays.append(address)
            continue
        goes.append(address)
        lost.update((said, None) for begins, said in DATA.items() if address.startswith(begins))
    return Teardown(tuple(goes), tuple(lost), tuple(stays))


def _instances(state: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in state.get("resources", ()):
        if resource.get("mode") != "managed":
            continue
        name = ".".join(part for part in (resource.get("module"), resource["type"], resource["name"]) if part)
        for one in resource["instances"]:
            key = one.get("index_key")
            address = name if key is None else f"{name}[{json.dumps(key)}]"
            yield address, one.get("attributes") or {}


def kinds(addresses: tuple[str, ...]) -> str:
    """Addresses, counted by their type: `9 cloudfunctions2_function, 2 project_service`."""
    counted: dict[str, int] = {}
    for address in addresses:
        kind = next(part for part in address.split(".") if part.startswith("google_") or "_" in part)
        counted[kind] = counted.get(kind, 0) + 1
    return ", ".join(f"{count} {kind.removeprefix('google_')}" for kind, count in sorted(counted.items()))


def leftovers(project: str, database: str, *, data: bool) -> list[str]:
    """What is still there when all is done, each with how a person removes it.

    Args:
        database: Trimtab's, in Firestore.
        data: the database, the bucket for objects and tenants' secrets were left.
    """
    named = f"trimtab-deployer@{project}.iam.gserviceaccount.com"
    of_it = f"--database='{database}' --project={project}"
    change = "gcloud firestore databases"
    protected = "the Firestore database and its backups; it is protected against deletion: first"
    kept = [
        f"{protected} `{change} update {of_it} --no-delete-protection`, then `{change} delete {of_it}`",
        f"gs://{project}-trimtab-objects: what is in it can be removed once its retention is over, not before",
        f"secrets with what people put in: `gcloud secrets list --project={project}`",
    ]
    return [
        *(kept if data else ()),
        f"Terraform's state, bundles and plans: `gcloud storage rm -r gs://{project}-trimtab-deploy`",
        f"the account {named}: `gcloud iam service-accounts delete {named} --project={project}`",
        "the APIs that are on; they cost nothing",
        f"or all of it at once: `gcloud projects delete {project}`",
    ]
