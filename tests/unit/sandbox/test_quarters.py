"""The market by quarters of an hour: what is played, what is visible, and from when on a setting holds."""

from datetime import timedelta
from typing import Any

import pytest

from common.domain.calendar import HOUR, QUARTER_HOUR
from common.domain.figures import Realtime
from sandbox.market import Market
from tests.unit.sandbox.scenarios import channel_file, hourly_spend, market_of

ENTITY = "t/search"
QUARTERS = (timedelta(0), QUARTER_HOUR, 2 * QUARTER_HOUR, 3 * QUARTER_HOUR)
LIFTED: dict[str, Any] = {
    "track_id": "t",
    "channels": [
        channel_file(cpc=0.01, curve={"kind": "log", "scale": 500, "half": 50, "adstock": 0.4}),
        channel_file(cpc=0.01, channel="meta", platform="meta"),
    ],
    "interaction": {"from": "meta", "to": "search", "strength": 0.5},
}
"""What an hour brings hangs on the day before and on another channel's hour under way."""


def test_an_hour_is_played_and_seen_only_once_it_has_ended() -> None:
    market = market_of()
    market.advance(30 * HOUR)
    visible, spent = market.visible_until(ENTITY), market.true_spend(ENTITY)
    for _ in range(3):
        market.advance(QUARTER_HOUR)
        assert (market.visible_until(ENTITY), market.true_spend(ENTITY)) == (visible, spent)
    market.advance(QUARTER_HOUR)
    assert market.visible_until(ENTITY) == visible + 1
    assert market.true_spend(ENTITY) > spent


@pytest.mark.parametrize("past", QUARTERS)
@pytest.mark.parametrize(("field", "value"), [("daily_budget", 30), ("status", "paused"), ("excluded_geos", ["geo-1"])])
def test_a_setting_written_within_an_hour_holds_from_its_start(past: timedelta, field: Any, value: Any) -> None:
    """It was written when it was written."""
    late, early = market_of(), market_of()
    for market, step in ((late, past), (early, timedelta(0))):
        market.advance(30 * HOUR + step)
        market.set(ENTITY, field, value)
    (change,) = late.changes(ENTITY)
    assert change.at == late.start + 30 * HOUR + past
    assert hourly_spend(late) == hourly_spend(early)
    assert late.sources.platform_hours(ENTITY) == early.sources.platform_hours(ENTITY)


def test_a_campaign_that_is_paused_within_an_hour_brings_nothing_in_all_of_it() -> None:
    market = market_of(channel_file(cpc=0.01))
    market.advance(30 * HOUR + QUARTER_HOUR)
    before = realtime(market).quarters[-1]
    market.set(ENTITY, "status", "paused")
    after = realtime(market).quarters[-1]
    assert (before.start, before.sessions > 0) == (after.start, True)
    assert after.sessions == 0


@pytest.mark.parametrize("past", QUARTERS)
def test_calls_fail_for_the_whole_hours_of_an_error(past: timedelta) -> None:
    window = {"at": "2026-06-01T10:00", "until": "2026-06-01T11:00"}
    market = market_of(events=[{"kind": "platform_error", "platform": "google_ads", "mode": "partial", **window}])
    modes: list[str | None] = []
    for hour in (9, 10, 11):
        market.advance_to(market.start + hour * HOUR + past)
        modes.append(market.error_mode("google_ads"))
    assert modes == [None, "partial", None]


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Asia/Kolkata", "Asia/Kathmandu"])
def test_realtime_goes_by_quarters_wherever_the_tenants_hours_begin(zone: str) -> None:
    market = market_of(timezone=zone)
    for _ in range(6):
        market.advance(QUARTER_HOUR)
        starts = [quarter.start for quarter in realtime(market).quarters]
        assert starts == [market.now - 2 * QUARTER_HOUR, market.now - QUARTER_HOUR]


def test_before_the_market_began_realtime_is_empty() -> None:
    market = market_of(channel_file(cpc=0.01), history_days=0)
    assert [quarter.sessions for quarter in realtime(market).quarters] == [0, 0]
    market.advance(QUARTER_HOUR)
    before, first = realtime(market).quarters
    assert (before.sessions, first.start, first.sessions > 0) == (0, market.start, True)


def test_whoever_looks_at_each_quarter_changes_nothing() -> None:
    """Budgets change within hours, midnights pass, and everything is asked for before and after each change."""
    looked, quiet = market_of(tracks=[LIFTED]), market_of(tracks=[LIFTED])
    for number in range(7 * 24 * 4):
        look(looked)
        if number % 13 == 6:
            for market, at in ((looked, number), (quiet, number // 4 * 4)):
                market.advance_to(market.start + at * QUARTER_HOUR)
                market.set(ENTITY, "daily_budget", 40 + number % 97)
                market.set("t/meta", "daily_budget", 140 - number % 97)
            look(looked)
        looked.advance(QUARTER_HOUR)
    for entity in looked.lines:
        assert hourly_spend(looked, entity) == hourly_spend(quiet, entity)
        assert looked.sources.platform_hours(entity) == quiet.sources.platform_hours(entity)
    assert looked.sources.ga4_hours(looked.lines, looked.start) == quiet.sources.ga4_hours(quiet.lines, quiet.start)
    assert looked.sources.crm_uploads() == quiet.sources.crm_uploads()


def look(market: Market) -> None:
    since = market.now - 7 * HOUR
    market.sources.platform_hours(ENTITY, since)
    market.sources.ga4_hours(market.lines, since)
    market.sources.ga4_realtime()
    market.sources.crm_uploads(since)


def realtime(market: Market) -> Realtime:
    found = market.sources.ga4_realtime()
    assert found is not None
    return found
