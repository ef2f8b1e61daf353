"""One pacing decision, one whole tick and one check for what is unusual, for a manifest of 50 entities, as ratios to
pydantic's decode of it.

The documents are those that a played flight left behind, trails and all, at the first hour at which a quarter of its
entities needs a change. A decision is timed from the stored documents to the verdicts. A tick is timed on SQLite in
memory from its first read to its last write, the simulated platforms' answers included. A check is timed from the
stored documents to the alarms, at the quarter of an hour in which every entity has a new hour and GA4's report is due.
"""

import gc
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from common.adapters.sqlite import SqliteDocuments
from common.decisions import pacing
from common.decisions.anomaly.seen import Seen
from common.decisions.anomaly.watching import Checked, Watch
from common.decisions.facts import Facts
from common.decisions.guardrails import judge
from common.decisions.observe import spend_since
from common.decisions.spend import spend_of
from common.domain import paths
from common.domain.change import Judgement
from common.domain.figures import DayFigures, DaysReport, FiguresReport, HourFigures
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.spend_report import SpendReport
from common.domain.state import TrackState
from common.domain.tenant import Tenant
from common.domain.tick import Cadence, window_of
from common.ports.ad_platform import ALL, Answer, EntityRef, Live, PartsReport, PlatformChange, SomeSettings
from common.ports.bus import Message
from common.ports.documents import Create, Document
from common.use_cases.calls import refs_of
from common.use_cases.load import load_track
from common.use_cases.pace import Tick, pace
from common.use_cases.ports import Ports
from common.use_cases.reconcile import ON_PLATFORM
from sandbox.play import Player
from sandbox.scenario import parse_scenario
from sandbox.tenancy import PLAN_ID
from sandbox.world import World

ENTITIES = 50
WANTED = range(12, 15)
"""A quarter of the entities: what must need a change at the hour that is measured."""
SETTLED = 24 * 9
"""Hours to play first, so that trails are a week long."""
ROUNDS = 41


class _Nowhere:
    """A bus that keeps nothing: publishing is not what is measured."""

    def publish(self, topic: str, *messages: Message) -> None:
        """Drop them."""


class _Platform:
    """A platform that knows its entities' settings and one spend report by heart: the engine is what is measured."""

    def __init__(self, manifest: Manifest, report: SpendReport) -> None:
        self._report = report
        self._values = {
            name: {setting: entity.value(setting) for setting in ON_PLATFORM}
            for name, entity in manifest.entities.items()
        }

    def live(self, refs: Sequence[EntityRef], *, timeout: float, settings: SomeSettings = ALL) -> Mapping[str, Live]:
        """The settings."""
        return {ref.entity_id: Live(self._values[ref.entity_id]) for ref in refs}

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """Take every change."""
        for change in changes:
            self._values[change.ref.entity_id][change.setting] = change.after
        return (Answer(True),) * len(changes)

    def spend(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> SpendReport:
        """The report."""
        return self._report

    def figures(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> FiguresReport:
        """The report's spend, of which nothing came."""
        hours = {
            name: tuple(HourFigures(row.hour, row.micros, 0.0, 0.0, 0.0) for row in rows)
            for name, rows in self._report.hours.items()
        }
        return FiguresReport(self._report.complete_until, hours)

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayFigures]:
        """Nothing by day: neither a tick nor a check asks for it."""
        return DaysReport(self._report.complete_until)

    def geos(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """Nothing by geo."""
        return {}

    def ads(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """Nothing by ad."""
        return {}


@dataclass(frozen=True)
class _Stopped:
    """A clock that stands still."""

    instant: datetime

    def now(self) -> datetime:
        """Always the same instant."""
        return self.instant


@dataclass(frozen=True)
class Moment:
    """A track just before a tick: its documents, the time, and what its platform reports."""

    track: Track
    now: datetime
    documents: tuple[Document, ...]
    report: SpendReport
    seen: Seen
    """What a check is answered."""

    def ports(self) -> Ports:
        """A fresh store with these documents, and a fresh platform."""
        store = SqliteDocuments()
        store.commit(*(Create(document.path, document.data) for document in self.documents))
        platform = _Platform(Manifest.model_validate(self.documents[0].data), self.report)
        return Ports(store, _Nowhere(), _Stopped(self.now), lambda tenant, name: platform, lambda: "run")


def run(_: Path | None = None) -> dict[str, Any]:
    """Measure; a ratio is a median over rounds in which its sides are timed one after the other."""
    moment, tick, observed = _find()
    manifest_text, watched = (json.dumps(document.data).encode() for document in moment.documents[:2])
    facts = _facts(moment)

    def decode() -> Manifest:
        return Manifest.model_validate_json(manifest_text)

    def decide() -> Sequence[Judgement]:
        seen = replace(facts, manifest=decode(), state=TrackState.model_validate_json(observed))
        seen = replace(seen, spend=spend_of(seen.manifest, seen.state))
        return judge(pacing.decide(seen).proposals, seen)

    def check() -> Checked:
        return Watch(replace(facts, manifest=decode(), state=TrackState.model_validate_json(watched))).check(
            moment.seen
        )

    def whole(ports: Ports) -> Tick:
        return pace(ports, moment.track, window_of(Cadence.PACING, moment.now), "run")

    rounds = [
        (_seconds(decode), _seconds(decide), _seconds(check), _seconds(whole, moment.ports())) for _ in range(ROUNDS)
    ]
    decoding, deciding, checking, ticking = (median(column) for column in zip(*rounds, strict=True))
    return {
        "engine": {
            "decision_ratio": round(median(one[1] / one[0] for one in rounds), 2),
            "anomaly_ratio": round(median(one[2] / one[0] for one in rounds), 2),
            "tick_ratio": round(median(one[3] / one[0] for one in rounds), 2),
            "decision_us": round(deciding * 1e6),
            "anomaly_us": round(checking * 1e6),
            "decode_us": round(decoding * 1e6),
            "tick_us": round(ticking * 1e6),
            "entities": ENTITIES,
            "entities_changed": _changed(tick),
            "manifest_bytes": len(manifest_text),
        }
    }


def table(result: dict[str, Any]) -> None:
    """Print the figures for a person."""
    figures = result["engine"]
    shown = Table(title=f"engine: a track of {figures['entities']} entities, {figures['entities_changed']} to change")
    for name in ("what", "microseconds", "ratio to decode"):
        shown.add_column(name, justify="left" if name == "what" else "right")
    shown.add_row("pydantic's decode of the manifest", str(figures["decode_us"]), "1")
    shown.add_row("decision: decode to verdicts", str(figures["decision_us"]), str(figures["decision_ratio"]))
    shown.add_row("check: decode to alarms", str(figures["anomaly_us"]), str(figures["anomaly_ratio"]))
    shown.add_row("whole tick, SQLite in memory", str(figures["tick_us"]), str(figures["tick_ratio"]))
    Console().print(shown)


def _find() -> tuple[Moment, Tick, bytes]:
    """The first moment at which a quarter of the entities needs a change; its tick, and the state as then observed."""
    world = World(parse_scenario(_scenario()))
    ports = Ports(SqliteDocuments(), _Nowhere(), world, world.platforms, lambda: "play", analytics=world.analytics)
    player = Player(ports, world, lambda approval: None)
    player.begin()
    for hour, _ in enumerate(player.hours()):
        if hour < SETTLED:
            continue
        moment = _moment(player)
        fresh = moment.ports()
        tick = pace(fresh, moment.track, window_of(Cadence.PACING, moment.now), "run")
        if _changed(tick) in WANTED:
            state = fresh.documents.read(moment.track.state)[0]
            assert state is not None
            return moment, tick, json.dumps(state.data).encode()
    raise AssertionError("no hour of the flight has a quarter of the entities to change")


def _moment(player: Player) -> Moment:
    tenant = player.scenario.name
    track = Track(tenant, player.scenario.tracks[0].track_id)
    wanted = (track.manifest, track.state, paths.tenant(tenant), paths.plan(tenant, PLAN_ID, 1))
    found = player.ports.documents.read(*wanted, paths.envelope(tenant, PLAN_ID))
    documents = tuple(document for document in found if document is not None)
    manifest = Manifest.model_validate(documents[0].data)
    state = TrackState.model_validate(documents[1].data)
    now = player.ports.clock.now()
    plan, calendar = player.active_plan(), player.world.market.hours.calendar
    (since,) = spend_since(state, manifest, plan, calendar, now).values()
    report = player.world.platforms(tenant, "meta").spend(refs_of(manifest.entities.values()), since, timeout=1)
    facts = Facts(now, Tenant.model_validate(documents[2].data), plan, manifest, state)
    return Moment(track, now, documents, report, _seen(player.world, facts))


def _seen(world: World, facts: Facts) -> Seen:
    """What the sources answer to a check: something new of every entity, from GA4 too."""
    tenant, wanted, refs = facts.tenant.tenant_id, Watch(facts).wanted, refs_of(facts.manifest.entities.values())
    assert wanted.events is not None
    figures = world.platforms(tenant, "meta").figures(refs, wanted.figures["meta"], timeout=1)
    events = world.analytics(tenant).events(refs, wanted.events, timeout=1)
    realtime = world.analytics(tenant).realtime(timeout=1)
    return Seen(wanted, {"meta": figures}, realtime is not None, realtime, events)


def _facts(moment: Moment) -> Facts:
    loaded = load_track(moment.ports(), moment.track)
    return Facts(moment.now, loaded.tenant, loaded.plan, loaded.manifest.value, loaded.memory)


def _changed(tick: Tick) -> int:
    return len({change.entity_id for change_set in tick.change_sets for change in change_set.changes})


def _seconds(work: Callable[..., object], *given: object) -> float:
    gc.collect()
    gc.disable()
    begun = perf_counter()
    work(*given)
    ended = perf_counter()
    gc.enable()
    return ended - begun


def _scenario() -> dict[str, Any]:
    """One track of fifty campaigns on one platform; sizes, noise and demand differ."""
    return {
        "name": "engine",
        "seed": 50,
        "timezone": "Europe/Madrid",
        "currency": "EUR",
        "vertical": "ecommerce",
        "flight": {"start": "2026-05-04", "end": "2026-06-30"},
        "history_days": 28,
        "master_cap": 1_000_000,
        "guardrails": {},
        "tracks": [{"track_id": "all", "channels": [_channel(number) for number in range(ENTITIES)]}],
    }


def _channel(number: int) -> dict[str, Any]:
    budget = 4_000 + 230 * number
    return {
        "channel": f"campaign-{number:02}",
        "platform": "meta",
        "plan_budget": budget,
        "curve": {"kind": "hill", "top": 40, "half": 300, "shape": 1.0},
        "value_per_conversion": 80,
        "weekday": [1, 1, 1, 1, 1, 1.1, 1.2],
        "hour": None,
        "demand": round(budget / 58 * (1.2 + number % 7 / 2), 2),
        "demand_noise": 0.15,
        "overdelivery": 1.75,
        "noise": 0.12 + number % 5 / 25,
        "hour_noise": 0.3,
        "level_drift": 0,
        "cpc": 0.8,
        "ctr": 0.03,
        "sessions_per_click": 0.8,
        "reporting_delay_hours": 1,
        "native_cap": False,
        "lag_days": {"mean": 2, "max": 14},
        "seen_by": {"ga4": 0.85, "platform": 1.15, "crm": 0.4},
        "ads": 1,
        "geos": 6,
    }
