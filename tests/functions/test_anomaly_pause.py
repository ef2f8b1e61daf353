"""The anomaly pause on the real wire: pushed to, asking every source, stopping what loses money, saying so."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from common.adapters.pubsub_topology import EmulatedTopology
from common.domain.calendar import HOUR
from common.domain.canonical import canonical
from common.domain.change import Status
from common.domain.event import TOPIC
from common.domain.log_entry import EntryKind
from common.domain.state import TrackState
from common.domain.tenant import slot_of
from common.domain.tick import Cadence, RootTick, TenantTick, window_of
from common.ports.documents import Create
from common.use_cases.day_sources import bearing_budgets
from common.use_cases.pace import pace
from common.use_cases.queries import entries, manifest_of, state_of, waiting
from common.use_cases.verify import verify
from tests.functions.wire import ROOT, Wire, Wired, post, pulled, pushed, settled, two_tracks
from trimtab.local_functions import LocalFunction, serving

pytestmark = pytest.mark.emulator
CADENCE = Cadence.ANOMALY_PAUSE
ROOT_TICK = canonical(RootTick(cadence=CADENCE).body())
RUNAWAY = {
    "kind": "spend_runaway",
    "factor": 6,
    "track_id": "shoes",
    "channel": "tiktok",
    "at": "2026-05-04T08:00",
    "until": "2026-05-06T00:00",
}
"""A campaign that ignores its budget from the flight's first morning on."""
MOST_HOURS = 24
"""Hours of the flight after which it must have been stopped."""


@pytest.fixture(scope="module")
def checking(line: Wire) -> Iterator[LocalFunction]:
    """The function, with its topic pushed to it; subscriptions to what it publishes."""
    topology = EmulatedTopology(line.project, line.pubsub)
    topology.subscription("events-test", TOPIC)
    topology.subscription("dead-test", CADENCE.dead_letter_topic)
    topology.topic(CADENCE.topic)
    with serving(ROOT / "functions" / "anomaly_pause", line.environment) as function:
        topology.subscription("checks-test", CADENCE.topic, push_to=function.url, ack_seconds=60)
        yield function


@pytest.fixture
def wired(line: Wire) -> Wired:
    """A tenant of two tracks."""
    return line.take_on(two_tracks())


def tick(wired: Wired, *tracks: str) -> dict[str, Any]:
    """A tenant's message for the market's quarter of an hour, as it is pushed."""
    window = window_of(CADENCE, wired.world.now())
    message = TenantTick(cadence=CADENCE, window=window, tenant_id=wired.tenant, tracks=tracks)
    return pushed(canonical(message.body()), wired.world.now())


@pytest.mark.parametrize("quarter", [0, 1, 2, 3])
def test_a_root_tick_fans_out_and_every_track_is_checked(wired: Wired, checking: LocalFunction, quarter: int) -> None:
    """A tenant has its turn in each quarter of an hour, at its minute's place in it."""
    minute = quarter * 15 + Cadence.ANOMALY_PAUSE.minute_of(slot_of(wired.tenant)) % 15
    published = wired.world.now().replace(minute=minute) + timedelta(seconds=1)
    assert post(checking.url, pushed(ROOT_TICK, published)) == 200
    for number in (0, 1):
        state = settled(wired, window_of(CADENCE, published), wired.track(number), CADENCE)
        campaigns = bearing_budgets(manifest_of(wired.ports, wired.track(number)))
        assert set(state.watching["entities"]) == {one.entity_id for one in campaigns}


def test_a_root_tick_of_another_minute_leaves_the_tenant_alone(wired: Wired, checking: LocalFunction) -> None:
    published = wired.world.now().replace(minute=(Cadence.ANOMALY_PAUSE.minute_of(slot_of(wired.tenant)) + 1) % 15)
    assert post(checking.url, pushed(ROOT_TICK, published)) == 200
    assert post(checking.url, tick(wired, "bags")) == 200
    settled(wired, window_of(CADENCE, wired.world.now()), wired.track(1), CADENCE)
    assert state_of(wired.ports, wired.track(0)) is None


def test_a_runaway_is_stopped_once_and_said_so(line: Wire, checking: LocalFunction) -> None:
    """Paced and checked by the hour, each check delivered in both shapes: paused on the platform, in the manifest and
    in the log, with an event; then a person is asked."""
    wired = line.take_on({**two_tracks(), "events": [RUNAWAY]})
    track, quiet = wired.track(0), wired.track(1)
    for _ in range(MOST_HOURS):
        pace(wired.ports, track, window_of(Cadence.PACING, wired.world.now()), "run")
        body = tick(wired, "shoes", "bags")
        assert [post(checking.url, body, binary=binary) for binary in (False, True)] == [200, 200]
        if manifest_of(wired.ports, track).pauses:
            break
        line.worlds.go_on(HOUR)

    (pause,) = manifest_of(wired.ports, track).pauses
    assert (pause.reason, pause.target) == ("spend_anomaly", "tiktok")
    entities = manifest_of(wired.ports, track).entities
    off = [name for name, entity in entities.items() if entity.status is Status.PAUSED]
    assert set(off) == set(pause.entities) == {name for name, one in entities.items() if one.channel == "tiktok"}
    assert wired.world.market.live("shoes/tiktok").status == "paused"
    assert wired.world.market.live("shoes/meta").status == "enabled"
    assert manifest_of(wired.ports, quiet).pauses == ()

    assert verify(wired.ports, track).faults == ()
    stopped, _ = [entry for entry in entries(wired.ports, track) if entry.pauses]  # then somebody is asked
    assert (stopped.kind, stopped.pauses) == (EntryKind.APPLIED, (pause.pause_id,))
    assert stopped.why.startswith("Paused. Shoes tiktok: since Mon ")
    (asked,) = waiting(wired.ports, wired.tenant)
    assert asked.resumes
    said = pulled(line, "events-test", 2, lambda event: event.attributes["tenant"] == wired.tenant)
    events = {body["type"]: body["data"] for body in (json.loads(event.data) for event in said)}
    assert set(events) == {"optimization.applied", "optimization.pending_approval"}
    assert events["optimization.applied"]["change_set_id"] == stopped.change_set_id


def test_one_track_that_cannot_be_read_does_not_stop_the_other(
    line: Wire, wired: Wired, checking: LocalFunction
) -> None:
    assert post(checking.url, tick(wired, "ghost", "bags")) == 200
    settled(wired, window_of(CADENCE, wired.world.now()), wired.track(1), CADENCE)
    (set_aside,) = pulled(line, "dead-test", 1, lambda message: wired.tenant.encode() in message.data)
    assert "manifests/ghost does not exist" in set_aside.attributes["reason"]
    assert json.loads(set_aside.data)["tracks"] == ["ghost"]


def test_one_track_that_fails_comes_again_and_the_other_is_checked(wired: Wired, checking: LocalFunction) -> None:
    """A state that can't be read, say: it is not set aside, since a release may mend that."""
    broken = {"entities": {"tiktok": {"spent": 1.0}}}
    state = TrackState(tenant_id=wired.tenant, track_id="shoes", watching=broken)
    wired.ports.documents.commit(Create(wired.track().state, state.body()))
    assert post(checking.url, tick(wired, "shoes", "bags")) == 500
    settled(wired, window_of(CADENCE, wired.world.now()), wired.track(1), CADENCE)
    assert state_of(wired.ports, wired.track()) == state


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\x00", "JSON"),
        (b'{"cadence": "anomaly_pause", "colour": "red"}', "unknown key"),
        (b'{"cadence": "pacing"}', "it came to anomaly_pause"),
        (b'{"cadence": "anomaly_pause", "tenant_id": "t", "window": "yesterday"}', "window"),
    ],
)
def test_a_message_that_cannot_be_handled_is_set_aside_with_its_reason(
    line: Wire, wired: Wired, checking: LocalFunction, data: bytes, said: str
) -> None:
    assert post(checking.url, pushed(data, wired.world.now())) == 200
    (set_aside,) = pulled(line, "dead-test", 1, lambda message: message.data == data)
    assert said in set_aside.attributes["reason"]
