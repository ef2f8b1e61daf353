"""What an entity remembers of its last changes: a week of them, and for longer what a person turned off."""

from datetime import timedelta

from common.domain.change import OptimizationType, Setting
from tests.world import World, auto, euros


def test_after_a_week_only_what_a_person_turned_off_is_remembered() -> None:
    world = World.taken_on()
    world.edit_by_hand("ad-1", Setting.STATUS, "paused")
    world.edit_by_hand("ad-1", Setting.BID_TARGET, euros(3))
    world.adopt()
    world.apply(auto(world.wanted("ad-2", Setting.STATUS, "paused"), kind=OptimizationType.PACE))
    world.clock.at += timedelta(days=8)
    for name in ("ad-1", "ad-2"):
        world.edit_by_hand(name, Setting.BID_TARGET, euros(4))
    world.adopt()
    trails = {name: [step.setting for step in world.manifest().entities[name].trail] for name in ("ad-1", "ad-2")}
    assert trails == {"ad-1": [Setting.STATUS, Setting.BID_TARGET], "ad-2": [Setting.BID_TARGET]}


def test_once_it_was_turned_on_by_a_rule_that_is_forgotten_too() -> None:
    world = World.taken_on()
    world.edit_by_hand("ad-1", Setting.STATUS, "paused")
    world.adopt()
    world.apply(auto(world.wanted("ad-1", Setting.STATUS, "enabled"), kind=OptimizationType.CREATIVE))
    world.clock.at += timedelta(days=8)
    world.edit_by_hand("ad-1", Setting.BID_TARGET, euros(4))
    world.adopt()
    assert [step.setting for step in world.manifest().entities["ad-1"].trail] == [Setting.BID_TARGET]
