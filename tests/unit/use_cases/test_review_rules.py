"""What a review does besides moving money, seen on the platforms: bids, geos, ads; a replan, and more money."""

from datetime import timedelta

import pytest

from common.domain.change import Change, OptimizationType, Setting, Status, Verdict
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.event import EventType
from common.domain.guardrails import Guardrails
from common.use_cases.verify import verify
from tests.reviewed_world import GOOD, POOR, ReviewedWorld

MONDAY, TUESDAY = 7, 8
"""Days of the flight."""
BIDS = {"bid": {"target": 4.0, "volume": 0.6, "efficiency": 0.4}}
LITTLE_DEMAND = {"demand": 30}
STEEP = {"curve": {"kind": "hill", "top": 2000, "half": 9000, "shape": 1.0}}
"""Far from saturated."""


def made(world: ReviewedWorld, kind: OptimizationType) -> ChangeSet:
    """The one change set with a proposal of this kind."""
    (found,) = (one for one in world.change_sets() if any(each.type is kind for each in one.proposals))
    return found


def changes(world: ReviewedWorld, kind: OptimizationType) -> tuple[Change, ...]:
    """What the one proposal of this kind changes."""
    (found,) = (one for one in made(world, kind).proposals if one.type is kind)
    return found.changes


def test_a_bid_moves_toward_the_plans_target_as_its_platform_counts_and_the_count_is_remembered() -> None:
    """A platform that claims 1.15 of what GA4 sees 0.85 of; the plan wants a ROAS of 2, and 4 is live."""
    world = ReviewedWorld.begun(good=BIDS, kpi={"metric": "roas", "target": 2.0})
    world.review()
    assert made(world, OptimizationType.BID).verdict is Verdict.AUTO
    assert world.world.market.live(f"brand/{GOOD}").bid_target == pytest.approx(3.6)
    assert world.state.ratios[GOOD] == pytest.approx(1.15 / 0.85, rel=0.1)
    assert verify(world.ports, world.track).faults == ()


def test_a_geo_that_is_surely_too_dear_is_excluded() -> None:
    world = ReviewedWorld.begun(good={"geos": 12}, kpi={"metric": "roas", "target": 4.0})
    world.review()
    (change,) = changes(world, OptimizationType.AUDIENCE)
    assert isinstance(change.after, tuple)
    assert world.world.market.live(f"brand/{POOR}").excluded_geos == frozenset(change.after)
    line = world.world.market.lines[f"brand/{POOR}"]
    worst = min(zip(line.geos.rates, line.geos.names, strict=True))[1]
    assert change.after == (worst,)


def test_an_ad_that_hardly_anybody_clicks_is_paused_and_the_next_one_a_day_later() -> None:
    world = ReviewedWorld.begun(poor={"ctr": 0.003})
    world.review()
    (first,) = changes(world, OptimizationType.CREATIVE)
    assert (first.setting, first.after) == (Setting.STATUS, Status.PAUSED)
    paused = world.world.market.live(f"brand/{POOR}").paused_ads
    assert {world.manifest.entities[first.entity_id].external_id} == {f"brand/{POOR}/{ad}" for ad in paused}
    for day in (MONDAY + 1, MONDAY + 2, MONDAY + 3):
        world.go_to(day)
        world.review()
    assert len(world.world.market.live(f"brand/{POOR}").paused_ads) == 2, "of three one stays live"


def test_a_track_that_can_use_no_more_money_is_told_to_plan_anew_once_a_week() -> None:
    world = ReviewedWorld.begun(day=MONDAY, good=LITTLE_DEMAND, poor=LITTLE_DEMAND)
    world.review()
    found = made(world, OptimizationType.STRUCTURAL)
    assert (found.state, found.verdict, found.changes) == (ChangeSetState.RECOMMENDED, Verdict.NEEDS_REPLAN, ())
    told = [one for one in world.bus.events if one["type"].endswith(EventType.REVISE_RECOMMENDED.value)]
    assert [one["data"]["cause"] for one in told] == ["structural"]
    world.go_to(TUESDAY)
    reasons = {one.code for one in world.review().reasons}
    assert "replan_was_recommended" in reasons
    assert made(world, OptimizationType.STRUCTURAL) == found
    assert verify(world.ports, world.track).faults == ()


def test_more_money_is_asked_for_where_it_still_returns_what_the_plan_wants() -> None:
    """Nothing may be moved by itself here, so that what is left is more money."""
    still = {"guardrails": Guardrails(shift_max_pct=0)}
    world = ReviewedWorld.begun(day=MONDAY, good=STEEP, poor=STEEP, kpi={"metric": "roas", "target": 2.0}, tenant=still)
    before = world.manifest.allocated()
    world.review()
    found = made(world, OptimizationType.SPEND_INCREASE)
    assert (found.state, found.verdict) == (ChangeSetState.PENDING, Verdict.NEEDS_APPROVAL)
    assert world.manifest.allocated() == before, "a person decides"
    (change,) = found.changes
    assert change.is_increase
    world.world.market.advance(timedelta(days=1))
    assert "asked_once_a_week" in {one.code for one in world.review().reasons}
