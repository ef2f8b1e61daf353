"""Look at a project, as far as whoever is signed in may see it."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from trimtab.deploying import BASE_APIS, DEPLOYER_ROLES, RIGHTS, Build, Facts, Lock
from trimtab.gcloud import CloudFailed, Gcloud, reason

STATE, LOCK = "state/default.tfstate", "state/default.tflock"
_ONGOING = 'status="WORKING" OR status="QUEUED" OR status="PENDING"'
OK, FORBIDDEN, MISSING = 200, 403, 404
Look = Callable[[], dict[str, Any]]
"""Some of the facts, by their names."""


def facts_of(gcloud: Gcloud, project: str, region: str, database: str = "(default)") -> Facts:
    """The project as it is.

    Args:
        database: Trimtab's, in Firestore.

    Raises:
        CloudFailed: nobody is signed in, or Google Cloud answers what can't be made sense of.
    """
    status, found = gcloud.get("cloudresourcemanager", f"v3/projects/{project}")
    if status in (FORBIDDEN, MISSING):
        return Facts(project, visible=False)
    known = _must(status, found, f"the project {project}")
    if known["state"] != "ACTIVE":
        return Facts(project, active=False)
    number = known["name"].partition("/")[2]
    looks: list[Look] = [
        lambda: {"billing": _billing(gcloud, project)},
        lambda: {"apis_off": _apis_off(gcloud, project)},
        lambda: {"rights_missing": _rights_missing(gcloud, project)},
        lambda: _bucket(gcloud, project, number),
        lambda: _deployer(gcloud, project),
        lambda: {"builds": _builds(gcloud, project, region)},
        lambda: {"data_left": _data_left(gcloud, project, database)},
    ]
    seen: dict[str, Any] = {}
    with ThreadPoolExecutor(len(looks)) as pool:
        for part in pool.map(_look, looks):
            seen |= part
    return Facts(project, **seen)


def _look(look: Look) -> dict[str, Any]:
    return look()


def _must(status: int, body: Any, what: str) -> Any:
    if status != OK:
        raise CloudFailed(f"{what} can't be looked at: {status}, {reason(body)}")
    return body


def _billing(gcloud: Gcloud, project: str) -> bool:
    status, found = gcloud.get("cloudbilling", f"v1/projects/{project}/billingInfo")
    if status == FORBIDDEN:
        return True  # who may not see it can't be told; the first API that costs money tells
    return bool(_must(status, found, "billing").get("billingEnabled"))


def _apis_off(gcloud: Gcloud, project: str) -> tuple[str, ...]:
    names = [f"projects/{project}/services/{api}" for api in BASE_APIS]
    status, found = gcloud.get("serviceusage", f"v1/projects/{project}/services:batchGet", names=names)
    if status != OK:
        return BASE_APIS  # what can't be read is asked for again, which does no harm
    on = {one["config"]["name"] for one in found.get("services", ()) if one["state"] == "ENABLED"}
    return tuple(api for api in BASE_APIS if api not in on)


def _rights_missing(gcloud: Gcloud, project: str) -> tuple[str, ...]:
    path, wanted = f"v3/projects/{project}:testIamPermissions", {"permissions": list(RIGHTS)}
    status, found = gcloud.post("cloudresourcemanager", path, wanted)
    held = _must(status, found, "your rights").get("permissions", ())
    return tuple(right for right in RIGHTS if right not in held)


def _bucket(gcloud: Gcloud, project: str, number: str) -> dict[str, Any]:
    bucket = Facts(project).deploy_bucket
    status, found = gcloud.get("storage", f"b/{bucket}")
    if status == MISSING:
        return {}
    if status == FORBIDDEN or (status == OK and found["projectNumber"] != number):
        return {"bucket_is_anothers": True}
    where = _must(status, found, bucket)["location"]
    return {"bucket": where, "lock": _lock(gcloud, bucket), "unfinished": _unfinished(gcloud, bucket)}


def _lock(gcloud: Gcloud, bucket: str) -> Lock | None:
    place = f"b/{bucket}/o/{quote(LOCK, safe='')}"
    status, described = gcloud.get("storage", place)
    if status == MISSING:
        return None
    number = _must(status, described, "the state's lock")["generation"]
    status, held = gcloud.get("storage", place, alt="media")
    if status == MISSING:
        return None  # let go meanwhile
    held = _must(status, held, "the state's lock")
    return Lock(
        number, held["Who"], held["Operation"].removeprefix("OperationType").lower(), held["Created"][:19] + "Z"
    )


def state_of(gcloud: Gcloud, bucket: str) -> dict[str, Any]:
    """Terraform's state as it lies in the bucket; empty where nothing was applied yet.

    Raises:
        CloudFailed: it can't be read.
    """
    status, state = gcloud.get("storage", f"b/{bucket}/o/{quote(STATE, safe='')}", alt="media")
    return {} if status == MISSING else dict(_must(status, state, "Terraform's state"))


def _unfinished(gcloud: Gcloud, bucket: str) -> tuple[str, ...]:
    state = state_of(gcloud, bucket)
    tainted = [
        (one["type"], one["name"], each.get("index_key"))
        for one in state.get("resources", ())
        for each in one.get("instances", ())
        if each.get("status") == "tainted"
    ]
    return tuple(f"{kind}.{name}" + ("" if key is None else f"[{json.dumps(key)}]") for kind, name, key in tainted)


def _deployer(gcloud: Gcloud, project: str) -> dict[str, Any]:
    email = Facts(project).deployer_email
    status, _ = gcloud.get("iam", f"v1/projects/{project}/serviceAccounts/{email}")
    if status != OK:
        return {}
    member = f"serviceAccount:{email}"
    bindings = policy_of(gcloud, project).get("bindings", ())
    held = {one["role"] for one in bindings if member in one["members"] and "condition" not in one}
    return {"deployer": True, "roles_missing": tuple(role for role in DEPLOYER_ROLES if role not in held)}


def policy_of(gcloud: Gcloud, project: str) -> dict[str, Any]:
    """Who may do what in the project, conditions included.

    Raises:
        CloudFailed: it can't be read.
    """
    asked = {"options": {"requestedPolicyVersion": 3}}
    status, policy = gcloud.post("cloudresourcemanager", f"v3/projects/{project}:getIamPolicy", asked)
    return dict(_must(status, policy, f"the policy of {project}"))


def _builds(gcloud: Gcloud, project: str, region: str) -> tuple[Build, ...]:
    place = f"v1/projects/{project}/locations/{region}/builds"
    status, found = gcloud.get("cloudbuild", place, filter=f'({_ONGOING}) AND tags="trimtab-deploy"')
    if status != OK:
        return ()  # the API is off: nothing runs
    return tuple(
        Build(one["id"], one["status"], one.get("startTime") or one.get("createTime", "a moment"))
        for one in found.get("builds", ())
    )


def _data_left(gcloud: Gcloud, project: str, database: str) -> bool:
    bucket, _ = gcloud.get("storage", f"b/{project}-trimtab-objects")
    found, _ = gcloud.get("firestore", f"v1/projects/{project}/databases/{database}")
    return bucket == OK and found == OK
