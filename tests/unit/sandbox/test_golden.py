"""The market does exactly what the golden traces say."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.judge import value
from sandbox.market import Market
from sandbox.scenario import load_scenario

GOLDEN = Path(__file__).parents[2] / "golden"
NAMES = sorted(path.name.removesuffix(".trace.json") for path in GOLDEN.glob("*.trace.json"))


def close(numbers: Any) -> Any:
    """To 1e-9 relative to max(1, |number|)."""
    return pytest.approx(numbers, rel=1e-9, abs=1e-9)


def golden(name: str) -> tuple[Market, dict[str, Any]]:
    market = Market(load_scenario(GOLDEN / f"{name}.json"), expected=True)
    return market, json.loads((GOLDEN / f"{name}.trace.json").read_text())


def play(market: Market, changes: list[dict[str, Any]], stops: dict[str, Any]) -> Iterator[str]:
    """Play the whole flight with its changes, stopping at local instants."""
    steps = [(change["at"], 1, change) for change in changes] + [(at, 0, None) for at in stops]
    for at, _, change in sorted(steps, key=lambda step: step[:2]):
        market.advance_to(market.hours.instant(market.hours.at_local(datetime.fromisoformat(at))))
        if change is None:
            yield at
        else:
            market.set(change["entity"], change["field"], change["value"])
    market.advance_to(market.end)


def test_six_scenarios_are_there() -> None:
    assert len(NAMES) == 6


@pytest.mark.parametrize("name", NAMES)
def test_hours_of_the_flight(name: str) -> None:
    """A missing hour is not there, a repeated one twice."""
    market, trace = golden(name)
    hours = range(market.hours.flight_start, market.hours.flight_end)
    local = [f"{market.hours.calendar.local(market.hours.instant(hour)):%Y-%m-%dT%H:%M}" for hour in hours]
    assert local == trace["hours"]


@pytest.mark.parametrize("name", NAMES)
def test_trace(name: str) -> None:
    """Spend, clicks, impressions and conversions of every hour, and the value of them all."""
    market, trace = golden(name)
    assert list(play(market, trace["changes"], {})) == []
    first, end = market.hours.flight_start, market.hours.flight_end
    market.advance_to(market.hours.instant(end + 72))
    assert list(market.lines) == list(trace["trace"])
    for entity, expected in trace["trace"].items():
        rows = market.sources.platform_hours(entity, market.start)
        happening = market.sources.conversions[entity]
        happening.through(end)
        got: dict[str, list[float]] = {
            "spend": [row.spend for row in rows],
            "clicks": [row.clicks for row in rows],
            "impressions": [row.impressions for row in rows],
            "conversions_by_click": market.responses[entity].through(end)[first:end],
            "conversions_by_event": [sum(one.number for one in hour) for hour in happening.happened[first:end]],
        }
        assert got.keys() == expected.keys()
        for key, numbers in expected.items():
            assert (key, got[key]) == (key, close(numbers))
    assert value(market) == close(trace["value"])


@pytest.mark.parametrize("name", NAMES)
def test_sources(name: str) -> None:
    """What has become visible at each instant, source by source and day by day."""
    market, trace = golden(name)
    for at in play(market, trace["changes"], trace["sources"]):
        expected, sources = trace["sources"][at], market.sources
        assert sources.ga4_connected() is expected["ga4_connected"]
        realtime = sources.ga4_realtime()
        if expected["ga4_realtime_conversions_30_min"] is None:
            assert realtime is None
        else:
            assert realtime is not None
            assert realtime.conversions == close(expected["ga4_realtime_conversions_30_min"])
        assert sources.crm_uploads()[-1].match_rate == close(expected["crm_match_rate"])
        for entity, columns in expected["channels"].items():
            seen = by_day(market, entity)
            for column, days in columns.items():
                if days is None:
                    assert column not in seen
                else:
                    assert (at, entity, column, seen[column]) == (at, entity, column, close_days(days, seen[column]))


def close_days(expected: dict[str, float], seen: dict[str, float]) -> Any:
    """A day that the trace lacks has not begun, or shows nothing yet."""
    return close({day: expected.get(day, 0.0) for day in expected.keys() | seen.keys()})


def by_day(market: Market, entity: str) -> dict[str, dict[str, float]]:
    """All sources of one entity by local day, with a zero for each day up to the current one."""
    hours = market.hours
    days = [day.isoformat() for day in hours.days[: hours.day(market.hour) + 1]]
    seen: dict[str, dict[str, float]] = {}

    def add(column: str, day: date, number: float) -> None:
        seen.setdefault(column, dict.fromkeys(days, 0.0))[day.isoformat()] += number

    for row in market.sources.platform_hours(entity):
        day = hours.calendar.day_of(row.start)
        add("spend", day, row.spend)
        add("clicks", day, row.clicks)
        add("platform_conversions", day, row.conversions)
    for upload in market.sources.crm_uploads():
        for (named, day), number in upload.conversions.items():
            if named == entity:
                add("crm_conversions", day, number)
    for row in market.sources.ga4_days(date.min) or ():
        if row.entity == entity:
            add("ga4_conversions", row.day, row.conversions)
            add("ga4_sessions", row.day, row.sessions)
    return seen
