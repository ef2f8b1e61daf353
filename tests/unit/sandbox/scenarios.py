"""Small scenario files to vary in tests: one track, one channel, a week in June."""

from typing import Any

from sandbox.market import Market
from sandbox.scenario import parse_scenario

FLAT_DAY = [1.0] * 24


def channel_file(**changes: Any) -> dict[str, Any]:
    """A channel as a scenario file has it."""
    return {
        "channel": "search",
        "platform": "google_ads",
        "plan_budget": 700,
        "curve": {"kind": "hill", "top": 60, "half": 100, "shape": 1.0},
        "value_per_conversion": 50,
        "weekday": [1] * 7,
        "hour": None,
        "demand": 400,
        "demand_noise": 0.15,
        "overdelivery": 2.0,
        "noise": 0.2,
        "hour_noise": 0.3,
        "level_drift": 0.0,
        "cpc": 0.5,
        "ctr": 0.03,
        "sessions_per_click": 0.8,
        "reporting_delay_hours": 3,
        "native_cap": True,
        "lag_days": {"mean": 1.5, "max": 4},
        "seen_by": {"ga4": 0.85, "platform": 1.15, "crm": 0.4},
        "ads": 3,
        "geos": 4,
        **changes,
    }


def scenario_file(*channels: dict[str, Any], events: Any = (), **changes: Any) -> dict[str, Any]:
    """A whole file; one plain channel where none is given."""
    lines = list(channels) or [channel_file()]
    return {
        "name": "june",
        "seed": 11,
        "timezone": "Europe/Madrid",
        "currency": "EUR",
        "vertical": "ecommerce",
        "flight": {"start": "2026-06-01", "end": "2026-06-07"},
        "history_days": 7,
        "master_cap": 10_000,
        "guardrails": {},
        "tracks": [{"track_id": "t", "channels": lines}],
        "events": list(events),
        **changes,
    }


def market_of(*channels: dict[str, Any], events: Any = (), expected: bool = False, **changes: Any) -> Market:
    """A market at the start of its flight."""
    return Market(parse_scenario(scenario_file(*channels, events=events, **changes)), expected=expected)


def played(market: Market) -> Market:
    """The market once its flight has ended."""
    market.advance_to(market.end)
    return market


def hourly_spend(market: Market, entity: str = "t/search") -> list[float]:
    """Spend of each hour of the flight, once all of it is visible."""
    market.advance_to(market.hours.instant(market.hours.flight_end + 72))
    return market.visible_spend(entity, market.hours.flight_start)
