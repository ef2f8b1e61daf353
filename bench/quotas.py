"""How much of each API's quota a tenant's day takes: the day is played, hour by hour, through the real use cases.

The official clients talk to servers on this machine that count as the platforms do. Pacing runs hourly, the check every
quarter of an hour, the deep review and the sweep for drift once, all at their default cadences, for a tenant with 100
campaigns of Google Ads in four tracks. The first day asks for the weeks before it; the second is an ordinary one, and
that is what is counted.
"""

import re
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from common.bootstrap import build
from common.domain.account import Account
from common.domain.manifest import Manifest
from common.settings import Settings
from common.use_cases.onboard import onboard
from sandbox.play import Player
from sandbox.scenario import parse_scenario
from sandbox.servers import ga4, google_ads
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from sandbox.world import World

TRACKS, CAMPAIGNS = 4, 100
A_DAY, DAYS = 220.0, 24
"""What a campaign may spend, euros, and for how long: its budget is written about once a day then, as is usual (0.91
times in the bench of pacing)."""
GA4_TOKENS_A_DAY = 200_000
"""Of a standard property, for reports and for realtime each
(developers.google.com/analytics/devguides/reporting/data/v1/quotas)."""
ADS_OPERATIONS_A_DAY = 15_000
"""Of a developer token with basic access, over all its accounts; a search is one operation, a mutate one for each that
it carries (developers.google.com/google-ads/api/docs/best-practices/quotas)."""
GA4_MOST_PCT, ADS_MOST_PCT = 10.0, 2.0
"""Of a day, at the most: a tenant's property; 100 campaigns."""
_RESOURCE = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Spent:
    """What was asked so far: calls and their cost by what was called."""

    calls: Counter[str]
    cost: Counter[str]

    def since(self, before: "_Spent") -> dict[str, dict[str, int]]:
        """What came on top of what was asked before."""
        return {
            name: {"calls": self.calls[name] - before.calls[name], "cost": self.cost[name] - before.cost[name]}
            for name in sorted(self.calls)
            if self.calls[name] > before.calls[name]
        }


def run(_: Path | None = None) -> dict[str, Any]:
    """Play two days; the figures are the second's. The scenario is its own."""
    with _tenant() as (player, property_, account), redirect_stdout(StringIO()):
        _play(player)
        before = _of_ga4(property_), _of_ads(account)
        _play(player)
        by_report = _of_ga4(property_).since(before[0])
        by_search = _of_ads(account).since(before[1])
    realtime = sum(one["cost"] for name, one in by_report.items() if "Realtime" in name)
    core = sum(one["cost"] for one in by_report.values()) - realtime
    operations = sum(one["cost"] for one in by_search.values())
    return {
        "quotas": {
            "ga4_tokens_pct_of_day": round(100 * max(core, realtime) / GA4_TOKENS_A_DAY, 3),
            "google_ads_ops_pct_of_day_per_100_campaigns": round(
                100 * operations / ADS_OPERATIONS_A_DAY * 100 / CAMPAIGNS, 3
            ),
            "ga4_core_tokens": core,
            "ga4_realtime_tokens": realtime,
            "google_ads_operations": operations,
            "budget_writes_per_campaign": round(by_search.get("mutate", {"cost": 0})["cost"] / CAMPAIGNS, 2),
            "ga4": by_report,
            "google_ads": by_search,
        }
    }


def table(figures: Mapping[str, Any]) -> None:
    """Print what was called how often, and what share of a day that is."""
    found: Mapping[str, Any] = figures["quotas"]
    for source, unit in (("ga4", "tokens"), ("google_ads", "operations")):
        print(f"{source}: one tenant's day")
        for name, one in found[source].items():
            print(f"  {name:40} {one['calls']:6} calls {one['cost']:8} {unit}")
    print(
        f"GA4: {found['ga4_core_tokens']} tokens for reports and {found['ga4_realtime_tokens']} for realtime; the "
        f"larger is {found['ga4_tokens_pct_of_day']} % of a standard property's {GA4_TOKENS_A_DAY:,} a day (at most "
        f"{GA4_MOST_PCT:g} %). What a request costs is an estimate: sandbox/servers/ga4/quota.py."
    )
    share = found["google_ads_ops_pct_of_day_per_100_campaigns"]
    print(
        f"Google Ads: {found['google_ads_operations']} operations, {share} % of basic access's "
        f"{ADS_OPERATIONS_A_DAY:,} a day for each 100 campaigns (at most {ADS_MOST_PCT:g} %), at "
        f"{found['budget_writes_per_campaign']} operations for each that write, or validate."
    )


@contextmanager
def _tenant() -> Generator[tuple[Player, ga4.Ga4Server, google_ads.Served]]:
    """A tenant whose sources are the two servers."""
    world = World(parse_scenario(_scenario()))
    with ExitStack() as servers:
        account = servers.enter_context(google_ads.served(world))
        property_ = servers.enter_context(ga4.served(world, external_id=account.external_id))
        at = f"ga4={property_.address},google_ads={account.address}"
        ports = build(Settings(store="sqlite::memory:", servers=at), clock=world)
        tenant = tenant_of(world.scenario).but(
            accounts=(Account(platform="google_ads", account_id=account.account.number),),
            ga4_property=f"properties/{ga4.PROPERTY_ID}",
        )
        manifests = tuple(named_there(one, account) for one in manifests_of(world.scenario))
        onboard(ports, tenant, plan_of(world.scenario), manifests)
        yield Player(ports, world, lambda _: None), property_, account


def named_there(manifest: Manifest, account: google_ads.Served) -> Manifest:
    """A manifest whose entities are called as Google Ads calls them."""
    entities = {
        name: one.but(external_id=account.external_id(one.external_id)) for name, one in manifest.entities.items()
    }
    return manifest.but(entities=entities)


def _play(player: Player) -> None:
    for _ in range(24):
        player.hour()


def _of_ga4(server: ga4.Ga4Server) -> _Spent:
    calls, cost = Counter[str](), Counter[str]()
    for one in server.calls:
        calls[one.method] += 1
        cost[one.method] += one.tokens
    return _Spent(calls, cost)


def _of_ads(server: google_ads.Served) -> _Spent:
    searches = Counter(f"search {found[1]}" for query in server.queries if (found := _RESOURCE.search(query)))
    mutated = server.operations - searches.total()
    return _Spent(searches + Counter({"mutate": mutated}), searches + Counter({"mutate": mutated}))


def _scenario() -> dict[str, Any]:
    """Four tracks of 25 campaigns each, for 24 days; each spends and scatters as a middling one does."""
    each = CAMPAIGNS // TRACKS
    return {
        "name": "hundred",
        "seed": 7,
        "timezone": "Europe/Madrid",
        "currency": "EUR",
        "vertical": "ecommerce",
        "flight": {"start": "2026-06-01", "end": "2026-06-24"},
        "history_days": 28,
        "master_cap": round(A_DAY * DAYS * CAMPAIGNS * 1.1),
        "guardrails": {},
        "tracks": [
            {"track_id": f"t{track}", "channels": [_channel(f"c{number:02}") for number in range(each)]}
            for track in range(TRACKS)
        ],
        "events": [],
    }


def _channel(name: str) -> dict[str, Any]:
    return {
        "channel": name,
        "platform": "google_ads",
        "plan_budget": A_DAY * DAYS,
        "curve": {"kind": "hill", "top": 12, "half": 220, "shape": 1.0},
        "value_per_conversion": 50,
        "weekday": [1] * 7,
        "hour": None,
        "demand": 590,
        "demand_noise": 0.17,
        "overdelivery": 1.75,
        "noise": 0.21,
        "hour_noise": 0.34,
        "level_drift": 0.0,
        "cpc": 1.7,
        "ctr": 0.03,
        "sessions_per_click": 0.8,
        "reporting_delay_hours": 3,
        "native_cap": False,
        "lag_days": {"mean": 1.5, "max": 4},
        "seen_by": {"ga4": 0.85, "platform": 1.15, "crm": 0.4},
        "ads": 3,
        "geos": 4,
    }
