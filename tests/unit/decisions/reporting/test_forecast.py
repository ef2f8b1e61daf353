"""The forecast: on the allocation where pacing can reach it, on the demand where that holds it."""

from datetime import date, timedelta
from typing import Any

import pytest

from common.decisions.facts import Facts, Spent
from common.decisions.reporting.curve import pacing_curve
from common.decisions.reporting.forecast import forecast
from common.decisions.reporting.planned import planned_by_day
from common.domain.calendar import Flight
from common.domain.change import Status
from common.domain.plan import Period, PlanChannel, PlanTrack
from tests.world import NOW, entity, euros, manifest, plan, state, tenant

FLIGHT = Flight(start=date(2026, 5, 1), end=date(2026, 5, 10))


def facts(spent: float = 1800, **changes: Any) -> Facts:
    """A campaign of 6,000 euros on its 4th of 10 days; `changes` of what pacing has observed."""
    live = entity("search", 6000, daily_budget=euros(600), **{k: changes.pop(k) for k in ("status",) if k in changes})
    found = manifest().but(entities={"search": live})
    seen = NOW - timedelta(hours=2)
    known = {
        "seen": seen.isoformat(),
        "open": seen.isoformat(),
        "visible": euros(spent),
        "ahead": [euros(50), euros(10) ** 2, 0.0, 0.0, 1.0, 0.0],
        "best_day": euros(620),
        "day_noise": 0.1,
        **changes,
    }
    remembered = state(found).but(pacing={"search": known})
    approved = plan(budgets={"north": {"google_search": 6000}, "south": {"meta": 1}}, flight=FLIGHT)
    return Facts(NOW, tenant(), approved, found, remembered, {"search": Spent(euros(spent), euros(60))})


def test_pacing_reaches_the_allocation() -> None:
    last = forecast(facts())[-1]
    assert last.mean == euros(6000)
    assert euros(5800) < last.low < euros(6000) < last.high < euros(6100)


def test_a_campaign_far_over_its_best_day_is_held_by_its_demand() -> None:
    last = forecast(facts(best_day=euros(300)))[-1]
    assert euros(3200) < last.mean < euros(4000)
    assert last.low < last.mean < last.high < euros(6000)


def test_what_may_be_held_by_demand_widens_the_interval_alone() -> None:
    sure, unsure = forecast(facts())[-1], forecast(facts(best_day=euros(480)))[-1]
    assert unsure.mean == sure.mean
    assert unsure.low < sure.low


def test_what_is_paused_stays_so() -> None:
    last = forecast(facts(status=Status.PAUSED))[-1]
    assert last.mean == euros(1850)
    assert last.high < euros(1900)


def test_it_rises_day_by_day_and_the_spread_is_widest_before_the_end() -> None:
    days = forecast(facts())
    assert len(days) == 7
    assert [one.mean for one in days] == sorted(one.mean for one in days)
    assert all(one.low <= one.mean <= one.high for one in days)
    assert days[3].high - days[3].mean > days[-1].high - days[-1].mean


def test_more_noise_is_more_spread() -> None:
    quiet, noisy = forecast(facts(day_noise=0.05))[3], forecast(facts(day_noise=0.4))[3]
    assert noisy.high - noisy.low > 3 * (quiet.high - quiet.low)


def test_before_the_first_report_of_spend_anything_may_be() -> None:
    found = facts()
    empty = Facts(NOW, found.tenant, found.plan, found.manifest, found.state.but(pacing={}))
    last = forecast(empty)[-1]
    assert (last.mean, last.high) == (euros(6000), euros(6000))


def test_a_flight_that_is_over_has_none() -> None:
    found = facts()
    late = Facts(NOW + timedelta(days=9), found.tenant, found.plan, found.manifest, found.state, found.spend)
    assert forecast(late) == []
    curve = pacing_curve(late, {})
    assert curve.forecast == curve.points[-1].spent == euros(1800)


def test_the_curve_joins_what_was_recorded_with_what_is_known_of_today() -> None:
    recorded = {date(2026, 5, 1): euros(500), date(2026, 5, 2): euros(550), date(2026, 5, 3): euros(600)}
    points = pacing_curve(facts(), recorded).points
    assert [one.spent for one in points[:5]] == [euros(500), euros(1050), euros(1650), euros(1800), None]
    assert [one.planned for one in points[:2]] == [euros(600), euros(1200)]
    assert points[2].forecast is None
    assert points[3].forecast is not None


def test_after_a_day_that_no_source_told_of_the_curve_says_nothing_until_the_next() -> None:
    points = pacing_curve(facts(), {date(2026, 5, 1): euros(500), date(2026, 5, 3): euros(600)}).points
    assert [one.spent for one in points[:4]] == [euros(500), None, None, euros(1800)]


@pytest.mark.parametrize("budget", [0, 1, 999_999_999_999])
def test_the_planned_curve_ends_on_the_budget_to_the_micro(budget: int) -> None:
    line = PlanChannel(channel="meta", platform="meta", budget=budget)
    assert planned_by_day(PlanTrack(track_id="t", channels=(line,)), FLIGHT)[-1] == budget


def test_a_plan_of_periods_is_followed_period_by_period() -> None:
    periods = (
        Period(start=date(2026, 5, 1), end=date(2026, 5, 2), budget=euros(100)),
        Period(start=date(2026, 5, 3), end=date(2026, 5, 10), budget=euros(800)),
    )
    line = PlanChannel(channel="meta", platform="meta", budget=euros(900), periods=periods)
    days = planned_by_day(PlanTrack(track_id="t", channels=(line,)), FLIGHT)
    assert days[:3] == [euros(50), euros(100), euros(200)]
    assert days[-1] == euros(900)


def test_before_the_flight_begins_all_of_it_is_to_come() -> None:
    found = facts()
    early = Facts(NOW - timedelta(days=6), found.tenant, found.plan, found.manifest, found.state.but(pacing={}))
    points = pacing_curve(early, {}).points
    assert len(points) == 10
    assert [one.spent for one in points] == [None] * 10
    assert points[-1].forecast == euros(6000)
