"""Housekeeping on the real wire: what a dead run left is driven on, and what it did not publish goes out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from time import monotonic, sleep

import pytest

from common.adapters.pubsub_topology import EmulatedTopology
from common.domain.canonical import canonical
from common.domain.event import TOPIC
from common.domain.tick import Cadence, RootTick, TenantTick
from common.ports.ad_platform import AdPlatform
from common.ports.documents import Query, Replace
from common.use_cases.pace import pace
from common.use_cases.queries import manifest_of
from common.use_cases.verify import verify
from tests.functions.wire import ROOT, Wire, Wired, post, pushed, two_tracks
from trimtab.local_functions import LocalFunction, serving

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def housekeeping(line: Wire) -> Iterator[LocalFunction]:
    """The function, and the topics that it publishes to."""
    topology = EmulatedTopology(line.project, line.pubsub)
    for topic in (TOPIC, Cadence.HOUSEKEEPING.topic, Cadence.HOUSEKEEPING.dead_letter_topic):
        topology.topic(topic)
    with serving(ROOT / "functions" / "housekeeping", line.environment) as function:
        topology.subscription("sweep-test", Cadence.HOUSEKEEPING.topic, push_to=function.url, ack_seconds=60)
        yield function


@pytest.fixture
def wired(line: Wire) -> Wired:
    """A tenant of two tracks."""
    return line.take_on(two_tracks())


class Died(Exception):
    """The run ends here, as if its process had been killed."""


class DiesAtTheBus:
    """A bus in front of which a run dies: its commit is written, its events are not published."""

    def publish(self, topic: str, *messages: object) -> None:
        """End the run."""
        raise Died


def sweep(wired: Wired, function: LocalFunction) -> int:
    """Send the tenant's housekeeping tick."""
    window = wired.world.now()
    tick = TenantTick(cadence=Cadence.HOUSEKEEPING, window=window, tenant_id=wired.tenant)
    return post(function.url, pushed(canonical(tick.body()), window))


def die_before_publishing(wired: Wired) -> None:
    """Let a pacing run end between its commit and its event."""
    with pytest.raises(Died):
        pace(replace(wired.ports, bus=DiesAtTheBus()), wired.track(), wired.world.now(), "dead-run")
    assert waiting(wired) == 1


def waiting(wired: Wired) -> int:
    """How many events wait to be published."""
    return len(wired.ports.documents.query(Query(f"tenants/{wired.tenant}/outbox")).documents)


def test_what_a_dead_run_left_unpublished_is_published(wired: Wired, housekeeping: LocalFunction) -> None:
    die_before_publishing(wired)
    assert sweep(wired, housekeeping) == 200
    assert waiting(wired) == 0


def test_a_change_set_whose_lease_ran_out_is_driven_to_its_end(wired: Wired, housekeeping: LocalFunction) -> None:
    track = wired.track()
    calls = count()

    def dies_at_the_fifth_call(tenant_id: str, platform: str) -> AdPlatform:
        """Live state and spend of two platforms are read; the first write never happens."""
        if next(calls) == 4:
            raise Died
        return wired.ports.platforms(tenant_id, platform)

    with pytest.raises(Died):
        pace(replace(wired.ports, platforms=dies_at_the_fifth_call), track, wired.world.now(), "dead-run")
    held = wired.ports.documents.read(track.manifest)[0]
    assert held is not None
    flight = held.data["in_flight"]
    assert flight["holder"] == "dead-run"
    assert sweep(wired, housekeeping) == 200
    assert manifest_of(wired.ports, track).in_flight is not None  # its lease is alive: nobody else may touch it
    over = {**flight, "lease_until": (wired.world.now() - timedelta(seconds=1)).isoformat()}
    wired.ports.documents.commit(Replace(track.manifest, {**held.data, "in_flight": over}, held.version))
    assert sweep(wired, housekeeping) == 200
    manifest = manifest_of(wired.ports, track)
    assert manifest.in_flight is None
    assert manifest.revision == 1
    assert verify(wired.ports, track).faults == ()


def test_a_root_tick_reaches_every_tenant(wired: Wired, housekeeping: LocalFunction) -> None:
    die_before_publishing(wired)
    now = wired.world.now()
    assert post(housekeeping.url, pushed(canonical(RootTick(cadence=Cadence.HOUSEKEEPING).body()), now)) == 200
    deadline = monotonic() + 60
    while waiting(wired):
        assert monotonic() < deadline, "nobody published what the dead run left"
        sleep(0.05)
