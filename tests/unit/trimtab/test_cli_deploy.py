"""Deploying and tearing down as a devops engineer meets it: the project is served on loopback.

gcloud is the real one where it makes things, and a stand-in that writes down what it is told where it is only asked for
a token. Terraform is a stand-in throughout: its providers speak to Google alone.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.trimtab.cloud_project import DEPLOY_BUCKET, DEPLOYER, LOCK, PROJECT, CloudProject, cloud
from tests.unit.trimtab.command import Outcome, trimtab
from trimtab.deploying import BASE_APIS, DEPLOYER_ROLES

PROGRAMS = Path(__file__).parents[2] / "programs"
DATABASE = {"type": "google_firestore_database", "name": "this", "mode": "managed"}
TOPIC = {"type": "google_pubsub_topic", "name": "main", "mode": "managed"}


def state(policy: str) -> dict[str, object]:
    """Of a deployment with a topic and a database that a destroy treats so."""
    topics: dict[str, object] = {**TOPIC, "instances": [{"index_key": "a", "attributes": {}}]}
    return {"resources": [topics, {**DATABASE, "instances": [{"attributes": {"deletion_policy": policy}}]}]}


class Told:
    """Runs commands against a project, and shows what gcloud and Terraform were told."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.calls = folder / "calls"
        self.calls.touch()
        path = f"{PROGRAMS}:{os.environ['PATH']}"
        self._environment = {**environment, "CALLS": str(self.calls), "PATH": path}

    def run(self, *arguments: str, typed: str = "", **more: str) -> Outcome:
        """Run a command."""
        return trimtab(*arguments, width=80, typed=typed, **{**self._environment, **more})

    @property
    def told(self) -> list[str]:
        """What the stand-ins were told."""
        return self.calls.read_text().splitlines()


@pytest.fixture
def project() -> CloudProject:
    """A new project of its owner's."""
    return CloudProject()


@pytest.fixture
def at(project: CloudProject, tmp_path: Path) -> Iterator[Told]:
    """Where it is served."""
    with cloud(project, tmp_path) as environment:
        yield Told(tmp_path, environment)


@pytest.mark.emulator
def test_an_empty_project_gets_what_it_needs_and_the_pipeline_is_started(project: CloudProject, tmp_path: Path) -> None:
    """By the real gcloud."""
    with cloud(project, tmp_path) as environment:
        done = trimtab("deploy", PROJECT, "--environment", "production", width=80, **environment)
    assert (done.code, done.err) == (0, "")
    assert project.apis >= set(BASE_APIS)
    assert project.accounts == {DEPLOYER}
    assert {one["role"] for one in project.policy["bindings"]} == set(DEPLOYER_ROLES)
    (build,) = project.submitted
    assert build["serviceAccount"].endswith(DEPLOYER)
    assert build["substitutions"]["_ENVIRONMENT"] == "production"
    assert [step["id"] for step in build["steps"]][-1] == "canary"
    assert any(name.startswith(f"{DEPLOY_BUCKET}/source/") for name in project.objects)


def test_a_second_deployment_makes_nothing_again(project: CloudProject, at: Told) -> None:
    project.deployed()
    assert at.run("deploy", PROJECT).code == 0
    assert [one[:20] for one in at.told] == ["gcloud builds submit"]
    assert project.asked == []


def test_what_a_teardown_left_is_taken_in_again(project: CloudProject, at: Told) -> None:
    project.deployed()
    project.database = True
    project.buckets[f"{PROJECT}-trimtab-objects"] = "123456789"
    assert at.run("deploy", PROJECT, "--plan").code == 0
    assert "_ADOPT_DATA=true,_UNTIL=plan" in at.told[-1]


def test_everything_that_is_missing_is_said_at_once_and_nothing_is_made(project: CloudProject, at: Told) -> None:
    project.billed = False
    project.rights = {"cloudbuild.builds.create"}
    done = at.run("deploy", PROJECT, GCLOUD_VERSION="300.0.0")
    assert done.code == 2
    for said in ("gcloud: is 300.0.0", "no account pays", "storage.buckets.create", "gcloud services enable"):
        assert said in done.err
    assert (at.told, project.asked) == ([], [])


def test_without_gcloud_what_is_wrong_here_is_still_said(at: Told, tmp_path: Path) -> None:
    done = at.run("teardown", "Shop", PATH=str(tmp_path))
    assert done.code == 2
    for said in (
        "PROJECT: 'Shop' is no project id",
        "terraform: is not on the PATH",
        "gcloud: gcloud is not on the PATH",
    ):
        assert said in done.err


def test_nobody_signed_in_is_told_how(at: Told) -> None:
    done = at.run("deploy", PROJECT, CLOUDSDK_AUTH_ACCESS_TOKEN_FILE="/nowhere")
    assert done.code == 2
    assert "nobody is signed in: `gcloud auth login`" in done.err


def test_a_second_deployer_is_told_who_holds_the_lock(project: CloudProject, at: Told) -> None:
    project.deployed(state("ABANDON"))
    project.objects[f"{DEPLOY_BUCKET}/state/default.tflock"] = json.dumps(LOCK).encode()
    done = at.run("deploy", PROJECT)
    assert done.code == 2
    assert "ada@laptop holds it since 2026-11-28T08:00:00Z for apply" in done.err
    assert "force-unlock 77" in done.err
    assert at.told == []


def test_an_apply_that_stopped_half_way_is_told_of_and_gone_on_with(project: CloudProject, at: Told) -> None:
    project.deployed({"resources": [{**TOPIC, "instances": [{"index_key": "a", "status": "tainted"}]}]})
    done = at.run("deploy", PROJECT)
    assert done.code == 0
    assert 'google_pubsub_topic.main["a"]' in done.out


@pytest.mark.parametrize(
    ("broken", "said"),
    [({"known": False}, "there is no such project"), ({"state": "DELETE_REQUESTED"}, "gcloud projects undelete")],
)
def test_a_project_that_is_not_there_is_said_to_be_so(
    project: CloudProject, at: Told, broken: dict[str, object], said: str
) -> None:
    for name, value in broken.items():
        setattr(project, name, value)
    done = at.run("deploy", PROJECT)
    assert done.code == 2
    assert said in done.err


def test_a_teardown_takes_away_what_may_go_once_the_id_is_typed_again(project: CloudProject, at: Told) -> None:
    project.deployed(state("ABANDON"))
    project.database = True
    project.buckets[f"{PROJECT}-trimtab-objects"] = "123456789"
    done = at.run("teardown", PROJECT, typed=f"{PROJECT}\n")
    assert done.code == 0
    assert "Goes: 1 pubsub_topic." in done.out
    assert "the Firestore database and its backups" in done.out
    told = [one.partition(" -")[0] for one in at.told]
    assert told == [
        "gcloud scheduler jobs list",
        "gcloud scheduler jobs delete trimtab-report-madrid",
        "terraform",
        "terraform",
    ]
    assert "destroy -input=false" in at.told[-1]
    assert f"project={PROJECT} token=a-token" in at.told[-1]


def test_another_id_leaves_everything(project: CloudProject, at: Told) -> None:
    project.deployed(state("ABANDON"))
    done = at.run("teardown", PROJECT, typed="shop-projekt\n")
    assert done.code == 2
    assert "everything was left as it is" in done.err
    assert at.told == []


def test_data_never_goes_without_a_word(project: CloudProject, at: Told) -> None:
    project.deployed(state("DELETE"))
    done = at.run("teardown", PROJECT, typed=f"{PROJECT}\n")
    assert done.code == 2
    assert "the optimization log" in done.out
    assert "--with-data" in done.err
    assert at.told == []
    assert at.run("teardown", PROJECT, "--with-data", typed=f"{PROJECT}\n").code == 0


def test_a_teardown_that_failed_half_way_is_finished_by_the_next(project: CloudProject, at: Told) -> None:
    project.deployed(state("ABANDON"))
    failed = at.run("teardown", PROJECT, typed=f"{PROJECT}\n", TERRAFORM_FAILS="destroy")
    assert failed.code == 2
    assert "terraform destroy" in failed.err
    project.deployed({"resources": []})
    done = at.run("teardown", PROJECT)
    assert done.code == 0
    assert "nothing is deployed" in done.out


def test_a_teardown_without_a_fitting_terraform_says_what_to_install(project: CloudProject, at: Told) -> None:
    project.deployed(state("ABANDON"))
    done = at.run("teardown", PROJECT, TERRAFORM_VERSION="1.5.7")
    assert done.code == 2
    assert "terraform: is 1.5.7; at least 1.11 is needed" in done.err


def before(folder: Path, ran: dict[str, str]) -> tuple[str, ...]:
    """The arguments of a roll back after these bundles were applied."""
    applied = {"pacing": "bundles/pacing-2.zip", "drift": "bundles/drift-2.zip"}
    (folder / "bundles.auto.tfvars.json").write_text(json.dumps({"bundles": applied}))
    (folder / "before.json").write_text(json.dumps({"bundles": {"value": ran}} if ran else {}))
    return ("roll-back", PROJECT, str(folder / "before.json"), "--out", str(folder))


def test_going_back_applies_the_bundles_of_before_and_still_fails(at: Told, tmp_path: Path) -> None:
    """A function that is new keeps its bundle; one that is gone since has none any more."""
    ran = {"pacing": "bundles/pacing-1.zip", "gone": "bundles/gone-1.zip"}
    done = at.run(*before(tmp_path, ran))
    assert done.code == 1
    assert "runs the bundles of before again" in done.err
    (call,) = at.told
    file = Path(call.rpartition("-var-file=")[2].partition(" ")[0])
    assert json.loads(file.read_text())["bundles"] == {"pacing": "bundles/pacing-1.zip", "drift": "bundles/drift-2.zip"}


def test_after_the_first_deployment_there_is_nothing_to_go_back_to(at: Told, tmp_path: Path) -> None:
    done = at.run(*before(tmp_path, {}))
    assert done.code == 2
    assert "nothing to go back to" in done.err
    assert at.told == []
