"""What platform, GA4 and CRM show, when, and that it adds up, with everything drawn."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from math import exp, log
from statistics import fmean, stdev
from typing import Any

import pytest

from common.domain.figures import Realtime
from sandbox.market import Market
from sandbox.platform_reports import PartDay
from tests.unit.sandbox.scenarios import channel_file, market_of

ENTITY = "t/search"
BUSY = {"curve": {"kind": "hill", "top": 900, "half": 100, "shape": 1.0}}
MONTH: dict[str, Any] = {"flight": {"start": "2026-06-01", "end": "2026-06-30"}}
SINCE = date(2026, 6, 1)


def month(**channel: Any) -> Market:
    """A busy month, and the time until its last conversion was uploaded."""
    market = market_of(channel_file(plan_budget=3000, **BUSY, **channel), **MONTH)
    market.advance_to(market.end + timedelta(days=10))
    return market


def test_counts_follow_their_means() -> None:
    market = month()
    rows = market.sources.platform_hours(ENTITY, market.start)
    spend, clicks, impressions = (
        sum(getattr(row, name) for row in rows) for name in ("spend", "clicks", "impressions")
    )
    assert clicks == pytest.approx(spend / 0.5, rel=0.05)
    assert impressions == pytest.approx(clicks / 0.03, rel=0.01)
    assert all(number == int(number) for row in rows for number in row[2:])
    sessions = sum(row.sessions for row in market.sources.ga4_days(SINCE) or ())
    assert sessions == pytest.approx(0.8 * clicks, rel=0.05)
    means = market.responses[ENTITY].through(market.hours.flight_end)[market.hours.flight_start :]
    happening = market.sources.conversions[ENTITY].clicked[market.hours.flight_start :]
    assert sum(map(len, happening)) == pytest.approx(sum(means), rel=0.03)


def test_each_source_sees_its_share() -> None:
    """Above one the fraction is counted twice."""
    market = month()
    market.sources.ga4_days(SINCE)
    happening = [one for hour in market.sources.conversions[ENTITY].clicked for one in hour]
    for source, share in (("ga4", 0.85), ("platform", 1.15), ("crm", 0.4)):
        assert fmean(getattr(one, source) for one in happening) == pytest.approx(share, abs=0.01)
    assert {one.platform for one in happening} == {1, 2}


def test_lags_in_whole_days() -> None:
    """P(k) ∝ exp(-k / mean), k = 0 .. max - 1, at the click's hour of day."""
    market = month(lag_days={"mean": 2.0, "max": 5})
    market.sources.platform_hours(ENTITY)
    lags: Counter[int] = Counter()
    for hour, happening in enumerate(market.sources.conversions[ENTITY].clicked):
        for one in happening:
            days, rest = divmod(one.event - hour, 24)
            assert rest == 0
            lags[days] += 1
    weights = [exp(-days / 2.0) for days in range(5)]
    assert sorted(lags) == [0, 1, 2, 3, 4]
    for days, weight in enumerate(weights):
        assert lags[days] / lags.total() == pytest.approx(weight / sum(weights), abs=0.015)


def test_ads_and_geos_add_up_to_the_channel() -> None:
    """Day by day, part way through a day, and across an ad that is paused and enabled again."""
    market = market_of(channel_file(**BUSY))
    market.advance_to(datetime(2026, 6, 3, 11, tzinfo=UTC))
    market.set(ENTITY, "paused_ads", ["ad-2"])
    market.advance_to(datetime(2026, 6, 4, 15, tzinfo=UTC))
    market.set(ENTITY, "paused_ads", [])
    market.set(ENTITY, "excluded_geos", ["geo-1"])
    market.advance_to(datetime(2026, 6, 6, 13, 20, tzinfo=UTC))
    whole: dict[date, list[float]] = {}
    for row in market.sources.platform_hours(ENTITY, market.start):
        day = market.hours.calendar.day_of(row.start)
        whole[day] = [a + b for a, b in zip(whole.get(day, [0.0] * 4), row[1:], strict=True)]
    for rows in (market.sources.ad_days(ENTITY, SINCE), market.sources.geo_days(ENTITY, SINCE)):
        assert by_day(rows) == {day: pytest.approx(total) for day, total in whole.items()}


def by_day(rows: list[PartDay]) -> dict[date, list[float]]:
    totals: dict[date, list[float]] = {}
    for row in rows:
        totals[row.day] = [a + b for a, b in zip(totals.get(row.day, [0.0] * 4), row[2:], strict=True)]
    return totals


def test_a_paused_ad_serves_nothing() -> None:
    market = market_of()
    market.set(ENTITY, "paused_ads", ["ad-2"])
    market.advance_to(market.end)
    rows = market.sources.ad_days(ENTITY, SINCE)
    assert {row.part for row in rows if sum(row[2:])} == {"ad-1", "ad-3"}


def test_each_ad_has_its_own_click_through_rate() -> None:
    market = month(ads=2)
    for name, rate in zip(market.lines[ENTITY].ads.names, market.lines[ENTITY].ads.rates, strict=True):
        rows = [row for row in market.sources.ad_days(ENTITY, SINCE) if row.part == name]
        ctr = sum(row.clicks for row in rows) / sum(row.impressions for row in rows)
        assert ctr == pytest.approx(0.03 * rate, rel=0.1)


def test_each_geo_has_its_own_conversion_rate() -> None:
    market = month(geos=2)
    all_rows = market.sources.geo_days(ENTITY, SINCE)
    usual = sum(row.conversions for row in all_rows) / sum(row.clicks for row in all_rows)
    for name, rate in zip(market.lines[ENTITY].geos.names, market.lines[ENTITY].geos.rates, strict=True):
        rows = [row for row in all_rows if row.part == name]
        assert sum(row.conversions for row in rows) / sum(row.clicks for row in rows) == pytest.approx(
            usual * rate, rel=0.1
        )


def test_rates_of_parts_spread_like_a_log_normal_of_two_fifths() -> None:
    lines = [market_of(channel_file(ads=20, geos=20), seed=seed).lines[ENTITY] for seed in range(100)]
    for parts in ([line.ads for line in lines], [line.geos for line in lines]):
        spread = fmean(stdev(map(log, part.rates)) for part in parts)
        assert spread == pytest.approx(log(1 + 0.4**2) ** 0.5, abs=0.03)
        assert all(sum(part.weights) == pytest.approx(1) for part in parts)


def test_parts_keep_the_channels_mean() -> None:
    """Of impressions over its ads' clicks, and of conversions over its geos' clicks."""
    line = market_of(channel_file(ads=7, geos=5)).lines[ENTITY]
    assert sum(w / r for w, r in zip(line.ads.weights, line.ads.rates, strict=True)) == pytest.approx(1)
    assert sum(w * r for w, r in zip(line.geos.weights, line.geos.rates, strict=True)) == pytest.approx(1)


def test_what_the_platform_reported_only_grows() -> None:
    market = market_of(channel_file(**BUSY))
    before = market.sources.platform_hours(ENTITY)
    for _ in range(14):
        market.advance_to(market.now + timedelta(hours=12))
        now = market.sources.platform_hours(ENTITY)
        assert [row[:4] for row in now[: len(before)]] == [row[:4] for row in before]
        assert all(new.conversions >= old.conversions for new, old in zip(now, before, strict=False))
        assert len(now) == len(before) + 12
        before = now


def test_platform_hours_since_an_instant() -> None:
    market = market_of()
    market.advance_to(market.start + timedelta(days=2))
    since = market.start + timedelta(hours=5)
    rows = market.sources.platform_hours(ENTITY, since)
    assert rows[0].start == since
    assert market.sources.platform_hours(ENTITY, since - timedelta(minutes=1)) == rows
    assert rows == market.sources.platform_hours(ENTITY)[-len(rows) :]


def test_ga4_reports_six_hours_after_the_event() -> None:
    market = market_of(channel_file(**BUSY), expected=True)
    market.advance_to(market.start + timedelta(days=1, hours=5))
    assert market.sources.ga4_days(date(2026, 6, 2)) == [(ENTITY, date(2026, 6, 2), 0, 0)]
    market.advance_to(market.start + timedelta(days=1, hours=7))
    (row,) = market.sources.ga4_days(date(2026, 6, 2)) or []
    assert row.sessions > 0
    assert row.conversions > 0


def test_a_ga4_day_is_final_after_48_hours() -> None:
    market = market_of(channel_file(**BUSY))
    market.advance_to(market.start + timedelta(days=3))
    first = (market.sources.ga4_days(SINCE) or [])[0]
    market.advance_to(market.end + timedelta(days=20))
    assert (market.sources.ga4_days(SINCE) or [])[0] == first


def test_realtime_quarters_add_up_to_their_hours() -> None:
    """Half past sees the first half of an hour that is still under way, and the full hour the second half."""
    market = market_of(channel_file(**BUSY), channel_file(channel="meta", platform="meta", **BUSY))
    halves: list[Realtime] = []
    for _ in range(24):
        market.advance_to(market.now + timedelta(minutes=30))
        realtime = market.sources.ga4_realtime()
        assert realtime is not None
        assert realtime.quarters[-1].start == market.now - timedelta(minutes=15)
        halves.append(realtime)
    market.advance_to(market.end)
    first = market.hours.flight_start
    for hour in range(12):
        happened = [one for each in market.sources.conversions.values() for one in each.happened[first + hour]]
        assert halves[2 * hour].conversions + halves[2 * hour + 1].conversions == sum(one.ga4 for one in happened)
    assert sum(half.conversions for half in halves) > 0


def test_realtime_sessions_are_those_of_the_report() -> None:
    market, seen = market_of(channel_file(**BUSY)), 0.0
    for _ in range(48):
        market.advance_to(market.now + timedelta(minutes=30))
        realtime = market.sources.ga4_realtime()
        seen += realtime.sessions if realtime else 0
    market.advance_to(market.end)
    assert seen == (market.sources.ga4_days(SINCE) or [])[0].sessions > 0


def test_realtime_shows_whole_quarters() -> None:
    market = market_of(channel_file(**BUSY))
    market.advance_to(market.start + timedelta(hours=12, minutes=45))
    at_quarter = market.sources.ga4_realtime()
    market.advance_to(market.start + timedelta(hours=12, minutes=59))
    assert market.sources.ga4_realtime() == at_quarter


def test_realtime_is_quiet_after_the_flight_but_for_late_conversions() -> None:
    market = market_of(channel_file(**BUSY), expected=True)
    market.advance_to(market.end + timedelta(hours=12))
    realtime = market.sources.ga4_realtime()
    assert realtime is not None
    assert realtime.sessions == 0
    assert realtime.conversions > 0
    market.advance_to(market.end + timedelta(days=40))
    after = market.sources.ga4_realtime()
    assert after is not None
    assert (after.sessions, after.conversions) == (0, 0)


def test_crm_uploads_daily_at_six() -> None:
    """An upload carries what happened in the 24 hours before it, by day, whichever channel brought it."""
    market = market_of(channel_file(**BUSY), channel_file(channel="meta", platform="meta"))
    market.advance_to(market.start + timedelta(days=2, hours=5, minutes=59))
    before = market.sources.crm_uploads(market.start)
    market.advance_to(market.start + timedelta(days=2, hours=6))
    after = market.sources.crm_uploads(market.start)
    assert after[:-1] == before
    upload = after[-1]
    assert f"{market.hours.calendar.local(upload.at):%d %H:%M}" == "03 06:00"
    assert set(upload.conversions) == {(e, date(2026, 6, d)) for e in (ENTITY, "t/meta") for d in (2, 3)}
    assert 0.6 < upload.match_rate < 0.8
    assert len({one.match_rate for one in after}) == len(after)


def test_nothing_of_a_flight_is_lost() -> None:
    """Once all is over, each source has counted every conversion that it sees."""
    market = month()
    platform = sum(row.conversions for row in market.sources.platform_hours(ENTITY))
    ga4 = sum(row.conversions for row in market.sources.ga4_days(date.min) or ())
    crm = sum(sum(upload.conversions.values()) for upload in market.sources.crm_uploads())
    clicked = [one for hour in market.sources.conversions[ENTITY].clicked for one in hour]
    counted = tuple(sum(getattr(one, name) for one in clicked) for name in ("platform", "ga4", "crm"))
    assert (platform, ga4, crm) == counted


def test_conversions_are_worked_out_only_when_somebody_asks() -> None:
    market = month()
    assert market.visible_spend(ENTITY)
    assert market.responses[ENTITY].means == []
    assert market.sources.conversions[ENTITY].clicked == []
