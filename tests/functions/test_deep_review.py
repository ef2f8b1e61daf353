"""The deep review on the real wire: at the tenant's hour every track is reviewed, once a day."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from common.adapters.pubsub_topology import EmulatedTopology
from common.domain.canonical import canonical
from common.domain.event import TOPIC
from common.domain.paths import performance
from common.domain.performance import GA4, months
from common.domain.tenant import slot_of
from common.domain.tick import Cadence, RootTick, TenantTick
from common.use_cases.queries import entries
from common.use_cases.verify import verify
from tests.functions.wire import ROOT, Wire, Wired, post, pulled, pushed, settled, two_tracks
from trimtab.local_functions import LocalFunction, serving

pytestmark = pytest.mark.emulator

CADENCE = Cadence.DEEP_REVIEW
ROOT_TICK = canonical(RootTick(cadence=CADENCE).body())


@pytest.fixture(scope="module")
def deep_review(line: Wire) -> Iterator[LocalFunction]:
    """The function, with its topic pushed to it."""
    topology = EmulatedTopology(line.project, line.pubsub)
    topology.subscription("dead-test", CADENCE.dead_letter_topic)
    topology.topic(TOPIC)
    topology.topic(CADENCE.topic)
    with serving(ROOT / "functions" / "deep_review", line.environment) as function:
        topology.subscription("review-test", CADENCE.topic, push_to=function.url, ack_seconds=60)
        yield function


@pytest.fixture
def wired(line: Wire) -> Wired:
    """A tenant of two tracks."""
    return line.take_on(two_tracks())


def day_of(wired: Wired) -> datetime:
    """The first instant of the flight's first day: the window of its review."""
    return wired.world.market.hours.calendar.bounds(wired.world.scenario.flight.start)[0]


def test_at_the_tenants_hour_every_track_is_reviewed_on_what_its_sources_say(
    wired: Wired, deep_review: LocalFunction
) -> None:
    window = day_of(wired)
    at_six = window + timedelta(hours=6, minutes=Cadence.DEEP_REVIEW.minute_of(slot_of(wired.tenant)), seconds=1)
    for published in (at_six - timedelta(hours=1), at_six):
        assert post(deep_review.url, pushed(ROOT_TICK, published)) == 200
    for number in (0, 1):
        track = wired.track(number)
        state = settled(wired, window, track, CADENCE)
        channels = {one.channel for one in wired.world.scenario.tracks[number].channels}
        assert channels <= {one.entity_id for one in state.reasons}
        (month,) = months(wired.world.scenario.flight.start, wired.world.scenario.flight.start)
        recorded = wired.ports.documents.read(*(performance(track, each, GA4) for each in ("202604", month)))
        assert any(one is not None for one in recorded)
        assert verify(wired.ports, track).faults == ()


def test_a_message_that_comes_twice_reviews_once(wired: Wired, deep_review: LocalFunction) -> None:
    window = day_of(wired)
    tick = TenantTick(cadence=CADENCE, window=window, tenant_id=wired.tenant, tracks=("shoes", "bags"))
    body = pushed(canonical(tick.body()), wired.world.now())
    assert post(deep_review.url, body) == 200
    once = settled(wired, window, wired.track(), CADENCE), list(entries(wired.ports, wired.track()))
    assert post(deep_review.url, body, binary=True) == 200
    assert (settled(wired, window, wired.track(), CADENCE), list(entries(wired.ports, wired.track()))) == once


@pytest.mark.parametrize(("data", "said"), [(b"{", "JSON"), (b'{"cadence": "pacing"}', "it came to deep_review")])
def test_what_cannot_be_handled_is_set_aside_with_its_reason(
    line: Wire, wired: Wired, deep_review: LocalFunction, data: bytes, said: str
) -> None:
    assert post(deep_review.url, pushed(data, wired.world.now())) == 200
    (set_aside,) = pulled(line, "dead-test", 1, lambda message: message.data == data)
    assert said in set_aside.attributes["reason"]
