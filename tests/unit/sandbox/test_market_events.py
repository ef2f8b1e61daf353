"""Each kind of event does what it says, from the start of its hour, and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.market import Market
from tests.unit.sandbox.scenarios import channel_file, hourly_spend, market_of

ENTITY = "t/search"
AT, UNTIL = "2026-06-03T10:00", "2026-06-04T10:00"
FROM, TO = 58, 82
"""The window's hours of the flight: the third day's tenth, and a day later."""


def event(kind: str, **keys: Any) -> dict[str, Any]:
    return {"kind": kind, "at": AT, **keys}


def on_search(kind: str, **keys: Any) -> dict[str, Any]:
    return event(kind, channel="search", **keys)


def with_and_without(*events: dict[str, Any], **channel: Any) -> tuple[Market, Market]:
    """Two markets at the end of their flight."""
    markets = tuple(market_of(channel_file(**channel), events=found, expected=True) for found in (events, ()))
    for market in markets:
        market.advance_to(market.hours.instant(market.hours.flight_end + 72))
    return markets[0], markets[1]


def column(market: Market, name: str) -> list[float]:
    rows = market.sources.platform_hours(ENTITY, market.start)
    return [getattr(row, name) for row in rows]


def means(market: Market) -> list[float]:
    return market.responses[ENTITY].through(market.hours.flight_end)[market.hours.flight_start :]


def ratios(changed: list[float], plain: list[float]) -> Callable[[float], bool]:
    """Whether every hour of the window has this ratio, and every hour outside is the same."""

    def hold(factor: float) -> bool:
        expected = [number * (factor if FROM <= hour < TO else 1) for hour, number in enumerate(plain)]
        return changed == pytest.approx(expected)

    return hold


def test_level_shift() -> None:
    shifted, plain = with_and_without(on_search("level_shift", until=UNTIL, factor=0.6))
    assert ratios(means(shifted), means(plain))(0.6)
    assert hourly_spend(shifted) == hourly_spend(plain)


def test_a_shift_without_an_end_lasts_to_the_end_of_the_flight() -> None:
    shifted, plain = with_and_without(on_search("level_shift", factor=0.5))
    assert means(shifted)[FROM - 1 :] == pytest.approx([means(plain)[FROM - 1], *(m / 2 for m in means(plain)[FROM:])])


def test_shifts_that_overlap_multiply() -> None:
    shift = on_search("level_shift", until=UNTIL, factor=0.5)
    shifted, plain = with_and_without(shift, shift)
    assert ratios(means(shifted), means(plain))(0.25)


def test_demand_shift() -> None:
    """With little demand, every hour spends what the market takes."""
    shifted, plain = with_and_without(on_search("demand_shift", until=UNTIL, factor=0.5), demand=60)
    assert ratios(hourly_spend(shifted), hourly_spend(plain))(0.5)


def test_spend_runaway() -> None:
    """Three times the budget by the hours' weights, though demand would not take it."""
    runaway = on_search("spend_runaway", until=UNTIL, factor=3)
    spent = hourly_spend(with_and_without(runaway, demand=30, overdelivery=1.0)[0])
    market = market_of()
    even = market.lines[ENTITY].days.shape(market.hours.flight_day).even
    assert spent[FROM:TO] == pytest.approx([300 * share for share in (*even[10:], *even[:10])])
    assert sum(spent[:24]) == pytest.approx(30)


def test_a_pause_stops_a_runaway() -> None:
    market = market_of(events=[on_search("spend_runaway", until=UNTIL, factor=3)])
    market.advance_to(datetime(2026, 6, 3, 12, tzinfo=UTC))
    market.set(ENTITY, "status", "paused")
    spent = hourly_spend(market)
    assert spent[FROM + 3] > 0
    assert sum(spent[FROM + 4 :]) == 0


def test_cpc_spike() -> None:
    spiked, plain = with_and_without(on_search("cpc_spike", until=UNTIL, factor=4))
    assert ratios(column(spiked, "clicks"), column(plain, "clicks"))(0.25)
    assert means(spiked) == means(plain)
    assert hourly_spend(spiked) == hourly_spend(plain)


def ga4_days(market: Market) -> tuple[list[float], list[float]]:
    rows = market.sources.ga4_days(market.scenario.flight.start) or []
    return [row.sessions for row in rows], [row.conversions for row in rows]


@pytest.mark.parametrize("named", [{}, {"channel": "search"}, {"track_id": "t"}])
def test_tracking_outage_of_ga4(named: dict[str, str]) -> None:
    """Sessions and conversions of a whole day are missing; platform and truth are not."""
    outage = {"kind": "tracking_outage", "source": "ga4", "at": "2026-06-03T00:00", "until": "2026-06-04T00:00"}
    out, plain = with_and_without({**outage, **named})
    for missing, there in zip(ga4_days(out), ga4_days(plain), strict=True):
        assert missing == pytest.approx([0.0 if day == 2 else number for day, number in enumerate(there)])
    assert column(out, "conversions") == column(plain, "conversions")
    assert means(out) == means(plain)


def test_tracking_outage_of_the_platform() -> None:
    """It goes by the event's hour: late conversions of earlier clicks are missing too."""
    out, plain = with_and_without(event("tracking_outage", source="platform", until=UNTIL))
    claimed, all_of_it = column(out, "conversions"), column(plain, "conversions")
    assert claimed[FROM - 24] < all_of_it[FROM - 24]
    assert claimed[FROM] < all_of_it[FROM]
    assert claimed[TO] == all_of_it[TO]
    assert column(out, "clicks") == column(plain, "clicks")
    assert ga4_days(out) == ga4_days(plain)


def test_ga4_divergence() -> None:
    """The platform claims twice as many of what happens in the window; GA4 sees what it saw."""
    lag = {"lag_days": {"mean": 1, "max": 1}}
    diverged, plain = with_and_without(on_search("ga4_divergence", until=UNTIL, factor=2), **lag)
    assert ratios(column(diverged, "conversions"), column(plain, "conversions"))(2)
    assert ga4_days(diverged) == ga4_days(plain)


def connected_by_day(*events: dict[str, Any]) -> list[bool]:
    market, connected = market_of(events=events), list[bool]()
    for day in range(7):
        market.advance_to(market.start + timedelta(days=day, hours=12))
        connected.append(market.sources.ga4_connected())
        assert (market.sources.ga4_days(market.scenario.flight.start) is not None) == connected[-1]
        assert (market.sources.ga4_realtime() is not None) == connected[-1]
    return connected


def test_ga4_is_lost_and_regained() -> None:
    lost = event("ga4_disconnect")
    regained = {"kind": "ga4_connect", "at": "2026-06-05T00:00"}
    assert connected_by_day() == [True] * 7
    assert connected_by_day(regained, lost) == [True, True, False, False, True, True, True]


def test_a_first_connection_means_that_there_was_no_ga4_before() -> None:
    assert connected_by_day(event("ga4_connect")) == [False, False, True, True, True, True, True]


def test_on_connecting_past_data_become_visible() -> None:
    connected, always = with_and_without(event("ga4_connect"))
    assert ga4_days(connected) == ga4_days(always)


def test_crm_match_drop() -> None:
    """It goes by the upload: 06:00 of the fourth day lies in the window."""
    dropped, plain = with_and_without(event("crm_match_drop", until=UNTIL, factor=0.5))
    uploads = list(zip(dropped.sources.crm_uploads(plain.start), plain.sources.crm_uploads(plain.start), strict=True))
    for low, usual in uploads:
        factor = 0.5 if usual.at.day == 4 else 1
        assert low.match_rate == pytest.approx(usual.match_rate * factor)
        assert sum(low.conversions.values()) == pytest.approx(sum(usual.conversions.values()) * factor)
    assert [usual.at.day for _, usual in uploads][:7] == [1, 2, 3, 4, 5, 6, 7]


def test_external_edit() -> None:
    """The live budget is another from its instant on, and the change is listed as made by hand."""
    market = market_of(events=[on_search("external_edit", daily_budget=250)])
    edited_at = datetime(2026, 6, 3, 8, tzinfo=UTC)
    market.advance_to(edited_at - timedelta(minutes=1))
    assert (market.live(ENTITY).daily_budget, market.changes(ENTITY)) == (100, [])
    market.advance_to(edited_at)
    assert market.live(ENTITY).daily_budget == 250
    market.set(ENTITY, "daily_budget", 90)
    by_hand, by_call = market.changes(ENTITY)
    assert (by_hand.at, by_hand.field, by_hand.value, by_hand.by_hand) == (edited_at, "daily_budget", 250, True)
    assert (by_call.at, by_call.value, by_call.by_hand) == (edited_at, 90, False)
    market.advance_to(edited_at + timedelta(days=1))
    assert market.live(ENTITY).daily_budget == 90


@pytest.mark.parametrize("mode", ["rate_limit", "unavailable", "timeout_after_apply", "partial"])
def test_platform_error(mode: str) -> None:
    market = market_of(events=[event("platform_error", platform="google_ads", until=UNTIL, mode=mode)])
    seen: list[str | None] = []
    for hour in (FROM - 1, FROM, TO - 1, TO):
        market.advance_to(market.start + timedelta(hours=hour, minutes=59))
        seen.append(market.error_mode("google_ads"))
    assert seen == [None, mode, mode, None]
    assert market.error_mode("meta") is None


def test_plan_revision() -> None:
    market = market_of(events=[event("plan_revision", track_id="t", channels={"search": 800})])
    market.advance_to(datetime(2026, 6, 3, 7, 59, tzinfo=UTC))
    assert market.plan_revisions() == []
    market.advance_to(datetime(2026, 6, 3, 8, tzinfo=UTC))
    assert [revision.channels for revision in market.plan_revisions()] == [{"search": 800}]


def test_an_event_holds_for_the_channel_of_every_track_or_of_one() -> None:
    tracks = [{"track_id": name, "channels": [channel_file()]} for name in ("shoes", "bags")]
    shift = on_search("demand_shift", factor=0)

    def spent(**named: str) -> list[bool]:
        market = market_of(tracks=tracks, events=[{**shift, **named}], expected=True)
        return [hourly_spend(market, f"{track}/search")[-1] > 0 for track in ("shoes", "bags")]

    assert spent() == [False, False]
    assert spent(track_id="bags") == [True, False]
