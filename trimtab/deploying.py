"""What a deployment needs of a project: what is wrong with it, each with its remedy, and what is still to be made.

Pure: `trimtab.project_facts` looks, `trimtab.cli_deploy` does.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.domain.errors import Fault
from trimtab.given import wrong

OLDEST_GCLOUD = (480,)
OLDEST_TERRAFORM = (1, 11)
"""infra/versions.tf says the same."""

BASE_APIS = (
    "artifactregistry.googleapis.com",
    "cloudbilling.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "compute.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "pubsub.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
)
"""What the pipeline itself speaks to; Terraform turns on the rest."""

DEPLOYER_ROLES = (
    "roles/artifactregistry.admin",
    "roles/cloudbuild.builds.editor",
    "roles/cloudfunctions.admin",
    "roles/cloudscheduler.admin",
    "roles/compute.admin",
    "roles/datastore.owner",
    "roles/firebaserules.admin",
    "roles/iam.roleAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountUser",
    "roles/iap.admin",
    "roles/logging.admin",
    "roles/monitoring.admin",
    "roles/pubsub.admin",
    "roles/resourcemanager.projectIamAdmin",
    "roles/run.admin",
    "roles/secretmanager.admin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/storage.admin",
)
"""Of the account that runs the pipeline: what it makes, it must be able to change and remove."""

RIGHTS = {
    "cloudbuild.builds.create": "roles/cloudbuild.builds.editor",
    "iam.serviceAccounts.actAs": "roles/iam.serviceAccountUser",
    "iam.serviceAccounts.create": "roles/iam.serviceAccountAdmin",
    "resourcemanager.projects.setIamPolicy": "roles/resourcemanager.projectIamAdmin",
    "serviceusage.services.enable": "roles/serviceusage.serviceUsageAdmin",
    "storage.buckets.create": "roles/storage.admin",
    "storage.objects.create": "roles/storage.admin",
}
"""What whoever deploys must be allowed to do, each with a role that has it. The role Owner has all of it."""


@dataclass(frozen=True, slots=True)
class Lock:
    """Terraform's lock on the state. `number` is what `terraform force-unlock` takes."""

    number: str
    who: str
    operation: str
    created: str


@dataclass(frozen=True, slots=True)
class Build:
    """A run of the pipeline that is not over."""

    number: str
    status: str
    started: str


@dataclass(frozen=True, slots=True)
class Facts:
    """A project as it is. Everything but the first three is unknown, and so empty, where it can't be seen."""

    project: str
    visible: bool = True
    active: bool = True
    billing: bool = True
    apis_off: tuple[str, ...] = ()
    rights_missing: tuple[str, ...] = ()
    bucket: str | None = None
    """Where the bucket of state and bundles is (`EUROPE-WEST1`); `None`: there is none yet."""
    bucket_is_anothers: bool = False
    deployer: bool = False
    roles_missing: tuple[str, ...] = DEPLOYER_ROLES
    lock: Lock | None = None
    builds: tuple[Build, ...] = ()
    unfinished: tuple[str, ...] = ()
    """Resources that an apply began and did not finish, by their address; Terraform makes them anew."""
    data_left: bool = False
    """The database and the bucket for objects are there: made before, or left by a teardown."""

    @property
    def deployer_email(self) -> str:
        """The account that runs the pipeline."""
        return f"trimtab-deployer@{self.project}.iam.gserviceaccount.com"

    @property
    def deploy_bucket(self) -> str:
        """The bucket of state and bundles."""
        return f"{self.project}-trimtab-deploy"


def given_faults(project: str, region: str, environment: str) -> list[Fault]:
    """What is wrong with what was typed in."""
    return [Fault(name, said) for name, said in wrong(project, region, environment)]


def variable_faults(declared: str, given: str, file: str) -> list[Fault]:
    """The variables without a default that nothing gives a value.

    Args:
        declared: the text of the files that declare them.
        given: the text of the environment's variable file.
        file: its name, for the message.
    """
    blocks = re.findall(r'^variable "(\w+)" \{$(.*?)^\}$', declared, re.MULTILINE | re.DOTALL)
    required = [name for name, block in blocks if not re.search(r"^  default\s+=", block, re.MULTILINE)]
    known = {*re.findall(r"^(\w+)\s*=", given, re.MULTILINE), *PIPELINE_GIVES}
    return [Fault(name, f"has no value: add `{name} = ...` to {file}") for name in required if name not in known]


PIPELINE_GIVES = ("project_id", "region", "environment", "bundles", "adopt_data")


def database_in(given: str) -> str:
    """The Firestore database that an environment's variable file names."""
    found = re.search(r'^database\s*=\s*"([^"]+)"', given, re.MULTILINE)
    return found.group(1) if found else "(default)"


def faults_of(facts: Facts, now: datetime) -> list[Fault]:
    """Everything that stands in the way of a deployment, each with what to do about it."""
    if not facts.visible:
        how = "there is no such project, or you may not see it: check the id and `gcloud auth list`, or ask its owner"
        return [Fault(facts.project, how)]
    if not facts.active:
        return [Fault(facts.project, f"is to be deleted: bring it back by `gcloud projects undelete {facts.project}`")]
    return [*_account_faults(facts), *_state_faults(facts, now)]


def _account_faults(facts: Facts) -> Iterator[Fault]:
    if not facts.billing:
        link = f"gcloud billing projects link {facts.project} --billing-account=ACCOUNT"
        yield Fault("billing", f"no account pays for {facts.project}: `{link}`")
    for right in facts.rights_missing:
        yield Fault(right, f"you lack this right: ask an owner for {RIGHTS.get(right, 'a role with it')}")
    if facts.apis_off and "serviceusage.services.enable" in facts.rights_missing:
        named = " ".join(facts.apis_off)
        yield Fault("APIs", f"are off, and you may not turn them on; an owner can: `gcloud services enable {named}`")
    if facts.bucket_is_anothers:
        said = "a bucket of this name is another project's, or you may not look at it; names are global"
        yield Fault(facts.deploy_bucket, said)


def _state_faults(facts: Facts, now: datetime) -> Iterator[Fault]:
    for build in facts.builds:
        how = f"wait for it, or `gcloud builds cancel {build.number} --project={facts.project}`"
        yield Fault("another deployer", f"build {build.number} is {build.status} since {build.started}: {how}")
    if facts.lock is not None:
        yield Fault("the state's lock", _lock_said(facts, facts.lock, now))


def _lock_said(facts: Facts, lock: Lock, now: datetime) -> str:
    held = f"{lock.who} holds it since {lock.created} for {lock.operation}"
    if facts.builds:
        return f"{held}; it goes when that build ends"
    unlock = f"terraform -chdir=infra force-unlock {lock.number}"
    minutes = round((now - datetime.fromisoformat(lock.created)).total_seconds() / 60)
    return f"{held}, {minutes} minutes; no build is running. Ask them; if they are gone, `{unlock}` and deploy again"


def notes_of(facts: Facts) -> list[str]:
    """What whoever deploys should know, though it does not stand in the way."""
    notes: list[str] = []
    if facts.unfinished:
        named = ", ".join(facts.unfinished)
        notes.append(f"An earlier apply stopped half-way; made anew by this one: {named}.")
    if facts.apis_off:
        notes.append(f"Turned on by this run: {', '.join(facts.apis_off)}.")
    return notes


def missing_steps(facts: Facts, region: str) -> list[tuple[str, ...]]:
    """The commands of gcloud that make what Terraform's first run needs; what is there is left alone."""
    project, bucket = f"--project={facts.project}", f"gs://{facts.deploy_bucket}"
    steps: list[tuple[str, ...]] = []
    if facts.apis_off:
        steps.append(("services", "enable", *facts.apis_off, project))
    if facts.bucket is None:
        safe = ("--uniform-bucket-level-access", "--public-access-prevention")
        steps.append(("storage", "buckets", "create", bucket, project, f"--location={region}", *safe))
        # The state's older versions are the way back from a broken one.
        steps.append(("storage", "buckets", "update", bucket, "--versioning"))
    if not facts.deployer:
        shown = "--display-name=Trimtab: the pipeline"
        steps.append(("iam", "service-accounts", "create", "trimtab-deployer", project, shown))
    return steps


def with_roles(policy: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """The project's policy with the deployer's roles in it, and everything else as it was, its etag too."""
    member = f"serviceAccount:{facts.deployer_email}"
    bindings = [dict(one) for one in policy.get("bindings", ())]
    for role in facts.roles_missing:
        plain = next((one for one in bindings if one["role"] == role and "condition" not in one), None)
        if plain is None:
            bindings.append({"role": role, "members": [member]})
        else:
            plain["members"] = [*plain["members"], member]
    return {**policy, "bindings": bindings}


def submission(facts: Facts, region: str, environment: str, *, plan_only: bool) -> tuple[str, ...]:
    """The command of gcloud that starts the pipeline on this folder."""
    given: Mapping[str, str] = {
        "_REGION": region,
        "_ENVIRONMENT": environment,
        "_ADOPT_DATA": str(facts.data_left).lower(),
        "_UNTIL": "plan" if plan_only else "canary",
    }
    return (
        "builds",
        "submit",
        ".",
        "--config=cloudbuild.yaml",
        f"--project={facts.project}",
        f"--region={region}",
        f"--service-account=projects/{facts.project}/serviceAccounts/{facts.deployer_email}",
        f"--gcs-source-staging-dir=gs://{facts.deploy_bucket}/source",
        f"--substitutions={','.join(f'{name}={value}' for name, value in given.items())}",
    )


def too_old(what: str, found: Sequence[int], least: Sequence[int]) -> list[Fault]:
    """A tool that is older than it may be."""
    if tuple(found) >= tuple(least):
        return []
    return [Fault(what, f"is {'.'.join(map(str, found))}; at least {'.'.join(map(str, least))} is needed")]
