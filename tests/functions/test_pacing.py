"""The pacing function on the real wire: pushed to, deciding, applying, logging and publishing."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from common.adapters.pubsub_topology import EmulatedTopology
from common.domain.canonical import canonical
from common.domain.change import Setting
from common.domain.event import TOPIC
from common.domain.tenant import slot_of
from common.domain.tick import Cadence, RootTick, TenantTick, window_of
from common.ports.documents import Query, Replace
from common.use_cases.day_sources import bearing_budgets
from common.use_cases.queries import entries, manifest_of
from common.use_cases.verify import verify
from tests.functions.wire import ROOT, Wire, Wired, post, pulled, pushed, settled, two_tracks
from trimtab.local_functions import LocalFunction, serving

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def pacing(line: Wire) -> Iterator[LocalFunction]:
    """The function, with its topic pushed to it; subscriptions to what it publishes."""
    topology = EmulatedTopology(line.project, line.pubsub)
    topology.subscription("events-test", TOPIC)
    topology.subscription("dead-test", Cadence.PACING.dead_letter_topic)
    topology.topic(Cadence.PACING.topic)
    with serving(ROOT / "functions" / "pacing", line.environment) as function:
        topology.subscription("pacing-test", Cadence.PACING.topic, push_to=function.url, ack_seconds=60)
        yield function


@pytest.fixture
def wired(line: Wire) -> Wired:
    """A tenant of two tracks."""
    return line.take_on(two_tracks())


def test_a_root_tick_fans_out_and_every_track_is_paced(line: Wire, wired: Wired, pacing: LocalFunction) -> None:
    """From the scheduler's message to the platform, the log and the event, all over the wire."""
    now = wired.world.now()
    published = now.replace(minute=slot_of(wired.tenant)) + timedelta(seconds=1)
    assert post(pacing.url, pushed(canonical(RootTick(cadence=Cadence.PACING).body()), published)) == 200
    window = window_of(Cadence.PACING, published)
    for number in (0, 1):
        track = wired.track(number)
        assert settled(wired, window, track).reasons
        manifest = manifest_of(wired.ports, track)
        assert manifest.revision == 1
        assert manifest.in_flight is None
        assert verify(wired.ports, track).faults == ()
        for entity in bearing_budgets(manifest):
            live = wired.world.market.live(entity.external_id)
            assert live.native_total is not None
            assert entity.value(Setting.TOTAL_BUDGET) == entity.allocation == round(live.native_total * 1e6)
    events = pulled(line, "events-test", 2, lambda event: event.attributes["tenant"] == wired.tenant)
    assert [json.loads(event.data)["type"] for event in events] == ["optimization.applied"] * 2
    assert wired.ports.documents.query(Query(f"tenants/{wired.tenant}/outbox")).documents == ()


def test_a_root_tick_of_another_minute_leaves_the_tenant_alone(wired: Wired, pacing: LocalFunction) -> None:
    published = wired.world.now().replace(minute=(slot_of(wired.tenant) + 1) % 60)
    assert post(pacing.url, pushed(canonical(RootTick(cadence=Cadence.PACING).body()), published)) == 200
    assert wired.ports.documents.read(wired.track().state) == (None,)


@pytest.mark.parametrize("binary", [False, True], ids=["raw push", "binary CloudEvent"])
def test_both_shapes_of_a_message_pace_a_track_once(wired: Wired, pacing: LocalFunction, binary: bool) -> None:
    window = window_of(Cadence.PACING, wired.world.now())
    tick = TenantTick(cadence=Cadence.PACING, window=window, tenant_id=wired.tenant, tracks=("shoes", "bags"))
    body = pushed(canonical(tick.body()), wired.world.now())
    assert [post(pacing.url, body, binary=binary) for _ in range(2)] == [200, 200]
    settled(wired, window, wired.track())
    kinds = [entry.kind.value for entry in entries(wired.ports, wired.track())]
    assert kinds == ["genesis", "applied"]


def test_one_track_that_cannot_be_read_does_not_stop_the_other(line: Wire, wired: Wired, pacing: LocalFunction) -> None:
    window = window_of(Cadence.PACING, wired.world.now())
    tick = TenantTick(cadence=Cadence.PACING, window=window, tenant_id=wired.tenant, tracks=("ghost", "bags"))
    assert post(pacing.url, pushed(canonical(tick.body()), wired.world.now())) == 200
    settled(wired, window, wired.track(1))
    (set_aside,) = pulled(line, "dead-test", 1, lambda message: wired.tenant.encode() in message.data)
    assert "manifests/ghost does not exist" in set_aside.attributes["reason"]
    assert json.loads(set_aside.data)["tracks"] == ["ghost"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\x00", "JSON"),
        (b'{"cadence": "pacing", "colour": "red"}', "unknown key"),
        (b'{"cadence": "housekeeping"}', "it came to pacing"),
        (b'{"cadence": "pacing", "tenant_id": "t", "window": "yesterday"}', "window"),
    ],
)
def test_a_message_that_cannot_be_handled_is_set_aside_with_its_reason(
    line: Wire, wired: Wired, pacing: LocalFunction, data: bytes, said: str
) -> None:
    assert post(pacing.url, pushed(data, wired.world.now())) == 200
    (set_aside,) = pulled(line, "dead-test", 1, lambda message: message.data == data)
    assert said in set_aside.attributes["reason"]


def test_a_failure_that_may_pass_is_not_acknowledged(wired: Wired, pacing: LocalFunction) -> None:
    """Somebody else is applying a change set: the message has to come again."""
    track = wired.track()
    held = wired.ports.documents.read(track.manifest)[0]
    assert held is not None
    lease = {"change_set_id": "x", "holder": "y", "lease_until": (wired.world.now() + timedelta(hours=1)).isoformat()}
    wired.ports.documents.commit(Replace(track.manifest, {**held.data, "in_flight": lease}, held.version))
    window = window_of(Cadence.PACING, wired.world.now())
    tick = TenantTick(cadence=Cadence.PACING, window=window, tenant_id=wired.tenant, tracks=("shoes",))
    assert post(pacing.url, pushed(canonical(tick.body()), wired.world.now())) == 500
