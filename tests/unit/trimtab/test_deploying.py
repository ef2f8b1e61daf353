"""What stands in the way of a deployment, what it makes, and what a teardown leaves: decided from facts alone."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from trimtab.deploying import (
    BASE_APIS,
    DEPLOYER_ROLES,
    RIGHTS,
    Build,
    Facts,
    Lock,
    database_in,
    faults_of,
    given_faults,
    missing_steps,
    notes_of,
    submission,
    variable_faults,
    with_roles,
)
from trimtab.tearing_down import kinds, leftovers, what_goes
from trimtab.terraform import INFRA, environment_file

NOW = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)
NEW = Facts("shop-project", apis_off=BASE_APIS)
READY = Facts("shop-project", bucket="EUROPE-WEST1", deployer=True, roles_missing=())
LOCK = Lock("77", "ada@laptop", "apply", "2026-11-28T08:00:00Z")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (replace(READY, visible=False), ["there is no such project, or you may not see it"]),
        (replace(READY, active=False), ["gcloud projects undelete shop-project"]),
        (replace(READY, billing=False), ["gcloud billing projects link shop-project"]),
        (replace(READY, rights_missing=("iam.serviceAccounts.actAs",)), ["roles/iam.serviceAccountUser"]),
        (
            replace(NEW, rights_missing=("serviceusage.services.enable",)),
            ["roles/serviceusage.serviceUsageAdmin", "gcloud services enable artifactregistry.googleapis.com"],
        ),
        (replace(READY, bucket_is_anothers=True), ["is another project's"]),
        (replace(READY, builds=(Build("b-1", "WORKING", "09:58"),)), ["gcloud builds cancel b-1"]),
        (
            replace(READY, lock=LOCK),
            ["ada@laptop holds it since", "120 minutes", "terraform -chdir=infra force-unlock 77"],
        ),
        (
            replace(READY, lock=LOCK, builds=(Build("b-1", "WORKING", "09:58"),)),
            ["gcloud builds cancel b-1", "it goes when that build ends"],
        ),
        (
            replace(READY, billing=False, rights_missing=tuple(RIGHTS), lock=LOCK),
            ["no account pays", *RIGHTS.values(), "force-unlock"],
        ),
        (READY, []),
        (NEW, []),
    ],
)
def test_everything_in_the_way_is_said_at_once_with_its_remedy(facts: Facts, said: list[str]) -> None:
    found = "\n".join(map(str, faults_of(facts, NOW)))
    assert [one for one in said if one not in found] == []
    assert bool(found) == bool(said)


def test_a_lock_of_a_running_build_is_not_to_be_broken() -> None:
    held = replace(READY, lock=LOCK, builds=(Build("b-1", "WORKING", "09:58"),))
    assert "force-unlock" not in "".join(map(str, faults_of(held, NOW)))


def test_a_new_project_gets_what_terraform_needs_and_a_ready_one_nothing() -> None:
    made = [" ".join(step[:3]) for step in missing_steps(NEW, "europe-west1")]
    assert made == [
        "services enable artifactregistry.googleapis.com",
        "storage buckets create",
        "storage buckets update",
        "iam service-accounts create",
    ]
    assert missing_steps(READY, "europe-west1") == []


def test_half_of_it_is_finished() -> None:
    half = replace(READY, deployer=False, roles_missing=DEPLOYER_ROLES)
    assert [step[:3] for step in missing_steps(half, "europe-west1")] == [("iam", "service-accounts", "create")]


def test_the_deployers_roles_are_added_to_what_the_policy_says() -> None:
    others = {"role": "roles/run.admin", "members": ["user:ada@example.com"], "condition": {"title": "till noon"}}
    policy = {"version": 3, "etag": "x", "bindings": [{"role": "roles/iap.admin", "members": ["user:a@b.cd"]}, others]}
    wanted = replace(READY, roles_missing=("roles/iap.admin", "roles/run.admin"))
    member = f"serviceAccount:{READY.deployer_email}"
    assert with_roles(policy, wanted) == {
        "version": 3,
        "etag": "x",
        "bindings": [
            {"role": "roles/iap.admin", "members": ["user:a@b.cd", member]},
            others,
            {"role": "roles/run.admin", "members": [member]},
        ],
    }
    assert policy["bindings"] == [{"role": "roles/iap.admin", "members": ["user:a@b.cd"]}, others]


def test_what_a_teardown_left_is_taken_in_again_and_an_apply_that_stopped_is_told_of() -> None:
    left = replace(READY, data_left=True, unfinished=("google_pubsub_topic.main",))
    assert "_ADOPT_DATA=true" in submission(left, "europe-west1", "staging", plan_only=True)[-1]
    assert "_UNTIL=plan" in submission(left, "europe-west1", "staging", plan_only=True)[-1]
    assert "_ADOPT_DATA=false" in submission(READY, "europe-west1", "staging", plan_only=False)[-1]
    assert "google_pubsub_topic.main" in " ".join(notes_of(left))


def test_what_is_typed_in_is_refused_all_at_once() -> None:
    assert [one.where for one in given_faults("My Project", "here", "test")] == ["PROJECT", "REGION", "ENVIRONMENT"]
    assert given_faults("shop-project", "europe-west1", "production") == []


def test_a_variable_without_a_value_is_found() -> None:
    declared = 'variable "project_id" {\n  type = string\n}\nvariable "size" {\n  type = string\n}\n'
    declared += 'variable "kept" {\n  default = {\n    size = 1\n  }\n}\n'
    assert [str(one) for one in variable_faults(declared, "kept = 1\n", "staging.tfvars")] == [
        "size: has no value: add `size = ...` to staging.tfvars"
    ]
    assert variable_faults(declared, "size = 2\n", "staging.tfvars") == []


def test_the_database_is_the_one_that_the_environment_names() -> None:
    assert database_in('# of its own\ndatabase = "trimtab"\n') == "trimtab"
    assert database_in('environment = "staging"\n') == "(default)"


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_the_environments_here_give_every_variable_that_has_no_default(environment: str) -> None:
    declared = "\n".join(one.read_text() for one in INFRA.glob("*.tf"))
    file = environment_file(environment)
    assert 'variable "bundles"' in declared
    assert variable_faults(declared, file.read_text(), file.name) == []


MAKES = {
    "google_artifact_registry_": "roles/artifactregistry.admin",
    "google_cloud_run_": "roles/run.admin",
    "google_cloud_scheduler_": "roles/cloudscheduler.admin",
    "google_cloudbuild_": "roles/cloudbuild.builds.editor",
    "google_cloudfunctions2_": "roles/cloudfunctions.admin",
    "google_compute_": "roles/compute.admin",
    "google_firebaserules_": "roles/firebaserules.admin",
    "google_firestore_": "roles/datastore.owner",
    "google_iap_": "roles/iap.admin",
    "google_logging_": "roles/logging.admin",
    "google_monitoring_": "roles/monitoring.admin",
    "google_project_iam_audit_config": "roles/resourcemanager.projectIamAdmin",
    "google_project_iam_custom_role": "roles/iam.roleAdmin",
    "google_project_iam_member": "roles/resourcemanager.projectIamAdmin",
    "google_project_service": "roles/serviceusage.serviceUsageAdmin",
    "google_pubsub_": "roles/pubsub.admin",
    "google_secret_manager_": "roles/secretmanager.admin",
    "google_service_account": "roles/iam.serviceAccountAdmin",
    "google_storage_": "roles/storage.admin",
}
"""The role that each kind of resource takes: https://cloud.google.com/iam/docs/understanding-roles."""


def test_the_deployer_has_a_role_for_each_kind_of_resource_and_no_idle_one() -> None:
    """To act as the functions' accounts it needs one more."""
    text = "".join(file.read_text() for file in INFRA.glob("*.tf"))
    kinds_made = set(re.findall(r'^resource "(google_\w+)"', text, re.MULTILINE))
    taken = {max((one for one in MAKES if kind.startswith(one)), key=len, default=kind) for kind in kinds_made}
    assert {MAKES.get(one, f"no role for {one}") for one in taken} | {"roles/iam.serviceAccountUser"} == set(
        DEPLOYER_ROLES
    )


def instance(kind: str, name: str, key: str | None = None, **attributes: object) -> dict[str, object]:
    """A resource in Terraform's state; a project is only looked at."""
    mode = "data" if kind == "google_project" else "managed"
    one = {"attributes": attributes, **({} if key is None else {"index_key": key})}
    return {"mode": mode, "type": kind, "name": name, "instances": [one]}


def test_a_teardown_says_what_goes_what_goes_for_good_and_what_stays() -> None:
    state = {
        "resources": [
            instance("google_cloudfunctions2_function", "this", "pacing"),
            instance("google_firestore_database", "this", deletion_policy="ABANDON"),
            instance("google_storage_bucket", "objects", deletion_policy="DELETE"),
            instance("google_project_service", "this", "run.googleapis.com", disable_on_destroy=False),
            instance("google_project", "this"),
        ]
    }
    found = what_goes(state)
    assert found.goes == ('google_cloudfunctions2_function.this["pacing"]', "google_storage_bucket.objects")
    assert found.stays == ("google_firestore_database.this", 'google_project_service.this["run.googleapis.com"]')
    assert found.lost == ("the bucket with the log's anchors and the reports",)
    assert kinds(found.goes) == "1 cloudfunctions2_function, 1 storage_bucket"
    assert what_goes({}).goes == ()


def test_what_is_left_is_told_with_the_way_to_remove_it() -> None:
    kept, gone = (leftovers("shop-project", "trimtab-restored", data=data) for data in (True, False))
    assert any("--database='trimtab-restored' --project=shop-project --no-delete-protection" in one for one in kept)
    assert not any("firestore" in one for one in gone)
    assert any("gcloud storage rm -r gs://shop-project-trimtab-deploy" in one for one in gone)
