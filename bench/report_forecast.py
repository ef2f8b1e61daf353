"""How often the forecast made in the middle of a flight holds what was spent by its end.

Each market is played under Trimtab's pacing. At mid-flight each track's forecast is made from what its state knows; at
the end it is held against the market's real total. A track whose plan was revised in between is left out: no forecast
knows what a client will decide.
"""

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from bench.flights import TrackInPlay
from bench.pacing import OWN, POLICIES, PROCESSES, SHIPPED
from common.decisions.reporting.forecast import Ahead, forecast
from common.domain.money import from_units
from sandbox.market import Market
from sandbox.scenario import load_scenario
from sandbox.tenancy import manifests_of, plan_of, revised, tenant_of


@dataclass(frozen=True, slots=True)
class Held:
    """One track's forecast, and what came of it; in micros."""

    ahead: Ahead
    total: int
    budget: int

    @property
    def inside(self) -> bool:
        """The interval holds the total."""
        return self.ahead.low <= self.total <= self.ahead.high


def figures(scenarios: Path | None) -> dict[str, Any]:
    """Over every scenario of a folder, or the shipped markets; shares of the plan's budget in percent."""
    files = sorted((scenarios or SHIPPED).glob("*.json"))
    with ProcessPoolExecutor(PROCESSES) as pool:
        found = [held for played in pool.map(_played, files) for held in played]
    return {
        "tracks": len(found),
        "held_pct": round(100 * sum(one.inside for one in found) / len(found), 1),
        "mean_width_pct": round(100 * fmean((one.ahead.high - one.ahead.low) / one.budget for one in found), 2),
        "mean_abs_error_pct": round(100 * fmean(abs(one.ahead.mean - one.total) / one.budget for one in found), 2),
    }


def sentence(found: dict[str, Any]) -> str:
    """The figures for a person."""
    return (
        f"Of {found['tracks']} tracks at mid-flight the 90% interval held the flight's total in {found['held_pct']}%; "
        f"it was {found['mean_width_pct']}% of the budget wide, the forecast {found['mean_abs_error_pct']}% off."
    )


def _played(file: Path) -> list[Held]:
    scenario = load_scenario(file)
    market, tenant, plan = Market(scenario), tenant_of(scenario), plan_of(scenario)
    tracks = [TrackInPlay(market, tenant, plan, manifest) for manifest in manifests_of(scenario)]
    middle, made, told = (market.hours.flight_end + market.hours.flight_start) // 2, dict[str, Ahead](), 0
    while market.now < market.end:
        approved = market.plan_revisions()
        for revision in approved[told:]:
            plan = revised(scenario, plan, revision, market.now)
            made.pop(revision.track_id, None)
            for track in tracks:
                track.follow(plan)
        told = len(approved)
        for track in tracks:
            track.tick(POLICIES[OWN])
        if market.hour == middle:
            made = {track.manifest.track_id: forecast(track.facts())[-1] for track in tracks}
        market.advance_hour()
    totals = {name: _total(market, track) for track in tracks if (name := track.manifest.track_id) in made}
    return [Held(made[name], total, plan.slice(name).budget) for name, total in totals.items()]


def _total(market: Market, track: TrackInPlay) -> int:
    entities: Iterable[str] = (one.external_id for one in track.manifest.entities.values())
    return sum(from_units(market.true_spend(name)) for name in entities)
