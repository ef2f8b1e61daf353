"""Drift on the real wire: told by an event, found by the sweep where the event was lost, drafted once."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from common.adapters.pubsub import PubSubBus
from common.adapters.pubsub_topology import EmulatedTopology, only
from common.domain.canonical import canonical
from common.domain.event import TOPIC, TYPE, EventType
from common.domain.plan_draft import PlanDraft
from common.domain.tenant import slot_of
from common.domain.tick import Cadence, RootTick, dead_letter_topic, window_of
from common.ports.bus import Message
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.drift import MOVES
from common.use_cases.pace import pace
from common.use_cases.plan_drafts import drafts_waiting
from common.use_cases.ports import Ports
from common.use_cases.queries import manifest_of, waiting
from common.use_cases.verify import verify
from sandbox.events import BudgetShift
from sandbox.shifting import ask_to_shift
from sandbox.tenancy import CLIENT
from tests.functions.wire import ROOT, Wire, Wired, channel, post, pulled, pushed, settled, two_tracks
from tests.patience import eventually
from trimtab.local_functions import LocalFunction, serving

pytestmark = pytest.mark.emulator

CADENCE = Cadence.DRIFT
ROOT_TICK = canonical(RootTick(cadence=CADENCE).body())


@pytest.fixture(scope="module")
def drift(line: Wire) -> Iterator[LocalFunction]:
    """The function, with its ticks and its events pushed to it; subscriptions to what it publishes."""
    topology = EmulatedTopology(line.project, line.pubsub)
    topology.subscription("events-test", TOPIC)
    topology.subscription("dead-events-test", dead_letter_topic(TOPIC))
    topology.subscription("dead-ticks-test", CADENCE.dead_letter_topic)
    with serving(ROOT / "functions" / "drift", line.environment) as function:
        topology.subscription("drift-test", CADENCE.topic, push_to=function.url, ack_seconds=60)
        topology.subscription("drift-events-test", TOPIC, push_to=function.url, picked=only(MOVES), ack_seconds=60)
        yield function


@pytest.fixture
def wired(line: Wire) -> Wired:
    """A tenant of two tracks; on the first 3,000 EUR for TikTok and 2,000 for Meta."""
    scenario = two_tracks()
    lines = [channel(name, name, euros, native_cap=False) for name, euros in (("tiktok", 3000), ("meta", 2000))]
    scenario["tracks"][0]["channels"] = lines
    return line.take_on(scenario)


def shifted(wired: Wired, ports: Ports) -> None:
    """Move 500 EUR from TikTok to Meta, as the client says, once a tick has seen what is spent."""
    pace(ports, wired.track(), window_of(Cadence.PACING, wired.world.now()), "run")
    said: dict[str, Any] = {"track_id": "shoes", "channel": "tiktok", "to": "meta", "amount": 500}
    shift = BudgetShift.model_validate({"kind": "budget_shift", "at": "2026-05-04T00:00", **said})
    ask_to_shift(ports, wired.tenant, shift)
    (asked,) = waiting(ports, wired.tenant)
    done = approve_and_apply(ports, wired.tenant, asked.approval_id, by=CLIENT, seen=asked.payload_digest)
    assert done.state.value == "applied"


def drafts(wired: Wired) -> list[PlanDraft]:
    """The drafts that wait."""
    return drafts_waiting(wired.ports, wired.tenant)


def test_from_an_apply_over_the_threshold_to_a_draft_and_its_event(
    line: Wire, wired: Wired, drift: LocalFunction
) -> None:
    shifted(wired, replace(wired.ports, bus=PubSubBus(line.project, emulator=line.pubsub)))
    assert eventually(lambda: bool(drafts(wired)))
    (draft,) = drafts(wired)
    (shoes,) = (one for one in draft.plan.tracks if one.track_id == "shoes")
    assert {one.channel: one.budget for one in shoes.channels} == {"tiktok": 2_500_000_000, "meta": 2_500_000_000}
    recommended = EventType.REVISE_RECOMMENDED.value
    mine = {"tenant": wired.tenant, TYPE: recommended}.items()
    (told,) = pulled(line, "events-test", 1, lambda event: event.attributes.items() >= mine)
    data = json.loads(told.data)["data"]
    assert (data["draft_id"], data["new_crossing"], data["cause"]) == (draft.draft_id, True, "drift")
    assert {one["channel"]: one["delta"] for one in data["drift"]["channels"]} == {
        "tiktok": -500_000_000,
        "meta": 500_000_000,
    }
    assert verify(wired.ports, wired.track()).faults == ()


def test_a_lost_event_is_found_by_the_days_sweep_and_drafted_once(wired: Wired, drift: LocalFunction) -> None:
    """The event goes over a bus that nobody hears. At the tenant's hour and minute the sweep looks."""
    shifted(wired, wired.ports)
    assert drafts(wired) == []
    slot = timedelta(minutes=Cadence.DRIFT.minute_of(slot_of(wired.tenant)), seconds=1)
    day, _ = wired.world.market.hours.calendar.bounds(wired.world.scenario.flight.start)
    assert post(drift.url, pushed(ROOT_TICK, day + timedelta(hours=3) + slot)) == 200
    assert post(drift.url, pushed(ROOT_TICK, day + timedelta(hours=4) + slot)) == 200
    for number in (0, 1):
        settled(wired, day, wired.track(number), CADENCE)
    (draft,) = drafts(wired)
    revision = manifest_of(wired.ports, wired.track()).revision
    assert post(drift.url, pushed(ROOT_TICK, day + timedelta(hours=4) + slot)) == 200
    assert drafts(wired) == [draft]
    assert manifest_of(wired.ports, wired.track()).revision == revision


@pytest.mark.parametrize(
    ("attributes", "data", "topic"),
    [
        ({TYPE: "optimization.applied"}, b"{}", TOPIC),
        ({TYPE: "optimization.applied"}, ROOT_TICK, TOPIC),
        ({}, b"\xff\x00", CADENCE.topic),
        ({}, b'{"cadence": "pacing"}', CADENCE.topic),
    ],
)
def test_what_cannot_be_handled_goes_to_the_dead_letters_of_what_it_is(
    line: Wire, wired: Wired, drift: LocalFunction, attributes: dict[str, str], data: bytes, topic: str
) -> None:
    assert post(drift.url, pushed(data, wired.world.now(), attributes=attributes)) == 200
    subscription = "dead-events-test" if topic == TOPIC else "dead-ticks-test"

    def mine(message: Message) -> bool:
        return message.data == data

    (set_aside,) = pulled(line, subscription, 1, mine)
    assert set_aside.attributes["topic"] == topic
    assert set_aside.attributes["reason"]


def test_an_event_of_a_track_that_is_gone_is_set_aside(line: Wire, wired: Wired, drift: LocalFunction) -> None:
    shifted(wired, replace(wired.ports, bus=PubSubBus(line.project, emulator=line.pubsub)))
    applied = {"tenant": wired.tenant, TYPE: EventType.APPLIED.value}.items()
    (told,) = pulled(line, "events-test", 1, lambda event: event.attributes.items() >= applied)
    gone = told.data.replace(b'"track_id":"shoes"', b'"track_id":"ghost"')
    assert post(drift.url, pushed(gone, wired.world.now(), attributes=told.attributes)) == 200
    (set_aside,) = pulled(line, "dead-events-test", 1, lambda message: message.data == gone)
    assert "manifests/ghost does not exist" in set_aside.attributes["reason"]
