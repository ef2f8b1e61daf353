"""Once a day the log's heads go where nobody can change them; it costs one call, and never the rest of the visit."""

import json
from dataclasses import replace

import pytest

from common.domain.change import Setting
from common.domain.errors import Unavailable
from common.use_cases.daily_visit import Visited, visit
from common.use_cases.ports import Ports
from common.use_cases.verify import Kept, kept_anchors, verify
from tests.fakes.objects import MemoryObjects
from tests.world import NORTH, SOUTH, World, auto, euros

TODAY = "anchors/acme/2026-05-04"


@pytest.fixture
def world() -> World:
    return World.taken_on()


@pytest.fixture
def objects() -> MemoryObjects:
    return MemoryObjects()


def process(world: World, objects: MemoryObjects) -> Ports:
    """Ports of a process that remembers nothing yet."""
    return replace(world.ports(), objects=objects)


def visited(ports: Ports) -> Visited:
    return visit(ports, "acme", run="visitor")


def test_the_day_s_first_visit_writes_where_every_track_s_log_ends(world: World, objects: MemoryObjects) -> None:
    world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    ports = process(world, objects)
    assert visited(ports).anchored
    heads = {track: {"hash": world.log(track)[-1].hash, "seq": len(world.log(track)) - 1} for track in (NORTH, SOUTH)}
    body = {"at": "2026-05-04T09:00:00Z", "day": "2026-05-04", "heads": heads, "tenant_id": "acme"}
    assert objects.kept == {TODAY: json.dumps(body, separators=(",", ":"), sort_keys=True).encode()}


def test_it_is_written_once_a_day_and_the_day_is_utc(world: World, objects: MemoryObjects) -> None:
    ports = process(world, objects)
    assert [visited(ports).anchored for _ in range(3)] == [True, False, False]
    world.clock.forward(hours=14, minutes=59)  # Madrid is two hours into the next day
    assert not visited(ports).anchored
    world.clock.forward(minutes=1)
    assert visited(ports).anchored
    assert list(objects.kept) == [TODAY, "anchors/acme/2026-05-05"]


def test_a_second_writer_finds_the_anchor_there_and_is_content(world: World, objects: MemoryObjects) -> None:
    visited(process(world, objects))
    before = dict(objects.kept)
    world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    other = process(world, objects)
    assert not visited(other).anchored
    assert objects.kept == before


def test_a_storage_that_is_down_stops_nothing_else_and_is_asked_again(world: World, objects: MemoryObjects) -> None:
    world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    world.clock.forward(minutes=20)
    ports, objects.down = process(world, objects), True
    with pytest.raises(Unavailable):
        visited(ports)
    assert world.manifest().entities["search"].daily_budget == euros(90)
    assert world.bus.types == ["optimization.applied"]
    objects.down = False
    assert visited(ports).anchored


def test_without_a_storage_nothing_is_anchored_and_nothing_vouches(world: World) -> None:
    ports = world.ports()
    assert not visited(ports).anchored
    assert kept_anchors(ports.objects, "acme") == Kept()
    assert verify(ports, world.track()).anchoring.newest is None


def test_an_anchor_of_a_track_that_was_being_driven_names_an_entry_that_is_there(
    world: World, objects: MemoryObjects
) -> None:
    """The head as it was before the visit moved it."""
    world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    world.clock.forward(minutes=20)
    ports = process(world, objects)
    assert visited(ports).swept.driven == (NORTH,)
    found = verify(ports, world.track(), kept_anchors(objects, "acme").anchors)
    assert found.faults == ()
    assert (found.anchoring.newest, found.anchoring.up_to, found.last) == (TODAY, 0, 1)


def test_anchors_of_another_tenant_are_not_read(world: World, objects: MemoryObjects) -> None:
    visited(process(world, objects))
    objects.kept["anchors/acme-2/2026-05-04"] = b"not for us"
    assert [one.path for one in kept_anchors(objects, "acme").anchors] == [TODAY]
