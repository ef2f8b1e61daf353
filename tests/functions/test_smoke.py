"""A staged bundle under functions-framework, in an environment of its own."""

from pathlib import Path

import pytest

from common.adapters.firestore import FirestoreDocuments, firestore_client
from common.adapters.memory_bus import MemoryBus
from common.adapters.pubsub_topology import EmulatedTopology
from common.bootstrap import build
from common.domain.event import TOPIC
from common.domain.tick import dead_letter_topic
from common.settings import Settings
from trimtab.bundles import Bundle, stage
from trimtab.canary import take_on
from trimtab.function_list import Described, described
from trimtab.smoke import Cloud, smoke

NOTIFY = described(("notify",))["notify"]
"""The lightest of them."""


def staged(folder: Path, function: Described) -> Bundle:
    """Its bundle."""
    (bundle,) = stage({"notify": function}, folder)
    return bundle


@pytest.mark.emulator
def test_a_bundle_answers_what_the_cloud_would_send_it(
    tmp_path: Path, project: str, firestore_address: str, pubsub_address: str
) -> None:
    documents = FirestoreDocuments(firestore_client(project, emulator=firestore_address))
    ports = build(Settings(), documents=documents, bus=MemoryBus())
    take_on(ports)
    EmulatedTopology(project, pubsub_address).topic(dead_letter_topic(TOPIC))
    cloud = Cloud(project, firestore_address, pubsub_address, ports)
    done = smoke(staged(tmp_path, NOTIFY), NOTIFY, cloud)
    assert done.faults == ()
    assert done.tried[1:] == ("optimization-events, a push", "optimization-events, a CloudEvent")


def test_a_bundle_without_what_it_imports_late_is_found_out(tmp_path: Path) -> None:
    """It would start, and answer until somebody is to be told something."""
    bare = NOTIFY.but(extras=())
    done = smoke(staged(tmp_path, bare), bare, None)
    assert [fault.rpartition(": ")[2] for fault in done.faults] == ["No module named 'google.cloud.secretmanager_v1'"]
