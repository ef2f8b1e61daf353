"""Figures from insights: hours of days on which clocks change, pages, jobs, attribution, and rows that are refused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from common.adapters.platforms.meta.bodies import next_cursor
from common.adapters.platforms.meta.failure import MetaFailure
from common.adapters.platforms.meta.figures import (
    ACTIONS,
    BY_HOUR,
    Form,
    Row,
    by_instant,
    each_once,
    of_one_day,
    row_of,
    with_conversions,
)
from common.domain.calendar import HOUR, TenantCalendar
from common.domain.money import MICROS
from common.domain.verticals import Vertical
from common.ports.ad_platform import PlatformUnavailable
from tests.contract.market_rig import BUSY
from tests.unit.adapters.meta.meta_rig import TIMEOUT, Account, account

JUNE = date(2026, 6, 1)
FORM = Form("9", frozenset({"1", "2"}), "campaign")
BOUGHT = ACTIONS[Vertical.ECOMMERCE]
BASE = {"campaign_id": "1", "spend": "12.34", "clicks": "7", "impressions": "90"}
DAY = {"date_start": "2026-06-01", "date_stop": "2026-06-01"}


def read(form: Form = FORM, **fields: Any) -> Row:
    return row_of({**BASE, **DAY, **fields}, form, BOUGHT)


def hour_row(day: date, hour: int, micros: int = 1000) -> Row:
    return Row("1", "", day, day, hour, micros, 4.0, 40.0, 2.0, 0)


def test_a_row_is_read_in_micros_and_an_absent_action_is_zero() -> None:
    assert read() == Row("1", "", JUNE, JUNE, None, 12_340_000, 7.0, 90.0, 0, 0)


@pytest.mark.parametrize(
    ("action", "claimed"),
    [
        ({"value": "9", "7d_click": "3", "1d_view": "2"}, 5.0),
        ({"value": "9", "7d_click": "3"}, 3.0),
        ({"value": "9", "1d_view": "2"}, 2.0),
        ({"value": "9", "28d_click": "9"}, 0.0),
        ({"value": "9"}, 9.0),
        ({"value": "0.5"}, 0.5),
    ],
)
def test_a_conversion_counts_in_the_windows_that_were_asked_for_and_no_other(action: Any, claimed: float) -> None:
    assert read(actions=[{"action_type": "purchase", **action}]).conversions == claimed
    assert read(action_values=[{"action_type": "purchase", **action}]).value == round(claimed * MICROS)


def test_of_actions_that_contain_each_other_only_one_counts() -> None:
    kinds = ("purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase", "link_click")
    both = [{"action_type": kind, "value": str(number)} for number, kind in enumerate(kinds, 1)]
    assert read(actions=both).conversions == 2
    assert row_of({**BASE, **DAY, "actions": both}, FORM, ACTIONS[Vertical.HEALTH]).conversions == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"spend": None},
        {"spend": 12.34},
        {"spend": "-1"},
        {"spend": "NaN"},
        {"clicks": None},
        {"clicks": "many"},
        {"clicks": 7},
        {"impressions": "1e99"},
        {"clicks": "٣٤"},
        {"clicks": "1_000"},
        {"spend": "٣٤"},
        {"actions": None},
        {"action_values": None},
        {"campaign_id": "3"},
        {"campaign_id": None},
        {"account_id": "77"},
        {"date_start": "yesterday"},
        {"actions": {}},
        {"actions": [7]},
        {"actions": [{"value": "1"}]},
        {"actions": [{"action_type": "purchase"}]},
        {"actions": [{"action_type": "purchase", "value": "1"}] * 2},
        {"actions": [{"action_type": "purchase", "7d_click": "NaN"}]},
    ],
)
def test_a_row_that_is_not_what_was_asked_for_is_refused(fields: Mapping[str, Any]) -> None:
    with pytest.raises(MetaFailure):
        read(**fields)


@pytest.mark.parametrize("hour", ["", "24:00:00 - 24:59:59", "noon", None])
def test_an_hour_that_no_day_has_is_refused(hour: str | None) -> None:
    with pytest.raises(MetaFailure):
        read(Form("9", frozenset({"1"}), "campaign", hourly=True), **{BY_HOUR: hour})


def test_rows_that_span_days_or_say_the_same_twice_are_refused() -> None:
    with pytest.raises(MetaFailure):
        of_one_day([read(date_stop="2026-06-02")], JUNE, JUNE + timedelta(days=1))
    with pytest.raises(MetaFailure):
        of_one_day([read()], JUNE + timedelta(days=1), JUNE + timedelta(days=2))
    with pytest.raises(MetaFailure):
        each_once([read(), read(spend="1")])


@pytest.mark.parametrize("zone", ["Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1), JUNE])
def test_every_hour_of_a_local_day_is_in_the_day_and_nothing_is_lost(zone: str, day: date) -> None:
    calendar, now = TenantCalendar.of(zone), datetime(2026, 12, 1, tzinfo=UTC)
    hours = calendar.hours(day)
    local = sorted({calendar.local(hour).hour for hour in hours})
    found = by_instant([hour_row(day, hour, 1001) for hour in local], calendar, now)
    assert tuple(row.hour for row in found) == hours
    assert sum(row.micros for row in found) == 1001 * len(local)
    whole = with_conversions(found, [Row("1", "", day, day, None, 0, 0.0, 0.0, 7.0, 0)], calendar)
    assert sum(row.conversions for row in whole) == 7.0
    assert [replace(row, conversions=0.0) for row in whole] == list(found)


def test_an_hour_that_comes_twice_has_one_row_which_is_shared_once_both_have_begun() -> None:
    calendar, day = TenantCalendar.of("Europe/Madrid"), date(2026, 10, 25)
    first, second = datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
    both = by_instant([hour_row(day, 2, 1001)], calendar, second + HOUR)
    assert [(row.hour, row.micros, row.clicks) for row in both] == [(first, 500, 2.0), (second, 501, 2.0)]
    early = by_instant([hour_row(day, 2, 1001)], calendar, first + timedelta(minutes=30))
    assert [(row.hour, row.micros) for row in early] == [(first, 1001)]
    by_a_slow_clock = by_instant([hour_row(day, 2, 1001)], calendar, first - timedelta(minutes=1))
    assert by_a_slow_clock == early


def test_an_hour_that_clocks_leave_out_goes_to_the_next() -> None:
    calendar, day = TenantCalendar.of("Europe/Madrid"), date(2026, 3, 29)
    found = by_instant([hour_row(day, 2), hour_row(day, 3)], calendar, datetime(2026, 4, 1, tzinfo=UTC))
    assert [(row.hour, row.micros) for row in found] == [(datetime(2026, 3, 29, 1, tzinfo=UTC), 2000)]


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("Europe/Madrid", "2026-10-24", "2026-10-26"),
        ("Europe/Madrid", "2026-03-28", "2026-03-30"),
        ("Asia/Kolkata", "2026-06-01", "2026-06-03"),
    ],
)
def test_hours_come_to_what_the_market_spent_on_days_on_which_clocks_change(zone: str, start: str, end: str) -> None:
    with account(scenario={"timezone": zone, "flight": {"start": start, "end": end}}, noise=0.0) as meta:
        market = meta.world.market
        market.advance_to(market.end)
        report = meta.platform.spend([meta.ref()], market.start, timeout=TIMEOUT)
        hours = {row.hour: row.micros for row in report.hours["t/search"]}
        truth = dict(
            zip(
                map(market.hours.instant, range(market.hours.flight_start, market.hours.flight_end)),
                market.visible_spend("t/search", market.hours.flight_start),
                strict=False,
            )
        )
        assert set(hours) <= set(truth)
        assert sum(hours.values()) == pytest.approx(sum(truth.values()) * MICROS, abs=100)
        single = [hour for hour in hours if TenantCalendar.of(zone).local(hour).hour != 2]
        assert all(hours[hour] == pytest.approx(truth[hour] * MICROS, abs=2) for hour in single)


def days(meta: Account, first: date = JUNE) -> list[tuple[date, int]]:
    report = meta.platform.days([meta.ref()], first, timeout=TIMEOUT)
    return [(row.day, row.micros) for row in report.days["t/search"]]


def test_all_pages_are_read_by_cursors_even_after_an_empty_one() -> None:
    with account() as meta:
        meta.world.market.advance(timedelta(days=5))
        whole = days(meta)
        meta.server.faults.page_size, meta.server.faults.empty_first_page = 2, True
        assert days(meta) == whole
        assert len(whole) >= 5


@pytest.mark.parametrize("paging", [None, "next", [], {"next": "x"}, {"next": "x", "cursors": {"after": ""}}])
def test_pages_that_do_not_say_where_they_lead_are_refused(paging: object) -> None:
    with pytest.raises(MetaFailure):
        next_cursor({"data": [], "paging": paging}, None)
    with pytest.raises(MetaFailure):
        next_cursor({"paging": {"next": "x", "cursors": {"after": "MQ"}}}, "MQ")
    assert next_cursor({"data": []}, None) is None
    assert next_cursor({"paging": {"cursors": {"before": "MAZDZD", "after": "MAZDZD"}}}, None) is None


def test_a_long_range_is_a_job_that_is_looked_at_until_it_is_done() -> None:
    with account(scenario={"history_days": 60}) as meta:
        meta.server.faults.job_looks = 3
        history = days(meta, JUNE - timedelta(days=50))
        assert len(history) == 50
        insights = f"{meta.server.account_id}/insights"
        assert [one for one in meta.server.asked if "insights" in one] == [f"POST {insights}", "GET 7000000/insights"]
        assert meta.server.asked.count("GET 7000000") == 3


@pytest.mark.parametrize(
    ("failure", "code"), [((2, None), "unavailable"), ((190, 463), "token_expired"), ((3018, None), "too_far_back")]
)
def test_a_job_that_fails_is_no_answer_though_it_comes_with_success(failure: tuple[int, int | None], code: str) -> None:
    with account(scenario={"history_days": 60}) as meta:
        meta.server.faults.job_error = failure
        with pytest.raises(PlatformUnavailable) as raised:
            days(meta, JUNE - timedelta(days=50))
        assert raised.value.trouble is not None
        assert raised.value.trouble.code == code


def test_a_job_that_does_not_end_in_time_is_no_answer() -> None:
    with account(scenario={"history_days": 60}) as meta:
        meta.server.faults.job_looks = 10_000
        with pytest.raises(PlatformUnavailable) as raised:
            meta.platform.days([meta.ref()], JUNE - timedelta(days=50), timeout=0.6)
        assert raised.value.trouble is not None
        assert raised.value.trouble.code == "timed_out"


def test_what_is_too_much_at_once_is_asked_for_in_parts() -> None:
    with account() as meta:
        meta.world.market.advance(timedelta(days=5))
        whole = days(meta)
        meta.server.faults.too_much_over_days = 2
        assert days(meta) == whole
        meta.server.faults.too_much_over_days = 0
        with pytest.raises(PlatformUnavailable) as raised:
            days(meta)
        assert raised.value.trouble is not None
        assert raised.value.trouble.code == "too_much_data"


def test_hours_start_with_the_one_that_was_asked_for() -> None:
    with account(scenario={"timezone": "Asia/Kolkata"}) as meta:
        meta.world.market.advance(timedelta(hours=30))
        since = meta.world.market.start + timedelta(hours=20, minutes=40)
        report = meta.platform.spend([meta.ref()], since, timeout=TIMEOUT)
        hours = [row.hour for row in report.hours["t/search"]]
        assert min(hours) == meta.world.market.start + timedelta(hours=20)
        assert report.complete_until == meta.world.now() - timedelta(hours=3)


def test_a_campaign_without_a_row_spent_nothing_and_one_that_is_gone_is_absent() -> None:
    with account() as meta:
        meta.server.faults.deleted.add("t/social")
        refs = [meta.ref(), meta.ref("t/social")]
        report = meta.platform.days(refs, JUNE + timedelta(days=1), timeout=TIMEOUT)
        assert report.days == {"t/search": ()}


def test_ads_are_answered_for_by_their_campaigns_and_an_ad_set_for_itself() -> None:
    with account() as meta:
        meta.world.market.advance(timedelta(days=2))
        refs = [meta.ref(), meta.ad_set(0), meta.ref("t/search/ad-1", "ad")]
        report = meta.platform.days(refs, JUNE, timeout=TIMEOUT)
        assert report.days.keys() == {"t/search", "t/search 0"}
        whole, part = (sum(row.micros for row in rows) for rows in report.days.values())
        assert whole == part > 0


def test_places_are_countries_of_which_alone_meta_tells_conversions() -> None:
    with account(**BUSY) as meta:
        meta.world.market.advance(timedelta(days=4))
        places = meta.platform.geos([meta.ref()], JUNE, JUNE, timeout=TIMEOUT)["t/search"]
        assert {one.part for one in places} == {"AB", "AC", "AD", "AE"}
        assert sum(one.conversions for one in places) > 0


def test_a_days_conversions_are_shared_out_by_clicks_since_rows_by_the_hour_have_none() -> None:
    with account(**BUSY) as meta:
        meta.world.market.advance(timedelta(days=3))
        start = meta.world.market.start
        hours = meta.platform.figures([meta.ref()], start, timeout=TIMEOUT).hours["t/search"]
        for day in meta.platform.days([meta.ref()], JUNE, timeout=TIMEOUT).days["t/search"]:
            same = [row for row in hours if TenantCalendar.of("Europe/Madrid").day_of(row.hour) == day.day]
            assert sum(row.conversions for row in same) == day.conversions > 0
            rate = day.conversions / day.clicks
            assert all(row.conversions == pytest.approx(row.clicks * rate, abs=1e-5) for row in same)
        later = meta.platform.figures([meta.ref()], start + 30 * HOUR, timeout=TIMEOUT).hours["t/search"]
        assert later == tuple(row for row in hours if row.hour >= start + 30 * HOUR)


def test_conversions_of_a_day_without_a_row_by_the_hour_are_not_lost() -> None:
    day = Row("1", "", JUNE, JUNE, None, 0, 0.0, 5.0, 2.0, 0)
    (hour,) = with_conversions((), [day], TenantCalendar.of("Europe/Madrid"))
    assert (hour.hour, hour.conversions) == (datetime(2026, 5, 31, 22, tzinfo=UTC), 2.0)
