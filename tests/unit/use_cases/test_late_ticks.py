"""A tick that comes too late changes nothing, and says so where people look."""

from datetime import timedelta

from common.domain.tick import Cadence
from common.use_cases.pace import pace
from common.use_cases.remember import remember
from tests.world import NOW, World


def test_a_tick_that_came_too_late_leaves_its_reason_in_the_tracks_state() -> None:
    world = World.taken_on()
    tick = pace(world.ports(), world.track(), NOW - timedelta(hours=5), "run")
    assert [reason.code for reason in tick.reasons] == ["stale_tick"]
    (told,) = world.loaded().memory.reasons
    assert (told.entity_id, told.reason.code, told.count) == ("track", "stale_tick", 1)
    assert world.loaded().memory.windows == {}


def test_it_takes_no_window_back_that_is_done() -> None:
    world = World.taken_on()
    remember(world.ports(), world.loaded(), lambda state: state, Cadence.PACING, NOW, [])
    pace(world.ports(), world.track(), NOW - timedelta(hours=5), "run")
    assert world.loaded().memory.windows == {"pacing": NOW}


def test_an_older_window_that_ends_after_a_newer_one_takes_nothing_back() -> None:
    world = World.taken_on()
    for window in (NOW, NOW - timedelta(hours=1)):
        remember(world.ports(), world.loaded(), lambda state: state, Cadence.PACING, window, [])
    assert world.loaded().memory.windows == {"pacing": NOW}
