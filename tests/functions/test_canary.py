"""The canary against the emulators: its tick goes over Pub/Sub to the real function, and its state is written."""

from collections.abc import Iterator, Mapping

import pytest

from common.adapters.firestore import FirestoreDocuments, firestore_client
from common.adapters.pubsub_topology import EmulatedTopology
from common.domain.tick import Cadence
from common.ports.documents import Delete, Documents
from tests.functions.wire import ROOT
from tests.unit.trimtab.command import trimtab
from trimtab.canary import TRACK
from trimtab.local_functions import LocalFunction, serving

pytestmark = pytest.mark.emulator


@pytest.fixture
def environment(project: str, firestore_address: str, pubsub_address: str) -> Mapping[str, str]:
    """By which the command and the function find the project."""
    topology = EmulatedTopology(project, pubsub_address)
    topology.topic(Cadence.PACING.topic)
    topology.topic(Cadence.PACING.dead_letter_topic)
    return {
        "TRIMTAB_STORE": f"firestore:{project}",
        "TRIMTAB_BUS": f"pubsub:{project}",
        "FIRESTORE_EMULATOR_HOST": firestore_address,
        "PUBSUB_EMULATOR_HOST": pubsub_address,
        "NO_GCE_CHECK": "true",
    }


@pytest.fixture
def pacing(project: str, pubsub_address: str, environment: Mapping[str, str]) -> Iterator[LocalFunction]:
    """The function as it is deployed, without any market, pushed to."""
    with serving(ROOT / "functions" / "pacing", environment) as function:
        topology = EmulatedTopology(project, pubsub_address)
        topology.subscription("pacing-push", Cadence.PACING.topic, push_to=function.url, ack_seconds=60)
        yield function


@pytest.fixture
def documents(project: str, firestore_address: str) -> Documents:
    """The project's store."""
    return FirestoreDocuments(firestore_client(project, emulator=firestore_address))


@pytest.mark.usefixtures("pacing")
def test_its_tick_comes_back_as_state_and_a_broken_one_is_told_of(
    project: str, environment: Mapping[str, str], documents: Documents
) -> None:
    """A second deployment in the same hour sees its own tick; then its manifest is lost, and the tick is set aside."""
    first, second = (trimtab("canary", project, "--json", width=80, **environment) for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    assert (first.data["new"], second.data["new"]) == (True, False)
    state = documents.read(TRACK.state)[0]
    assert state is not None
    assert Cadence.PACING.value in state.data["windows"]
    documents.commit(Delete(TRACK.manifest))
    broken = trimtab("canary", project, width=200, **environment)
    assert broken.code == 1
    assert f"its tick was set aside: {TRACK.manifest} does not exist" in broken.out


def test_a_function_that_hears_nothing_is_told_of(project: str, environment: Mapping[str, str]) -> None:
    silent = trimtab("canary", project, "--seconds", "1", width=200, **environment)
    assert silent.code == 1
    assert "was not done within 1 s of the root tick" in silent.out
    assert "gcloud logging read" in silent.out


def test_a_project_without_the_topics_is_told_of(project: str, environment: Mapping[str, str]) -> None:
    other = f"{project}-x"
    gone = trimtab("canary", other, width=200, **environment)
    assert gone.code == 2
    assert f"pacing-ticks-dead-letter in {other} can't be watched" in gone.err


def test_what_is_no_project_is_refused() -> None:
    refused = trimtab("canary", "My_Project", width=200)
    assert refused.code == 2
    assert "'My_Project' is no project id" in refused.err
