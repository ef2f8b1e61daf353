"""A report beside one detail page of the same store, and how well its forecast does.

The report is of a track with 90 days behind it and 2,000 entries in its log, on SQLite in a file, with its objects in a
folder: gathered from the documents, built, drawn and written. Days are recorded before; sources are the sandbox's, and
what it takes to simulate them is not the report's. The page is that of a request that waits, through Flask's client.
"""

import json
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import report_forecast
from bench.pages import DEMO, HOST, KEYS
from common.adapters.local_sign_in import COOKIE, LocalSignIn
from common.bootstrap import build
from common.domain import paths
from common.domain.change import Setting
from common.domain.log_entry import EntryKind, LoggedChange
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.report import ReportIndex
from common.ports.documents import Delete
from common.ports.journal import Silence
from common.settings import Settings
from common.use_cases.ledger import Ledger, Telling
from common.use_cases.load import read_one
from common.use_cases.onboard import onboard
from common.use_cases.pace import pace
from common.use_cases.ports import Ports
from common.use_cases.queries import waiting
from common.use_cases.report import gathered, keep_report, make_report, storage
from functions.approval.app import create_app
from functions.approval.office import Rates
from sandbox.events import BudgetShift
from sandbox.scenario import parse_scenario
from sandbox.shifting import ask_to_shift
from sandbox.tenancy import CLIENT, manifests_of, plan_of, tenant_of
from sandbox.world import World

DAYS, ENTRIES = 90, 2_000
PAGES, REPORTS = 31, 11
"""Rounds of each; the first is not counted."""
TRACK = "shoes"


def run(scenarios: Path | None = None) -> dict[str, Any]:
    """Measure. The ratio is of medians; times are in milliseconds."""
    with TemporaryDirectory() as folder:
        world, ports = _taken_on(folder)
        _live(world, ports)
        page = _page_seconds(ports)
        report, made = _report_seconds(ports)
        size = len(storage(ports).read(made.page))
    return {
        "report": {
            "ratio": round(report / page, 1),
            "report_ms": round(1000 * report, 1),
            "page_ms": round(1000 * page, 2),
            "page_bytes": size,
            "days": DAYS,
            "entries": ENTRIES,
            "forecast": report_forecast.figures(scenarios),
        }
    }


def _taken_on(folder: str) -> tuple[World, Ports]:
    """One track of the demo's shop, without anything that goes wrong, on a flight of a hundred days."""
    shop: dict[str, Any] = json.loads(DEMO.read_text())
    tracks = [one for one in shop["tracks"] if one["track_id"] == TRACK]
    shop |= {"events": [], "tracks": tracks, "flight": {"start": "2026-03-09", "end": "2026-06-16"}}
    scenario = parse_scenario(shop)
    world = World(scenario)
    settings = Settings(store=f"sqlite:{folder}/report.db")
    ports = build(settings, clock=world, platforms=world.platforms, analytics=world.analytics, journal=Silence())
    onboard(ports, tenant_of(scenario), plan_of(scenario), manifests_of(scenario))
    return world, ports


def _live(world: World, ports: Ports) -> None:
    """Ninety days pass, in which settings change and money moves; then a request waits."""
    track = Track(world.scenario.name, TRACK)
    begun = world.now()
    world.market.advance_to(begun + timedelta(days=DAYS))
    names = list(read_one(ports.documents, Manifest, track.manifest).value.entities)
    for number in range(1, ENTRIES):
        held = read_one(ports.documents, Manifest, track.manifest)
        ledger = Ledger(track, held, begun + number * timedelta(days=DAYS) / ENTRIES)
        person = number % 40 == 0
        ledger.land(
            EntryKind.APPLIED,
            Telling(
                by=CLIENT if person else "trimtab",
                why=f"Move {number} EUR: it sells better there.",
                changes=_moves(held.value, names, number) if person else _corrects(held.value, names, number),
            ),
        )
        ledger.commit(ports)
    pace(ports, track, world.now(), ports.new_run())
    ask_to_shift(ports, world.scenario.name, _wish(world))
    make_report(ports, world.scenario.name)


def _wish(world: World) -> BudgetShift:
    """So much money that a person must decide."""
    return BudgetShift(
        kind="budget_shift",
        track_id=TRACK,
        channel="google_search",
        to="meta",
        at=world.now().replace(tzinfo=None),
        amount=900,
        why="People buy there.",
    )


def _corrects(manifest: Manifest, names: list[str], number: int) -> tuple[LoggedChange, ...]:
    name = names[number % len(names)]
    before = manifest.entities[name].daily_budget or 0
    after = before + (1_000_000 if number % 2 else -1_000_000)
    return (LoggedChange(entity_id=name, setting=Setting.DAILY_BUDGET.value, before=before, after=after),)


def _moves(manifest: Manifest, names: list[str], number: int) -> tuple[LoggedChange, ...]:
    micros = (number % 7 + 1) * 1_000_000 * (1 if number % 80 else -1)
    return tuple(
        LoggedChange(
            entity_id=name,
            setting=Setting.ALLOCATION.value,
            before=manifest.entities[name].allocation,
            after=(manifest.entities[name].allocation or 0) + moved,
        )
        for name, moved in zip(names[:2], (-micros, micros), strict=True)
    )


def _page_seconds(ports: Ports) -> float:
    identity = LocalSignIn(KEYS)
    (tenant_id, approval_id) = next((one.tenant_id, one.approval_id) for one in waiting(ports, "demo"))
    client = create_app(ports, identity, KEYS, rates=Rates(pages=10**9)).test_client()
    client.set_cookie(COOKIE, identity.cookie_for(CLIENT), domain="127.0.0.1")
    taken = list[float]()
    for _ in range(PAGES):
        started = perf_counter()
        answer = client.get(f"/t/{tenant_id}/approvals/{approval_id}", base_url=HOST)
        taken.append(perf_counter() - started)
        if answer.status_code != 200:
            raise RuntimeError(f"the page answered {answer.status}")
    return median(taken[1:])


def _report_seconds(ports: Ports) -> tuple[float, ReportIndex]:
    """What a report takes, all of it; each round forgets that it was made before."""
    taken, made = list[float](), make_report(ports, "demo")
    for _ in range(REPORTS):
        ports.documents.commit(Delete(paths.report("demo", made.report_id)))
        started = perf_counter()
        made = keep_report(ports, storage(ports), gathered(ports, "demo", ask=False))
        taken.append(perf_counter() - started)
    return median(taken[1:]), made


def table(result: dict[str, Any]) -> None:
    """Print the result for a person."""
    figures = result["report"]
    shown = Table("what", "ms", "times the page", "at most")
    shown.add_row("the page of a request", f"{figures['page_ms']:,}", "1", "")
    what = f"a report: {figures['days']} days, {figures['entries']:,} entries, {figures['page_bytes']:,} bytes"
    shown.add_row(what, f"{figures['report_ms']:,}", f"{figures['ratio']}", "200")
    Console().print(shown)
    Console().print(report_forecast.sentence(figures["forecast"]))
