"""Tenant-months to watch: small and large accounts, with one kind of trouble each, or with none.

A small tenant has one to three campaigns and some tens of euros a day for each; a large one has six to ten on two or
three platforms, in one track or two, and hundreds to thousands.

Noise, prices, demand, delays and overdelivery are drawn from the ranges that simulated markets have elsewhere in these
benchmarks. A quiet month is not a still one: demand and conversions shift, and half of the accounts have dead nights.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from math import exp, log
from random import Random
from typing import Any

from sandbox.scenario import Scenario, parse_scenario

START = datetime(2026, 3, 2)  # noqa: DTZ001 - a scenario's times are its tenant's
DAYS = 30
_CHANNELS: Mapping[str, tuple[str, int, float]] = {
    "google_search": ("google_ads", 3, 2.0),
    "google_pmax": ("google_ads", 3, 2.0),
    "meta": ("meta", 1, 1.75),
    "meta_retargeting": ("meta", 1, 1.75),
    "tiktok": ("tiktok", 1, 1.2),
    "linkedin": ("linkedin", 1, 1.2),
}
"""By kind of campaign: platform, hours until it reports, and the most of a daily budget that it spends in a day."""
_ZONES = ("Europe/Madrid", "America/New_York", "Asia/Kolkata", "Europe/London", "America/Sao_Paulo", "Asia/Tokyo")
_DEAD_NIGHTS = (
    *(0.05, 0.02, 0.01, 0.01, 0.01, 0.02, 0.3, 0.8, 1.2, 1.5, 1.6, 1.6),
    *(1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.3, 0.8, 0.3, 0.1),
)
_WITHOUT_GA4 = 0.2
"""Share of the quiet months of tenants that have no GA4."""
KINDS = ("quiet", "runaway", "outage", "counts", "price")
"""What happens: nothing; a platform that ignores a budget; GA4 that sees nothing; a platform that counts nothing while
there is no GA4; dear clicks."""


def markets(kind: str, count: int) -> Iterator[Scenario]:
    """So many tenant-months of a kind, always the same ones."""
    return (market(kind, number) for number in range(count))


def market(kind: str, number: int) -> Scenario:
    """One tenant-month."""
    draw = Random(f"{kind} {number}")
    tracks = _tracks(draw, large=number % 2 == 1)
    events = [*_weather(draw, tracks), *_trouble(draw, tracks, kind)]
    return parse_scenario(
        {
            "name": f"{kind}-{number}",
            "seed": 10_000 + number,
            "timezone": draw.choice(_ZONES),
            "currency": "EUR",
            "vertical": draw.choice(("ecommerce", "health", "schools", "tourism")),
            "flight": {"start": f"{START:%Y-%m-%d}", "end": f"{START + timedelta(days=DAYS - 1):%Y-%m-%d}"},
            "history_days": 28,
            "master_cap": 10_000_000,
            "guardrails": {},
            "tracks": tracks,
            "events": events,
        }
    )


def _tracks(draw: Random, *, large: bool) -> list[dict[str, Any]]:
    if not large:
        return [_track(draw, "track-1", draw.sample(sorted(_CHANNELS), draw.randint(1, 3)), large=False)]
    platforms = draw.sample(sorted({platform for platform, _, _ in _CHANNELS.values()}), draw.randint(2, 3))
    kinds = [name for name, (platform, _, _) in sorted(_CHANNELS.items()) if platform in platforms]
    campaigns = [f"{draw.choice(kinds)}-{number}" for number in range(1, draw.randint(6, 10) + 1)]
    half = len(campaigns) // 2 if draw.random() < 0.5 else len(campaigns)
    groups = [group for group in (campaigns[:half], campaigns[half:]) if group]
    return [_track(draw, f"track-{number}", group, large=True) for number, group in enumerate(groups, 1)]


def _track(draw: Random, name: str, channels: list[str], *, large: bool) -> dict[str, Any]:
    return {
        "track_id": name,
        "kpi": {"metric": "roas", "target": round(draw.uniform(1.5, 5), 2)},
        "channels": [_channel(draw, channel, large=large) for channel in channels],
    }


def _between(draw: Random, low: float, high: float) -> float:
    """Evenly by size, so that small numbers are as frequent as large ones."""
    return exp(draw.uniform(log(low), log(high)))


def _channel(draw: Random, name: str, *, large: bool) -> dict[str, Any]:
    platform, delay, most = _CHANNELS[name.partition("-")[0]]
    a_day = _between(draw, 150, 3000) if large else _between(draw, 12, 150)
    return {
        "channel": name,
        "platform": platform,
        "plan_budget": round(a_day * DAYS, 2),
        "curve": {"kind": "hill", "top": round(a_day / draw.uniform(4, 25), 2), "half": round(a_day, 2), "shape": 1.0},
        "value_per_conversion": round(draw.uniform(30, 150), 2),
        "weekday": [round(draw.uniform(0.85, 1.15), 2) for _ in range(7)],
        "hour": list(_DEAD_NIGHTS) if draw.random() < 0.5 else None,
        "demand": round(a_day * _between(draw, 0.8, 4), 2),
        "demand_noise": round(draw.uniform(0.1, 0.25), 3),
        "overdelivery": most,
        "noise": round(draw.uniform(0.1, 0.35), 3),
        "hour_noise": round(draw.uniform(0.2, 0.5), 3),
        "level_drift": 0,
        "cpc": round(_between(draw, 0.3, 3), 2),
        "ctr": round(draw.uniform(0.008, 0.05), 4),
        "sessions_per_click": round(draw.uniform(0.6, 0.95), 3),
        "reporting_delay_hours": delay,
        "native_cap": False,
        "lag_days": {"mean": round(draw.uniform(0.5, 4), 2), "max": 21},
        "seen_by": {
            "ga4": round(draw.uniform(0.7, 0.95), 3),
            "platform": round(draw.uniform(0.95, 1.35), 3),
            "crm": 0.4,
        },
        "ads": 3,
        "geos": 3,
    }


def _weather(draw: Random, tracks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What changes in any month: demand and conversions of some channels, for days or for good."""
    for track in tracks:
        for channel in track["channels"]:
            for kind, low, high in (("demand_shift", 0.4, 2.2), ("level_shift", 0.5, 1.6)):
                if draw.random() < 0.4:
                    factor = round(_between(draw, low, high), 2)
                    yield {"kind": kind, "factor": factor, **_where(track, channel), **_when(draw, 24, 24 * 10)}


def _trouble(draw: Random, tracks: list[dict[str, Any]], kind: str) -> Iterator[dict[str, Any]]:
    track = draw.choice(tracks)
    channel = draw.choice(track["channels"])
    match kind:
        case "runaway":
            factor = round(_between(draw, 2, 6), 2)
            yield {"kind": "spend_runaway", "factor": factor, **_where(track, channel), **_when(draw, 24, 48)}
        case "outage":
            yield {"kind": "tracking_outage", "source": "ga4", **_when(draw, 24, 72)}
        case "counts":
            yield {"kind": "ga4_disconnect", "at": f"{START:%Y-%m-%d}T00:00"}
            yield {"kind": "tracking_outage", "source": "platform", **_where(track, channel), **_when(draw, 48, 120)}
        case "price":
            factor = round(_between(draw, 1.7, 4), 2)
            yield {"kind": "cpc_spike", "factor": factor, **_where(track, channel), **_when(draw, 24, 96)}
        case _ if draw.random() < _WITHOUT_GA4:
            yield {"kind": "ga4_disconnect", "at": f"{START:%Y-%m-%d}T00:00"}
        case _:
            return


def _where(track: Mapping[str, Any], channel: Mapping[str, Any]) -> dict[str, str]:
    return {"track_id": track["track_id"], "channel": channel["channel"]}


def _when(draw: Random, least: int, most: int) -> dict[str, str]:
    """From some hour of the second to the fourth week on, for so many hours."""
    begun = START + timedelta(hours=draw.randint(24 * 5, 24 * 24))
    ended = begun + timedelta(hours=draw.randint(least, most))
    last = START + timedelta(days=DAYS) - timedelta(hours=1)
    return {"at": f"{begun:%Y-%m-%dT%H:00}", "until": f"{min(ended, last):%Y-%m-%dT%H:00}"}
