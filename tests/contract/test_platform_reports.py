"""What every platform adapter must report, over all ways: spend and figures, by the hour and by the day."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from common.domain.calendar import HOUR, QUARTER_HOUR
from common.domain.figures import DayFigures
from common.domain.money import MICROS
from tests.contract.market_rig import BUSY, PLATFORM, SEARCH, SOCIAL, TENANT, TIMEOUT, NewRig, Rig

pytestmark = pytest.mark.has("platforms")
JUNE = date(2026, 6, 1)


@pytest.mark.has("hours")
def test_spend_is_reported_as_late_as_the_platform_is_and_says_how_far_it_goes(rig: Rig) -> None:
    rig.advance(5)
    start, now = rig.world.market.start, rig.world.now()
    assert max(rig.spend(SEARCH, start)) == now - 4 * HOUR
    assert rig.in_time(rig.complete_until(SEARCH), 3)
    assert max(rig.spend(SOCIAL, start)) == now - 2 * HOUR
    assert rig.in_time(rig.complete_until(SOCIAL), 1)


@pytest.mark.has("hours")
def test_a_report_starts_where_it_was_asked_to_and_reaches_into_the_history(rig: Rig) -> None:
    rig.advance(30)
    start = rig.world.market.start
    assert min(rig.spend(SEARCH, start + 20 * HOUR)) >= start + 20 * HOUR
    history = rig.spend(SEARCH, start - timedelta(days=3))
    assert start - timedelta(days=3) <= min(history) < start - timedelta(days=2)
    assert {hour: micros for hour, micros in history.items() if hour >= start} == rig.spend(SEARCH, start)


@pytest.mark.has("hours")
def test_once_all_is_visible_the_reports_add_up_to_what_was_spent(rig: Rig) -> None:
    market = rig.world.market
    market.advance_to(market.end + 3 * HOUR)
    hours = rig.spend(SEARCH, market.start).values()
    tolerance = 200 + rig.way.rounding * len(hours)
    assert sum(hours) == pytest.approx(market.true_spend("t/search") * MICROS, abs=tolerance)
    assert sum(hours) > 500 * MICROS


@pytest.mark.has("hours")
def test_figures_say_what_the_spend_of_an_hour_brought(new_rig: NewRig) -> None:
    """Spend is what `spend` says. At half a cent a click, with three in a hundred views clicked, counts are near."""
    rig = new_rig(cpc=0.005)
    rig.advance(30)
    since = rig.world.market.start
    rows = rig.figures(SEARCH, since)
    assert {hour: row.micros for hour, row in rows.items()} == rig.spend(SEARCH, since)
    for row in rows.values():
        assert row.clicks == pytest.approx(row.micros / MICROS / 0.005, rel=0.2)
        assert row.impressions == pytest.approx(row.clicks / 0.03, rel=0.1)
    assert sum(row.conversions for row in rows.values()) > 0


@pytest.mark.has("hours")
def test_figures_start_with_the_hour_that_was_asked_for_and_reach_into_the_history(rig: Rig) -> None:
    rig.advance(30)
    since = rig.world.market.start + 20 * HOUR
    rows = rig.figures(SEARCH, since)
    assert min(rows) == since
    assert rig.figures(SEARCH, since + QUARTER_HOUR) == rows
    assert rig.figures(SEARCH, rig.world.now()) == {}
    history = rig.figures(SEARCH, since - timedelta(days=3))
    assert since - timedelta(days=3) <= min(history) < since - timedelta(days=2)
    assert {hour: row for hour, row in history.items() if hour >= since} == rows


@pytest.mark.has("hours")
def test_figures_are_as_late_as_the_platform_is_and_say_how_far_they_go(rig: Rig) -> None:
    rig.advance(5)
    now = rig.world.now()
    assert max(rig.figures(SEARCH, rig.world.market.start)) == now - 4 * HOUR
    assert max(rig.figures(SOCIAL, rig.world.market.start)) == now - 2 * HOUR
    for ref, delay in ((SEARCH, 3), (SOCIAL, 1)):
        platform = rig.platforms(TENANT, PLATFORM[ref.entity_id])
        assert rig.in_time(platform.figures([ref], now, timeout=TIMEOUT).complete_until, delay)


@pytest.mark.has("hours")
def test_claims_for_an_hours_clicks_grow_as_late_conversions_happen(new_rig: NewRig) -> None:
    """Nothing else of the hour changes. The last of four days' conversions is seen three hours after it happened."""
    rig = new_rig(**BUSY)
    rig.advance(27)
    since = rig.world.market.start
    first = rig.figures(SEARCH, since)
    assert len(first) == 24
    seen = [first]
    for _ in range(5):
        rig.advance(24)
        seen.append({hour: row for hour, row in rig.figures(SEARCH, since).items() if hour in first})
    for before, after in pairwise(seen):
        assert after.keys() == before.keys()
        assert all(after[hour].conversions >= row.conversions for hour, row in before.items())
        assert [replace(row, conversions=0) for row in after.values()] == [
            replace(row, conversions=0) for row in before.values()
        ]
    totals = [sum(row.conversions for row in rows.values()) for rows in seen]
    assert totals[0] < totals[1] < totals[3]
    assert totals[4] == totals[5]


@pytest.mark.has("hours")
def test_a_day_is_what_its_local_hours_add_up_to(new_rig: NewRig) -> None:
    """Nothing else, to the micro where rows are not rounded; also of the day that is under way.

    A claimed conversion is worth fifty euros.
    """
    rig = new_rig(**BUSY)
    rig.advance(60)
    days = rig.days(SEARCH, JUNE)
    assert list(days) == [JUNE, JUNE + timedelta(days=1), JUNE + timedelta(days=2)]
    midnights = [rig.world.market.start + number * 24 * HOUR for number in range(4)]
    for row, (start, end) in zip(days.values(), pairwise(midnights), strict=True):
        hours = [one for hour, one in rig.figures(SEARCH, start).items() if hour < end]
        assert abs(row.micros - sum(one.micros for one in hours)) <= rig.way.rounding * len(hours)
        assert row.clicks == sum(one.clicks for one in hours)
        assert row.impressions == sum(one.impressions for one in hours)
        assert row.conversions == sum(one.conversions for one in hours) > 0
        assert row.value == pytest.approx(row.conversions * 50 * MICROS, abs=rig.way.rounding)


def test_days_start_with_the_one_that_was_asked_for_reach_into_the_history_and_say_how_far_they_go(rig: Rig) -> None:
    rig.advance(5)
    assert list(rig.days(SEARCH, JUNE)) == [JUNE]
    assert min(rig.days(SEARCH, JUNE - timedelta(days=3))) == JUNE - timedelta(days=3)
    assert rig.days(SEARCH, JUNE + timedelta(days=1)) == {}
    for ref, delay in ((SEARCH, 3), (SOCIAL, 1)):
        report = rig.platforms(TENANT, PLATFORM[ref.entity_id]).days([ref], JUNE, timeout=TIMEOUT)
        assert rig.in_time(report.complete_until, delay)


def test_claims_for_a_days_clicks_grow_while_its_spend_stands(new_rig: NewRig) -> None:
    rig = new_rig(**BUSY)
    rig.advance(27)
    seen: list[DayFigures] = []
    for _ in range(5):
        seen.append(rig.days(SEARCH, JUNE)[JUNE])
        rig.advance(24)
    assert len({row.micros for row in seen}) == 1
    claims = [row.conversions for row in seen]
    assert claims[0] < claims[1] < claims[3] == claims[4]


@pytest.mark.has("hours", "conversions_by_hour")
def test_during_an_outage_of_its_tracking_a_platform_claims_nothing_while_clicks_go_on(new_rig: NewRig) -> None:
    out = {"kind": "tracking_outage", "source": "platform", "at": "2026-06-01T10:00", "until": "2026-06-01T18:00"}
    rig = new_rig(out, **BUSY, lag_days={"mean": 1, "max": 1})
    rig.advance(27)
    rows = list(rig.figures(SEARCH, rig.world.market.start).values())
    during, around = rows[10:18], [*rows[:10], *rows[18:]]
    assert all(row.clicks > 0 for row in rows)
    assert [row.conversions for row in during] == [0] * 8
    assert min(row.conversions for row in around) > 0
