"""Trimtab's pacing, without shifts, against what others do: how near to its plan each channel ends its flight."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.flights import Landing, Policy, play
from bench.pacing_peers import peer, proportional_control, remaining_over_days_left, static
from common.decisions import pacing
from common.decisions.facts import Facts
from common.decisions.observe import observe, spend_since
from common.domain.change import Proposal
from sandbox.scenario import load_scenario

OWN = "trimtab"
PROCESSES = 2
SHIPPED = Path(__file__).parent / "markets"


def _trimtab(facts: Facts) -> Sequence[Proposal]:
    return pacing.decide(facts).proposals


POLICIES: Mapping[str, Policy] = {
    OWN: Policy(spend_since, observe, _trimtab),
    "static": peer(static),
    "remaining_over_days_left": peer(remaining_over_days_left),
    "proportional_control": peer(proportional_control),
}


def run(scenarios: Path | None = None) -> dict[str, Any]:
    """Play every scenario of a folder under every policy, in two processes.

    Raises:
        FileNotFoundError: the folder has no scenario.
        InvalidInput: a scenario has faults.
    """
    files = sorted((scenarios or SHIPPED).glob("*.json"))
    if not files:
        raise FileNotFoundError(f"no scenario (*.json) in {scenarios or SHIPPED}")
    landings: dict[str, list[Landing]] = {name: [] for name in POLICIES}
    with ProcessPoolExecutor(PROCESSES) as pool:
        for name, landed in pool.map(_play, [(name, file) for file in files for name in POLICIES]):
            landings[name] += landed
    figures = {name: _figures(landed) for name, landed in landings.items()}
    peers = {name: own for name, own in figures.items() if name != OWN}
    return {"pacing": {OWN: figures[OWN], "peers": peers}}


def _play(job: tuple[str, Path]) -> tuple[str, list[Landing]]:
    name, file = job
    return name, play(load_scenario(file), POLICIES[name])


def _figures(landings: Sequence[Landing]) -> dict[str, float]:
    """Percentages of the plan, over the channels that perfect pacing would spend."""
    judged = [landing for landing in landings if landing.judged]
    errors = sorted(abs(landing.error) for landing in judged)
    return {
        "mean_abs_error_pct": _percent(fmean(errors)),
        "p95_abs_error_pct": _percent(errors[min(len(errors) - 1, int(0.95 * len(errors)))]),
        "within_1pct": round(100 * sum(error <= 0.01 for error in errors) / len(errors), 2),
        "max_over_pct": _percent(max(max(landing.error, 0.0) for landing in judged)),
        "max_over_native_cap_pct": _percent(max((max(one.error, 0.0) for one in judged if one.capped), default=0.0)),
        "budget_writes_per_entity_day": round(
            sum(one.writes for one in landings) / sum(one.days for one in landings), 3
        ),
    }


def _percent(share: float) -> float:
    return round(100 * share, 4)


def table(result: dict[str, Any]) -> None:
    """Print the result for a person."""
    figures = result["pacing"]
    shown = Table("policy", "mean error", "95th pct.", "within 1%", "most over", "over a native cap", "writes a day")
    for name, own in {OWN: figures[OWN], **figures["peers"]}.items():
        percentages = [f"{value:.2f}%" for key, value in own.items() if key != "budget_writes_per_entity_day"]
        shown.add_row(name, *percentages, f"{own['budget_writes_per_entity_day']:.2f}")
    Console().print(shown)
