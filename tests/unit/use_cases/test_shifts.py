"""A shift takes before it gives, moves all or nothing, and never gives to what is paused."""

import pytest

from common.domain.change import OptimizationType, Setting
from common.domain.change_set import ChangeSet, ChangeSetState, PauseIntent
from common.domain.manifest import PauseScope
from common.ports.ad_platform import PlatformChange
from common.use_cases.configure import switch_tenant
from common.use_cases.emergency_pause import emergency_pause
from common.use_cases.rest import bring_to_rest
from tests.world import World, auto, euros, origin

SHIFT = OptimizationType.BUDGET_SHIFT


@pytest.fixture
def world() -> World:
    return World.taken_on()


def _shifted(world: World) -> ChangeSet:
    return world.apply(auto(*world.shift("search", "social", 300), kind=SHIFT))


def _allocations(world: World) -> list[int | None]:
    return [world.manifest().entities[name].allocation for name in ("search", "social")]


def test_the_increase_is_sent_after_the_decrease_was_read_back(world: World) -> None:
    order: list[str] = []
    for name, platform in world.platforms.items():
        platform.before_apply = lambda name=name: order.append(name)
    assert _shifted(world).state is ChangeSetState.APPLIED
    assert order == ["google", "meta"]
    assert _allocations(world) == [euros(5700), euros(2800)]


def test_the_keys_of_both_calls_belong_to_the_change_set(world: World) -> None:
    ended = _shifted(world)
    keys = [key for platform in world.platforms.values() for key, _ in platform.calls]
    assert keys == [f"{ended.change_set_id}-down", f"{ended.change_set_id}-up"]


@pytest.mark.parametrize("obstacle", ["rejects", "ignores"])
def test_without_the_decrease_nothing_is_given_and_no_money_moves(world: World, obstacle: str) -> None:
    getattr(world.platforms["google"], obstacle).add("search")
    ended = _shifted(world)
    assert ended.state is ChangeSetState.FAILED
    codes = {(one.entity_id, one.setting): one.code for one in ended.results}
    assert codes[("social", "daily_budget")] == "decrease_did_not_land"
    assert codes[("search", "allocation")] == codes[("social", "allocation")] == "platform_did_not_follow"
    assert not world.platforms["meta"].calls
    assert _allocations(world) == [euros(6000), euros(2500)]


def test_where_only_the_decrease_lands_the_money_moves_with_it(world: World) -> None:
    world.platforms["meta"].rejects.add("social")
    assert _shifted(world).state is ChangeSetState.PARTIALLY_APPLIED
    assert _allocations(world) == [euros(5700), euros(2800)]


def test_a_shift_of_allocations_alone_needs_no_platform(world: World) -> None:
    moves = [change for change in world.shift("search", "social", 300) if change.setting is Setting.ALLOCATION]
    assert world.apply(auto(*moves, kind=SHIFT)).state is ChangeSetState.APPLIED
    assert _allocations(world) == [euros(5700), euros(2800)]


def test_a_kill_switch_stops_a_shift_of_allocations_alone(world: World) -> None:
    moves = [change for change in world.shift("search", "social", 300) if change.setting is Setting.ALLOCATION]
    proposed = world.propose(auto(*moves, kind=SHIFT))
    switch_tenant(world.ports(), "acme", on=True, by="cy@example.com", reason="stop")
    bring_to_rest(world.ports(), world.track(), world.loaded().manifest, "run")
    assert proposed.intended is not None
    assert world.change_set(proposed.intended.change_set_id).state is ChangeSetState.FAILED
    assert _allocations(world) == [euros(6000), euros(2500)]


def test_a_shift_that_a_pause_cuts_short_gives_nothing_to_what_is_paused(world: World) -> None:
    """The decrease had landed: it is recorded as it is, and pacing puts the money's pace right again."""

    def pause() -> None:
        world.platforms["google"].after_apply = lambda: None
        intent = PauseIntent(scope=PauseScope.CHANNEL, target="meta", reason="spend_anomaly")
        emergency_pause(world.ports(), world.track(), intent, origin("anomaly_pause"), "Spend ran away.", "pauser")

    world.platforms["google"].after_apply = pause
    with pytest.raises(Exception, match="changed hands"):
        _shifted(world)
    world.clock.forward(minutes=20)
    rested = bring_to_rest(world.ports(), world.track(), world.loaded().manifest, "later").value
    assert rested.entities["search"].daily_budget == world.live("search", Setting.DAILY_BUDGET) == euros(90)
    assert _allocations(world) == [euros(6000), euros(2500)]
    assert not any(_raises(change) for _, changes in world.platforms["meta"].calls for change in changes)


def _raises(change: PlatformChange) -> bool:
    return change.setting is Setting.DAILY_BUDGET
