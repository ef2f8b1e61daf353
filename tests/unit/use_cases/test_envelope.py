"""Headroom: a raise that is approved lifts the ceilings that it breaks, by period too; what is not used goes back."""

from datetime import date

import pytest

from common.domain.change import OptimizationType, Setting
from common.domain.change_set import ChangeSetState
from common.domain.envelope import Ceiling
from common.domain.plan import MediaPlan, Period
from common.use_cases.approve_and_apply import approve_and_apply
from tests.world import World, asks, euros, plan

PERIODS = {"2026-04-20": 2500, "2026-05-01": 2000, "2026-06-01": 1500}
ENDS = (date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 20))


def _by_month() -> MediaPlan:
    whole = plan()
    periods = tuple(
        Period(start=date.fromisoformat(start), end=end, budget=euros(money))
        for (start, money), end in zip(PERIODS.items(), ENDS, strict=True)
    )
    north, south = whole.tracks
    search, *others = north.channels
    return whole.but(tracks=(north.but(channels=(search.but(periods=periods), *others)), south))


@pytest.fixture
def world() -> World:
    return World.taken_on(of=_by_month())


def _raise_search(world: World) -> ChangeSetState:
    """350 euros more in all, of which May and June get 200 and 150 as they divide what is left."""
    more = asks(
        world.wanted("search", Setting.ALLOCATION, euros(6350)),
        world.wanted("search", Setting.DAILY_BUDGET, euros(110)),
        kind=OptimizationType.SPEND_INCREASE,
    )
    asked = world.propose(more).change_sets[0].change_set_id
    approval = world.approval(asked)
    return approve_and_apply(world.ports(), "acme", asked, by="ana@example.com", seen=approval.payload_digest).state


def _ceiling(world: World) -> Ceiling:
    return world.envelope().ceilings["north"]


def _micros(**changed: float) -> dict[str, int]:
    wanted = {**PERIODS, "2026-05-01": changed["may"], "2026-06-01": changed["june"]}
    return {start: euros(money) for start, money in wanted.items()}


def test_an_approved_raise_lifts_the_total_and_the_periods_that_are_left(world: World) -> None:
    assert _raise_search(world) is ChangeSetState.APPLIED
    assert _ceiling(world) == Ceiling(total=euros(10_350), periods=_micros(may=2200, june=1650))
    assert not world.envelope().held


def test_a_raise_that_fails_gives_everything_back(world: World) -> None:
    world.platforms["google"].rejects = {"search"}
    assert _raise_search(world) is ChangeSetState.FAILED
    assert _ceiling(world) == Ceiling(total=euros(10_000), periods=_micros(may=2000, june=1500))
    assert not world.envelope().held
