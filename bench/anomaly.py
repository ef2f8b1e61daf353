"""How well anomalies are found: Numenta's benchmark beside the published detectors, and tenant-months with trouble.

`--nab DIR` takes any folder laid out like the Numenta Anomaly Benchmark's; `--scenarios DIR` watches the scenarios of a
folder in place of the tenant-months that are made here. One configuration for everything.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from bench import nab_run
from bench.anomaly_incidents import Trouble
from bench.anomaly_markets import KINDS, market
from bench.anomaly_months import Month, Outcome, play
from bench.anomaly_watches import AccountRule, CampaignRule, TrimtabWatch
from sandbox.scenario import load_scenario

OWN, RULE, STRICTER = "trimtab", "account_rule", "campaign_rule"
WATCHES = {OWN: TrimtabWatch, RULE: AccountRule, STRICTER: CampaignRule}
MONTHS = {"quiet": 1000, "runaway": 200, "outage": 100, "counts": 60, "price": 60}
"""Tenant-months of each kind."""
PROCESSES = os.cpu_count() or 2


class Job(NamedTuple):
    """One tenant-month under one watch: made here by kind and number, or read from a file."""

    watch: str
    kind: str
    number: int = 0
    file: Path | None = None


def run(scenarios: Path | None = None, nab: Path | None = None, months: dict[str, int] | None = None) -> dict[str, Any]:
    """Measure both.

    Raises:
        FileNotFoundError: the folder of scenarios has none.
        InvalidInput: a scenario, or the folder of the benchmark, has faults.
    """
    jobs = _made(months or MONTHS) if scenarios is None else _given(scenarios)
    with ProcessPoolExecutor(PROCESSES) as pool:
        played = list(zip(jobs, pool.map(_play, jobs, chunksize=4), strict=True))
    found = {name: [(job, month) for job, month in played if job.watch == name] for name in WATCHES}
    figures = {**nab_run.run(nab), "scenarios": _figures(found)}
    return {"anomaly": figures}


def _made(months: dict[str, int]) -> list[Job]:
    jobs = [Job(OWN, kind, number) for kind in KINDS for number in range(months.get(kind, 0))]
    rivals = [Job(name, "runaway", number) for name in (RULE, STRICTER) for number in range(months.get("runaway", 0))]
    return jobs + rivals


def _given(folder: Path) -> list[Job]:
    files = sorted(folder.glob("*.json"))
    if not files:
        raise FileNotFoundError(f"no scenario (*.json) in {folder}")
    return [Job(name, "given", file=file) for file in files for name in WATCHES]


def _play(job: Job) -> Month:
    scenario = market(job.kind, job.number) if job.file is None else load_scenario(job.file)
    return play(scenario, WATCHES[job.watch], to_the_end=job.kind in ("quiet", "given"))


def _figures(found: dict[str, list[tuple[Job, Month]]]) -> dict[str, Any]:
    own = [month for _, month in found[OWN]]
    quiet = [month for job, month in found[OWN] if job.kind in ("quiet", "given")]
    lost = {name: sum(_lost(month) for _, month in months) for name, months in found.items()}
    return {
        **{trouble.value: _caught(own, trouble) for trouble in Trouble if trouble is not Trouble.PRICE},
        "price_spike": {"paused": sum(month.price_pauses for month in own), "spikes": _count(own, Trouble.PRICE)},
        "loss_ratio": _ratio(lost[OWN], lost[RULE]),
        "loss_ratio_by_campaign": _ratio(lost[OWN], lost[STRICTER]),
        "loss_ratio_unavoidable": _ratio(sum(_unavoidable(month) for month in own), lost[RULE]),
        "false_pauses_per_tenant_month": _a_month(quiet),
        "false_pauses_of_the_rule": _a_month([month for _, month in found[RULE]]),
        "tenant_months": round(sum(month.days for month in quiet) / 30, 1),
        "early": sum(month.early for month in own),
    }


def _caught(months: Sequence[Month], trouble: Trouble) -> dict[str, Any]:
    """Recall over the incidents that the figures came to show, or that were stopped before; minutes from then on."""
    outcomes = [one for month in months for one in month.outcomes if one.incident.trouble is trouble]
    judged = [one for one in outcomes if trouble is Trouble.RUNAWAY or one.shown or one.paused]
    minutes = sorted(one.minutes for one in judged if one.minutes is not None)
    first = sorted(one.minutes_from_first for one in judged if one.minutes_from_first is not None)
    return {
        "recall": round(len(minutes) / len(judged), 4) if judged else None,
        "p95_minutes": _at(minutes, 0.95),
        "p50_minutes_from_first_hour": median(first) if first else None,
        "p95_minutes_from_first_hour": _at(first, 0.95),
        "incidents": len(outcomes),
        "judged": len(judged),
    }


def _at(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def _count(months: Sequence[Month], trouble: Trouble) -> int:
    return sum(one.incident.trouble is trouble for month in months for one in month.outcomes)


def _runaways(month: Month) -> list[Outcome]:
    return [one for one in month.outcomes if one.incident.trouble is Trouble.RUNAWAY]


def _lost(month: Month) -> float:
    return sum(one.lost for one in _runaways(month))


def _unavoidable(month: Month) -> float:
    """Lost before the first hour of it could be seen at all."""
    return sum(one.lost_unseen for one in _runaways(month))


def _ratio(own: float, other: float) -> float | None:
    return round(own / other, 4) if other else None


def _a_month(months: Sequence[Month]) -> float | None:
    days = sum(month.days for month in months)
    return round(30 * sum(len(month.false_pauses) for month in months) / days, 4) if days else None


def table(figures: dict[str, Any]) -> None:
    """Print what was measured."""
    nab_run.table(figures)
    found = figures["anomaly"]["scenarios"]
    shown = Table(title="Incidents: minutes from when the figures show it, and from its first visible hour")
    for column in ("incident", "judged", "recall", "p95 min", "first hour: median", "first hour: p95"):
        shown.add_column(column, justify="left" if column == "incident" else "right")
    for trouble in (one for one in Trouble if one is not Trouble.PRICE):
        one = found[trouble.value]
        cells = (one["judged"], one["recall"], one["p95_minutes"])
        late = (one["p50_minutes_from_first_hour"], one["p95_minutes_from_first_hour"])
        shown.add_row(trouble.value, *("-" if cell is None else f"{cell:g}" for cell in (*cells, *late)))
    Console().print(shown)
    rest = Table(title="Pauses and losses", show_header=False)
    for name, value in found.items():
        if not isinstance(value, dict):
            rest.add_row(name.replace("_", " "), "-" if value is None else f"{value:g}")
    spikes = found["price_spike"]
    rest.add_row("price spikes paused", f"{spikes['paused']} of {spikes['spikes']}")
    Console().print(rest)
