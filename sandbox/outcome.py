"""How a played scenario ended: each channel against its plan, and what was out of the ordinary."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from common.decisions.anomaly.alarms import Alarm
from common.decisions.reason_words import in_words
from common.domain.change import Setting
from common.domain.log_entry import EntryKind, LogEntry
from common.domain.money import from_units
from common.domain.paths import Track
from common.domain.plan import PlanChannel
from common.domain.state import TrackState
from common.use_cases.ledger import LANDED
from common.use_cases.ports import Ports
from common.use_cases.queries import entries, manifest_of, newest_plan, state_of, waiting
from sandbox.reviews import ReviewedTrack
from sandbox.tenancy import PLAN_ID
from sandbox.world import World

OFF_PCT = 1.0
"""From where a channel's error asks for an explanation."""


@dataclass(frozen=True, slots=True)
class ChannelResult:
    """How one channel ended. Amounts in micros.

    `error_pct` is against its allocation: the plan's money for it, less what was moved to others, or more.
    """

    track_id: str
    channel: str
    planned: int
    allocated: int
    spent: int
    error_pct: float
    changes: int
    waiting: int
    note: str
    """Why it was left where it is, where that is off: its most frequent reason of the last day."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something out of the ordinary, as the log has it. `at` is UTC."""

    at: str
    track_id: str
    what: str
    by: str
    why: str
    times: int = 1
    """So often in a row."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """An emergency pause."""

    at: datetime
    track_id: str
    alarm: Alarm


@dataclass(slots=True)
class Played:
    """What happened while a scenario was played."""

    tenant_id: str
    currency: str
    hours: int = 0
    ticks: int = 0
    postponed: int = 0
    """Ticks that met a live lease or a conflict, and came again."""
    approvals: int = 0
    """Requests that were answered."""
    drafts: int = 0
    """Drafts of a next plan version that were answered."""
    checks: int = 0
    """Checks of a track for unusual spend, prices and tracking."""
    reviews: int = 0
    """Deep reviews of a track."""
    reviewed: list[ReviewedTrack] = field(default_factory=list[ReviewedTrack])
    """What they did, by track."""
    stopped: list[Stopped] = field(default_factory=list[Stopped])
    """What was paused in an emergency, oldest first."""
    channels: list[ChannelResult] = field(default_factory=list[ChannelResult])
    happened: list[Happening] = field(default_factory=list[Happening])
    """What was out of the ordinary, oldest first."""


def results(ports: Ports, world: World) -> list[ChannelResult]:
    """How each channel stands now."""
    tenant_id = world.scenario.name
    plan = newest_plan(ports, tenant_id, PLAN_ID)
    asked = waiting(ports, tenant_id)
    pending = Counter((one.track_id, name) for one in asked for name in {each.entity_id for each in one.before})
    rows: list[ChannelResult] = []
    for track in world.scenario.tracks:
        name = Track(tenant_id, track.track_id)
        manifest = manifest_of(ports, name)
        made, state = landed_changes(ports, name), state_of(ports, name)
        for line in plan.slice(track.track_id).channels:
            spent, allocated = _spent(world, track.track_id, line), manifest.allocated(line.channel)
            error = _error_pct(spent, allocated)
            row = ChannelResult(
                track_id=track.track_id,
                channel=line.channel,
                planned=line.budget,
                allocated=allocated,
                spent=spent,
                error_pct=error,
                changes=made.get(line.channel, 0),
                waiting=pending[(track.track_id, line.channel)],
                note=_most_frequent(state, line.channel, plan.currency) if abs(error) > OFF_PCT else "",
            )
            rows.append(row)
    return rows


def _spent(world: World, track_id: str, line: PlanChannel) -> int:
    """A plan that people edited may have lines that the market knows nothing of."""
    entity = f"{track_id}/{line.channel}"
    return from_units(world.market.true_spend(entity)) if entity in world.market.lines else 0


def _error_pct(spent: int, allocated: int) -> float:
    if not allocated:
        return 100.0 if spent else 0.0
    return 100 * (spent - allocated) / allocated


def _most_frequent(state: TrackState | None, entity_id: str, currency: str) -> str:
    """An entity's most frequent reason of the last day, in words; that it is still being learned is none."""
    known = () if state is None else state.reasons
    reasons = [one for one in known if one.entity_id == entity_id and one.reason.code != "still_learning"]
    most = max(reasons, key=lambda one: one.count, default=None)
    return "" if most is None else in_words(most.reason, currency)


def happened(ports: Ports, world: World) -> list[Happening]:
    """What is in the logs beside ordinary corrections: edits by hand, decisions, failures, pauses, plans."""
    found: list[Happening] = []
    scenario = world.scenario
    last_day = world.market.hours.calendar.bounds(scenario.flight.end)[0]
    for track in scenario.tracks:
        log = entries(ports, Track(scenario.name, track.track_id))
        found += _in_rows(_happening(entry) for entry in log if _is_unusual(entry, last_day))
    return sorted(found, key=lambda one: one.at)


def _is_unusual(entry: LogEntry, last_day: datetime) -> bool:
    """Stopping at the allocation is the end of every flight; before its last day it is news."""
    stops = entry.at < last_day and any(change.setting == Setting.STATUS for change in entry.changes)
    return stops or entry.kind not in (EntryKind.APPLIED, EntryKind.GENESIS)


def _happening(entry: LogEntry) -> Happening:
    why = entry.why
    if entry.kind is EntryKind.FAILED:
        codes = dict.fromkeys(change.code for change in entry.changes if change.code)
        why = f"A change could not be made: {', '.join(codes) or entry.why}"
    return Happening(entry.at.isoformat(timespec="minutes"), entry.track_id, entry.kind.value, entry.by, why)


def _in_rows(happenings: Iterable[Happening]) -> Iterator[Happening]:
    """The same thing again and again is told once."""
    for _, row in groupby(happenings, lambda one: (one.what, one.by, one.why)):
        first, *others = row
        yield replace(first, times=1 + len(others))


def landed_changes(ports: Ports, track: Track) -> dict[str, int]:
    """How many settings Trimtab changed, by entity."""
    made = Counter[str]()
    for entry in entries(ports, track):
        if entry.kind is EntryKind.APPLIED:
            made.update(change.entity_id for change in entry.changes if change.outcome in LANDED)
    return dict(made)
