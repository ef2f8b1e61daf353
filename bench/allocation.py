"""Trimtab's shifts against what others do: how much of an oracle's gain over the plan each captures."""

from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.allocation_figures import GUARDED, OWN, PLAN, UNGUARDED, figures
from bench.allocation_oracles import Oracle
from bench.allocation_own import Trimtab
from bench.allocation_peers import (
    daily,
    equal_split,
    greedy,
    plan_times_roas,
    proportional_to_roas,
    static,
    thompson,
    weekly,
)
from bench.allocation_play import Mover, play
from bench.allocation_refit import refit
from sandbox.scenario import load_scenario

PROCESSES = 2
PYMC = "pymc_marketing"
SHIPPED = Path(__file__).parent / "markets"

Policies = Mapping[str, Callable[[], Mover]]
"""By name, what makes the mover of a track; each goes to another process, so it must be possible to pickle."""

POLICIES: Policies = {
    OWN: Trimtab,
    PLAN: daily(static),
    "equal_split": daily(equal_split),
    "proportional_to_roas": daily(proportional_to_roas),
    "plan_times_roas": daily(plan_times_roas),
    "greedy_weekly": weekly(greedy),
    "thompson": daily(thompson),
    "weekly_slsqp": weekly(refit),
    GUARDED: partial(Oracle, guarded=True),
    UNGUARDED: partial(Oracle, guarded=False),
}


def run(scenarios: Path | None = None) -> dict[str, Any]:
    """Play every scenario of a folder under every policy, in two processes.

    Raises:
        FileNotFoundError: the folder has no scenario.
        InvalidInput: a scenario has faults.
    """
    return compared(POLICIES, scenarios)


def compared(policies: Policies, scenarios: Path | None, markets: int | None = None) -> dict[str, Any]:
    """The same for other policies, or for the first so many markets."""
    files = sorted((scenarios or SHIPPED).glob("*.json"))[:markets]
    if not files:
        raise FileNotFoundError(f"no scenario (*.json) in {scenarios or SHIPPED}")
    jobs = [(name, scenario) for scenario in map(load_scenario, files) for name in policies]
    values: dict[str, list[float]] = {name: [] for name in policies}
    with ProcessPoolExecutor(PROCESSES) as pool:
        of_jobs = pool.map(play, [scenario for _, scenario in jobs], [policies[name] for name, _ in jobs])
        for (name, _), worth in zip(jobs, of_jobs, strict=True):
            values[name].append(worth)
    return {"allocation": figures(values)}


def table(result: dict[str, Any]) -> None:
    """Print the result for a person."""
    found = result["allocation"]
    shown = Table("policy", "of the guarded oracle's gain", "95%", "of the free oracle's", "markets worse", "worst")
    for name, own in {OWN: found[OWN], **found["peers"], **found["oracles"]}.items():
        low, high = own["ci95"]
        shown.add_row(
            name,
            f"{own['capture_guarded']:.3f}",
            f"{low:.3f} to {high:.3f}",
            f"{own['capture_unguarded']:.3f}",
            f"{own['worse_than_plan_pct']:.1f}%",
            f"{own['worst_pct']:+.2f}%",
        )
    console = Console(width=120)
    console.print(shown)
    low, high = found["paired_vs_best_peer_ci95"]
    console.print(
        f"{found['markets']} markets. The guarded oracle gains {found['oracle_gain_pct']:.2f}% over the plan; Trimtab"
        f" captures {low:.3f} to {high:.3f} more of it than the best peer."
    )
    if PYMC not in found["peers"]:
        console.print("pymc-marketing's own optimizer is left out; python -m bench.pymc_marketing plays it, slowly.")
