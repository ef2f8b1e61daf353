"""A week in which much goes wrong, played through the whole loop on SQLite in memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from common.adapters.memory_bus import MemoryBus
from common.adapters.sqlite import SqliteDocuments
from common.domain.approval import Approval
from common.domain.change import Setting, Value
from common.domain.change_set import ChangeSet
from common.domain.log_entry import LogEntry
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.plan_draft import PlanDraft
from common.ports.documents import Documents, Query
from common.use_cases.calls import refs_of
from common.use_cases.load import decode
from common.use_cases.pace import Tick
from common.use_cases.ports import Ports
from common.use_cases.queries import entries, every, manifest_of
from common.use_cases.reconcile import ON_PLATFORM, by_platform
from sandbox.answering import Person
from sandbox.play import Player
from sandbox.scenario import parse_scenario
from sandbox.world import World
from tests.unit.sandbox.scenarios import channel_file, scenario_file

TENANT = "june"
STEADY = {"shift_max_pct": 0}
"""Guardrails under which allocations stay where the plan and people put them."""


def calm_week(**changes: Any) -> dict[str, Any]:
    """Two tracks on three platforms, and nothing out of the ordinary. The review moves no money by itself."""
    brand = [
        _line("search", "google_ads", 2800),
        _line("shopping", "google_ads", 1400),
        _line("video", "google_ads", 700),
        _line("social", "meta", 1400, reporting_delay_hours=1, overdelivery=1.75),
    ]
    local = [_line("search", "google_ads", 1050), _line("native", "taboola", 700, native_cap=True)]
    tracks = [{"track_id": "brand", "channels": brand}, {"track_id": "local", "channels": local}]
    return scenario_file(tracks=tracks, **{"guardrails": STEADY, **changes})


def troubled_week() -> dict[str, Any]:
    """The same with an edit by hand, a runaway, and a platform that fails in every way just when much is to be written.

    Plan revisions bring the writes, and none has to wait: what is tested is what becomes of them, not when they come.
    """
    edit = {"kind": "external_edit", "channel": "search", "track_id": "brand", "daily_budget": 250}
    runaway = {"kind": "spend_runaway", "channel": "social", "factor": 4.0}
    events = [
        _failing("rate_limit", "2026-06-01T08:00", "2026-06-01T14:00"),
        _revision("brand", "2026-06-01T09:00", search=3000, shopping=1600, video=900),
        {**edit, "at": "2026-06-02T10:00"},
        _failing("partial", "2026-06-03T08:00", "2026-06-03T20:00"),
        _revision("brand", "2026-06-03T09:00", search=3500, shopping=1900, video=1100),
        _failing("timeout_after_apply", "2026-06-04T08:00", "2026-06-04T20:00"),
        _revision("local", "2026-06-04T09:00", search=1200),
        _failing("unavailable", "2026-06-05T06:00", "2026-06-05T14:00"),
        {**runaway, "at": "2026-06-06T11:00", "until": "2026-06-06T20:00"},
    ]
    rails = {**STEADY, "external_change_policy": "ask", "cooldown_hours": 0, "budget_writes_per_day": 1000}
    return calm_week(events=events, guardrails=rails)


def _revision(track_id: str, at: str, **budgets: float) -> dict[str, Any]:
    return {"kind": "plan_revision", "track_id": track_id, "at": at, "channels": budgets}


def _line(channel: str, platform: str, budget: float, **changes: Any) -> dict[str, Any]:
    rest = {"native_cap": False, "demand": 1.6 * budget / 7, **changes}
    return channel_file(channel=channel, platform=platform, plan_budget=budget, **rest)


def _failing(mode: str, at: str, until: str) -> dict[str, Any]:
    return {"kind": "platform_error", "platform": "google_ads", "at": at, "until": until, "mode": mode}


def agree(_: Approval | PlanDraft) -> bool:
    """Says yes to everything."""
    return True


@dataclass(frozen=True, slots=True)
class Week:
    """A scenario that is being played, or was."""

    player: Player
    ticks: list[Tick]

    @property
    def ports(self) -> Ports:
        """The ports that it is played on."""
        return self.player.ports

    @property
    def tracks(self) -> list[Track]:
        """Its tracks."""
        return [Track(TENANT, track.track_id) for track in self.player.scenario.tracks]

    def to_the_end(self) -> "Week":
        """Play what is left of the flight."""
        for ticks in self.player.hours():
            self.ticks.extend(ticks)
        return self

    def manifests(self) -> Iterator[Manifest]:
        """Each track's manifest."""
        return (manifest_of(self.ports, track) for track in self.tracks)

    def log(self) -> list[LogEntry]:
        """Every track's log."""
        return [entry for track in self.tracks for entry in entries(self.ports, track)]

    def change_sets(self) -> list[ChangeSet]:
        """Every change set that was made."""
        found = every(self.ports, Query(f"tenants/{TENANT}/change_sets"))
        return [decode(ChangeSet, document) for document in found]

    def live(self, manifest: Manifest) -> dict[str, Mapping[Setting, Value]]:
        """What the platforms show of a track's entities."""
        shown: dict[str, Mapping[Setting, Value]] = {}
        for platform, entities in by_platform(manifest).items():
            found = self.ports.platforms(TENANT, platform).live(refs_of(entities), timeout=30)
            shown |= {
                entity_id: {one: live.values[one] for one in ON_PLATFORM if one in live.values}
                for entity_id, live in found.items()
            }
        return shown


def begun(scenario: dict[str, Any], person: Person = agree, documents: Documents | None = None) -> Week:
    """The scenario at the flight's first hour."""
    world = World(parse_scenario(scenario))
    runs = iter(range(1_000_000))
    ports = Ports(
        documents=documents or SqliteDocuments(),
        bus=MemoryBus(world),
        clock=world,
        platforms=world.platforms,
        analytics=world.analytics,
        crm=world.crm,
        new_run=lambda: f"run-{next(runs)}",
    )
    player = Player(ports, world, person)
    player.begin()
    return Week(player, [])
