"""A function in a process of its own, fed by the Pub/Sub emulator."""

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from common.adapters.pubsub import PubSubBus
from common.adapters.pubsub_topology import EmulatedTopology
from common.adapters.sqlite import SqliteDocuments
from common.ports.bus import Message
from common.ports.documents import Data, Documents, Query
from trimtab.local_functions import LocalFunction, serving
from trimtab.processes import NotReady

FIXTURES = Path(__file__).parent / "fixtures"
PUSHED = "google.cloud.pubsub.topic.v1.messagePublished"


@pytest.fixture
def store(tmp_path: Path) -> Documents:
    """Where the function keeps what it gets."""
    return SqliteDocuments(tmp_path / "deliveries.db")


@pytest.fixture
def keeper(tmp_path: Path, store: Documents) -> Iterator[LocalFunction]:
    """The function `keeper`, served."""
    with serving(FIXTURES / "keeper", {"KEEPER_STORE": str(tmp_path / "deliveries.db")}) as function:
        yield function


@pytest.fixture
def bus(keeper: LocalFunction, pubsub_address: str, project: str) -> PubSubBus:
    """A bus whose topic `ticks` is pushed to the function."""
    EmulatedTopology(project, pubsub_address).subscription("ticks-keeper", "ticks", push_to=keeper.url)
    return PubSubBus(project, emulator=pubsub_address, call_seconds=60)


def deliveries(store: Documents, expected: int, seconds: float = 60) -> list[Data]:
    """What the function got, as soon as it is as much as expected."""
    deadline = time.monotonic() + seconds
    while len(found := store.query(Query("deliveries")).documents) < expected:
        assert time.monotonic() < deadline, f"{len(found)} deliveries of {expected} within {seconds} s"
        time.sleep(0.02)
    return [document.data for document in found]


@pytest.mark.emulator
def test_published_messages_are_pushed_to_the_function_whole(bus: PubSubBus, store: Documents) -> None:
    bus.publish("ticks", Message(b"\x00\xff not text", {"tenant": "größer"}), Message(b"", {"cadence": "pacing"}))
    pushed = deliveries(store, 2)
    assert {delivery["type"] for delivery in pushed} == {PUSHED}
    messages = {delivery["message"]["data"]: delivery["message"] for delivery in pushed}
    assert messages[""]["attributes"] == {"cadence": "pacing"}
    binary = messages[base64.b64encode(b"\x00\xff not text").decode()]
    assert binary["attributes"] == {"tenant": "größer"}
    assert binary["messageId"]
    assert binary["publishTime"]


@pytest.mark.emulator
def test_a_message_at_which_the_function_raises_comes_again(bus: PubSubBus, store: Documents) -> None:
    bus.publish("ticks", Message(b"{}", {"refuse": "yes"}))
    assert len({delivery["message"]["messageId"] for delivery in deliveries(store, 3)}) == 1


def test_an_event_with_its_attributes_in_headers_is_handled_too(keeper: LocalFunction, store: Documents) -> None:
    body = {"subscription": "projects/p/subscriptions/s", "message": message(b"{}", {"cadence": "pacing"})}
    headers = {
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-type": PUSHED,
        "ce-source": "//pubsub.googleapis.com/projects/p/topics/ticks",
    }
    with urlopen(Request(keeper.url, json.dumps(body).encode(), headers)) as answer:
        assert answer.status == 200
    (delivery,) = deliveries(store, 1)
    assert delivery["message"] == body["message"]


def message(data: bytes, attributes: dict[str, str]) -> dict[str, Any]:
    """A message as Pub/Sub delivers it."""
    return {
        "data": base64.b64encode(data).decode(),
        "attributes": attributes,
        "messageId": "1",
        "publishTime": "2026-03-01T00:00:00Z",
    }


def test_a_function_is_gone_after_the_block() -> None:
    with serving(FIXTURES / "keeper") as function:
        assert function.log.exists()
    with pytest.raises(URLError):
        urlopen(function.url)


def test_a_function_that_cannot_be_imported_is_reported_with_what_it_printed() -> None:
    with pytest.raises(NotReady, match="there is no flux capacitor"), serving(FIXTURES / "broken"):
        pass
