"""What every platform adapter must do, over all ways to a market."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from common.domain.calendar import HOUR, QUARTER_HOUR
from common.domain.change import Setting, Value
from common.domain.errors import TrimtabError
from common.domain.figures import DayFigures, HourFigures
from common.domain.money import MICROS
from common.domain.trouble import TroubleKind
from common.ports.ad_platform import EntityRef, PlatformRefused, PlatformUnavailable
from tests.contract.market_rig import BUSY, GONE, PLATFORM, SEARCH, SOCIAL, TENANT, TIMEOUT, NewRig, Rig, world_of
from tests.contract.way import Way

pytestmark = pytest.mark.has("platforms")
JUNE = date(2026, 6, 1)


def platform_error(mode: str, until: str = "2026-06-02T00:00", platform: str = "google_ads") -> dict[str, Any]:
    return {"kind": "platform_error", "platform": platform, "at": "2026-06-01T00:00", "until": until, "mode": mode}


def test_live_settings_are_in_micros_and_say_what_is_not_set(rig: Rig) -> None:
    set_by_scenario: dict[Setting, Value] = {
        Setting.DAILY_BUDGET: 100 * MICROS,
        Setting.BID_TARGET: 4 * MICROS,
        Setting.STATUS: "enabled",
        Setting.EXCLUDED_GEOS: (),
    }
    assert rig.values(SEARCH) == {
        setting: value for setting, value in set_by_scenario.items() if rig.way.has(setting.value)
    }
    assert Setting.BID_TARGET not in rig.values(SOCIAL)


@pytest.mark.parametrize(
    ("ref", "setting", "after"),
    [
        (SEARCH, Setting.DAILY_BUDGET, 123_450_000),
        (SEARCH, Setting.BID_TARGET, 3_500_000),
        (SEARCH, Setting.STATUS, "paused"),
        (SEARCH, Setting.EXCLUDED_GEOS, ("geo-1", "geo-3")),
        (SOCIAL, Setting.TOTAL_BUDGET, 700 * MICROS),
        (SOCIAL, Setting.DAILY_BUDGET, 0),
    ],
)
def test_what_was_written_is_read_back_and_nothing_else_moved(
    rig: Rig, ref: EntityRef, setting: Setting, after: Value
) -> None:
    """What a platform can't hold is refused, and nothing moved at all."""
    before = rig.values(ref)
    (answer,) = rig.write((ref, setting, after))
    if rig.way.holds(setting, after):
        assert answer.ok, answer
        assert rig.values(ref) == {**before, setting: after}
    else:
        assert (answer.ok, answer.code) in ((False, "invalid_value"), (False, "budget_below_minimum"))
        assert rig.values(ref) == before


@pytest.mark.has("total_budget")
def test_a_total_budget_can_be_taken_away_again(rig: Rig) -> None:
    rig.write((SOCIAL, Setting.TOTAL_BUDGET, 700 * MICROS))
    rig.write((SOCIAL, Setting.TOTAL_BUDGET, None))
    assert Setting.TOTAL_BUDGET not in rig.values(SOCIAL)


def test_writes_are_absolute_so_twice_is_once(rig: Rig) -> None:
    change = (SEARCH, Setting.DAILY_BUDGET, 90 * MICROS)
    assert [answer.ok for answer in (*rig.write(change), *rig.write(change))] == [True, True]
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 90 * MICROS


def test_an_entity_that_the_platform_does_not_know_is_absent_and_the_others_are_not_held_up(rig: Rig) -> None:
    platform = rig.platforms(TENANT, "google_ads")
    assert platform.live([GONE, SEARCH], timeout=TIMEOUT).keys() == {"search"}
    assert platform.days([GONE, SEARCH], JUNE, timeout=TIMEOUT).days.keys() == {"search"}
    wanted = (GONE, Setting.DAILY_BUDGET, 80 * MICROS), (SEARCH, Setting.DAILY_BUDGET, 90 * MICROS)
    missing, landed = rig.write(*wanted)
    assert (missing.ok, missing.code) == (False, "entity_missing")
    assert landed.ok
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 90 * MICROS


@pytest.mark.has("hours")
def test_nor_are_reports_by_the_hour_held_up(rig: Rig) -> None:
    platform, start = rig.platforms(TENANT, "google_ads"), rig.world.market.start
    assert platform.spend([GONE, SEARCH], start, timeout=TIMEOUT).hours.keys() == {"search"}
    assert platform.figures([GONE, SEARCH], start, timeout=TIMEOUT).hours.keys() == {"search"}


@pytest.mark.parametrize(
    ("ref", "setting", "after"),
    [
        (SEARCH, Setting.STATUS, "dormant"),
        (SEARCH, Setting.EXCLUDED_GEOS, ("atlantis",)),
        (SEARCH, Setting.TOTAL_BUDGET, 700 * MICROS),
        (SOCIAL, Setting.BID_TARGET, 2 * MICROS),
    ],
)
def test_a_value_that_a_setting_cannot_have_is_answered_and_changes_nothing(
    rig: Rig, ref: EntityRef, setting: Setting, after: Value
) -> None:
    before = rig.values(ref)
    (answer,) = rig.write((ref, setting, after))
    assert (answer.ok, answer.code) == (False, "invalid_value")
    assert answer.detail
    assert rig.values(ref) == before


def test_an_account_of_another_tenant_is_not_reached(rig: Rig) -> None:
    with pytest.raises(TrimtabError):
        rig.platforms("july", "google_ads").live([SEARCH], timeout=TIMEOUT)


def test_under_a_rate_limit_writes_are_refused_whole_while_reading_goes_on(new_rig: NewRig) -> None:
    rig = new_rig(platform_error("rate_limit"))
    with pytest.raises(PlatformRefused) as refused:
        rig.write((SEARCH, Setting.DAILY_BUDGET, 90 * MICROS))
    assert refused.value.code == "rate_limited"
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 100 * MICROS
    assert rig.days(SEARCH, JUNE - timedelta(days=1))


def test_a_platform_that_is_down_answers_nothing_and_takes_nothing_and_its_neighbour_does(new_rig: NewRig) -> None:
    rig = new_rig(platform_error("unavailable", until="2026-06-01T03:00"))
    by_hour: list[Callable[[], object]] = [
        lambda: rig.spend(SEARCH, rig.world.market.start),
        lambda: rig.figures(SEARCH, rig.world.market.start),
    ]
    for call in (
        lambda: rig.values(SEARCH),
        *(by_hour if rig.way.has("hours") else []),
        lambda: rig.days(SEARCH, JUNE),
        lambda: rig.write((SEARCH, Setting.DAILY_BUDGET, 90 * MICROS)),
    ):
        with pytest.raises(PlatformUnavailable) as raised:
            call()
        assert raised.value.trouble is not None
        assert (raised.value.trouble.kind, raised.value.trouble.code) == (TroubleKind.LATER, "unavailable")
    assert rig.values(SOCIAL)[Setting.STATUS] == "enabled"
    rig.advance(3)
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 100 * MICROS


def test_a_write_that_is_not_answered_may_have_landed(new_rig: NewRig) -> None:
    rig = new_rig(platform_error("timeout_after_apply"))
    with pytest.raises(PlatformUnavailable) as raised:
        rig.write((SEARCH, Setting.DAILY_BUDGET, 90 * MICROS))
    assert raised.value.trouble is not None
    assert raised.value.trouble.kind is TroubleKind.UNKNOWN
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 90 * MICROS


def test_a_partial_failure_is_answered_change_by_change(new_rig: NewRig) -> None:
    """What is said to have landed did, and nothing else."""
    rig = new_rig(platform_error("partial"))
    wanted: dict[Setting, Value] = {
        Setting.DAILY_BUDGET: 90 * MICROS,
        Setting.STATUS: "paused",
        Setting.BID_TARGET: 3 * MICROS,
    }
    before = rig.values(SEARCH)
    answers = dict(zip(wanted, rig.write(*((SEARCH, setting, wanted[setting]) for setting in wanted)), strict=True))
    landed = {setting for setting, answer in answers.items() if answer.ok}
    assert 0 < len(landed) < 3
    assert all(answer.code for answer in answers.values() if not answer.ok)
    assert rig.values(SEARCH) == {**before, **{setting: wanted[setting] for setting in landed}}


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


@pytest.mark.has("editor")
def test_an_edit_by_hand_is_named_until_a_call_writes_again(new_rig: NewRig) -> None:
    rig = new_rig({"kind": "external_edit", "channel": "search", "at": "2026-06-01T02:00", "daily_budget": 55})
    platform = rig.platforms(TENANT, "google_ads")
    assert platform.live([SEARCH], timeout=TIMEOUT)["search"].changed_by is None
    rig.advance(3)
    edited = platform.live([SEARCH], timeout=TIMEOUT)["search"]
    assert edited.values[Setting.DAILY_BUDGET] == 55 * MICROS
    assert edited.changed_by == "an account user"
    assert edited.changed_at == rig.world.market.start + 2 * HOUR
    rig.write((SEARCH, Setting.DAILY_BUDGET, 60 * MICROS))
    assert platform.live([SEARCH], timeout=TIMEOUT)["search"].changed_by is None


@pytest.mark.has("clock")
def test_the_clock_is_the_markets(rig: Rig) -> None:
    assert rig.clock.now() == rig.world.market.start
    rig.advance(2)
    assert rig.clock.now() == rig.world.market.start + 2 * HOUR
    assert rig.clock.now().utcoffset() == timedelta(0)


def plays(rig: Rig, way: Way) -> tuple[Sequence[Mapping[datetime, HourFigures]], Sequence[Mapping[Setting, Value]]]:
    """What two days of the same policy come to, as far as a way tells: what is reported, and live settings."""

    def told(row: HourFigures) -> HourFigures:
        conversions = row.conversions if way.has("conversions_by_hour") else 0
        return replace(row, micros=round(row.micros / max(1, way.rounding)), conversions=conversions)

    reports: list[Mapping[datetime, HourFigures]] = []
    settings: list[Mapping[Setting, Value]] = []
    for hour in range(48):
        reports.append({hour: told(row) for hour, row in rig.figures(SEARCH, rig.world.market.start).items()})
        rig.write((SEARCH, Setting.DAILY_BUDGET, (80 + hour % 7 * 9) * MICROS))
        settings.append(rig.values(SEARCH))
        rig.advance(1)
    return reports, settings


@pytest.mark.has("hours")
def test_the_same_play_gives_the_same_market_however_it_is_reached(new_rig: NewRig) -> None:
    rig = new_rig()
    assert plays(rig, rig.way) == plays(new_rig(), rig.way) == plays(Rig.direct(world_of()), rig.way)
