"""Play a scenario from the first hour of its flight to the last, on real documents, and tell how it ended."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar

from common.decisions.anomaly.alarms import Alarm
from common.decisions.reason_words import in_words
from common.domain.approval import Approval
from common.domain.calendar import QUARTER_HOUR
from common.domain.change import Setting
from common.domain.errors import Busy, Refused, Unavailable
from common.domain.log_entry import EntryKind, LogEntry
from common.domain.money import from_units
from common.domain.paths import Track
from common.domain.plan import MediaPlan
from common.domain.state import TrackState
from common.domain.tick import Cadence, window_of
from common.ports.documents import Conflict
from common.use_cases.activate_plan import activate_plan
from common.use_cases.approvals import reject
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.housekeeping import sweep
from common.use_cases.ledger import LANDED
from common.use_cases.onboard import onboard
from common.use_cases.pace import Tick, pace
from common.use_cases.ports import Ports
from common.use_cases.queries import entries, manifest_of, newest_plan, state_of, waiting
from common.use_cases.watch import watch
from sandbox.events import PlanRevision
from sandbox.tenancy import CLIENT, PEOPLE, PLAN_ID, manifests_of, plan_of, revised, tenant_of
from sandbox.world import World

OFF_PLAN_PCT = 1.0
"""From where a channel's error asks for an explanation."""

LOOKS_AFTER = timedelta(hours=8)
"""Until a person has looked at what was paused and had it mended, and is ready to turn it on again."""
QUARTERS = 4
"""Quarters of an hour."""

R = TypeVar("R")

Person = Callable[[Approval], bool | str | None]
"""Answers an approval: `True` for yes, a sentence for no, `None` to leave it waiting."""


@dataclass(frozen=True, slots=True)
class ChannelResult:
    """How one channel ended. Amounts in micros, `error_pct` against the plan then in force."""

    track_id: str
    channel: str
    planned: int
    allocated: int
    spent: int
    error_pct: float
    changes: int
    waiting: int
    note: str
    """Why it was left where it is, where that is off the plan: its most frequent reason of the last day."""


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
    checks: int = 0
    """Checks of a track for unusual spend, prices and tracking."""
    stopped: list[Stopped] = field(default_factory=list[Stopped])
    """What was paused in an emergency, oldest first."""
    channels: list[ChannelResult] = field(default_factory=list[ChannelResult])
    happened: list[Happening] = field(default_factory=list[Happening])
    """What was out of the ordinary, oldest first."""


class Player:
    """Plays one scenario. `hours()` goes one hour a step, so that a caller can show progress, or stop in between."""

    def __init__(self, ports: Ports, world: World, person: Person) -> None:
        self.ports, self.world, self.person = ports, world, person
        self.scenario = world.scenario
        self.played = Played(self.scenario.name, self.scenario.currency)
        self._revisions = sorted(
            (event for event in self.scenario.events if isinstance(event, PlanRevision)), key=lambda event: event.at
        )

    def begin(self) -> None:
        """Take the tenant on.

        Raises:
            Conflict: the store knows the tenant already.
        """
        onboard(self.ports, tenant_of(self.scenario), plan_of(self.scenario), manifests_of(self.scenario))

    @property
    def total_hours(self) -> int:
        """Hours that the flight has."""
        hours = self.world.market.hours
        return hours.flight_end - hours.flight_start

    def hours(self) -> Iterator[tuple[Tick, ...]]:
        """Play hour after hour; yields each hour's ticks."""
        while not self.world.over:
            yield self.hour()
        self.played.channels = self.results()
        self.played.happened = self.happened()

    def hour(self) -> tuple[Tick, ...]:
        """Everything that happens in one hour: a plan's revision, pacing, answers, sweeping, and four checks."""
        self.revise()
        ticks = self._each_track(Cadence.PACING, pace)
        self._check()
        self._answer()
        sweep(self.ports, self.scenario.name, run=self.ports.new_run())
        self.played.ticks += len(ticks)
        for _ in range(QUARTERS - 1):
            self.go_on()
            self._check()
        self.go_on()
        return ticks

    def _check(self) -> None:
        checks = self._each_track(Cadence.ANOMALY_PAUSE, watch)
        self.played.checks += len(checks)
        now = self.ports.clock.now()
        self.played.stopped += [Stopped(now, one.track.track_id, alarm) for one in checks for alarm in one.paused]

    def _each_track(self, cadence: Cadence, work: Callable[[Ports, Track, datetime, str], R]) -> tuple[R, ...]:
        """Run a cadence's work on every track; what meets a live lease or a conflict comes again at its next tick."""
        window, done = window_of(cadence, self.ports.clock.now()), list[R]()
        for track in self.scenario.tracks:
            try:
                done.append(work(self.ports, Track(self.scenario.name, track.track_id), window, self.ports.new_run()))
            except (Busy, Conflict, Unavailable):
                self.played.postponed += 1
        return tuple(done)

    def go_on(self) -> None:
        """Let the market's next quarter of an hour begin."""
        self.world.market.advance(QUARTER_HOUR)
        self.played.hours = self.world.market.hour - self.world.market.hours.flight_start

    def revise(self) -> None:
        """Activate the plan versions that the client approved by now."""
        hours, now = self.world.market.hours, self.ports.clock.now()
        while self._revisions and hours.instant(hours.at_local(self._revisions[0].at)) <= now:
            plan = self.active_plan()
            try:
                activate_plan(
                    self.ports, revised(self.scenario, plan, self._revisions[0], now), run=self.ports.new_run()
                )
            except (Busy, Conflict, Unavailable):
                return
            self._revisions.pop(0)

    def _answer(self) -> None:
        """Let the person decide what waits."""
        for approval in waiting(self.ports, self.scenario.name):
            if approval.resumes and self.ports.clock.now() - approval.created_at < LOOKS_AFTER:
                continue
            answer = self.person(approval)
            if answer is None:
                continue
            try:
                if isinstance(answer, str):
                    seen = approval.payload_digest
                    reject(self.ports, approval.tenant_id, approval.approval_id, by=CLIENT, seen=seen, reason=answer)
                else:
                    self._say_yes(approval)
            except (Refused, Conflict):
                continue  # stale by now: it expires, or a newer proposal supersedes it
            self.played.approvals += 1

    def _say_yes(self, approval: Approval) -> None:
        """As many people as it needs, but for those who said yes before."""
        already = {decision.by for decision in approval.decisions}
        asked = [person for person in PEOPLE if person not in already]
        named, seen = (approval.tenant_id, approval.approval_id), approval.payload_digest
        for person in asked[: approval.people_needed - len(already)]:
            approve_and_apply(self.ports, *named, by=person, seen=seen)

    def active_plan(self) -> MediaPlan:
        """The newest version of the plan."""
        return newest_plan(self.ports, self.scenario.name, PLAN_ID)

    def happened(self) -> list[Happening]:
        """What is in the logs beside ordinary corrections: edits by hand, decisions, failures, pauses, plans."""
        found: list[Happening] = []
        last_day = self.world.market.hours.calendar.bounds(self.scenario.flight.end)[0]
        for track in self.scenario.tracks:
            log = entries(self.ports, Track(self.scenario.name, track.track_id))
            found += _in_rows(_happening(entry) for entry in log if _is_unusual(entry, last_day))
        return sorted(found, key=lambda one: one.at)

    def results(self) -> list[ChannelResult]:
        """How each channel stands now."""
        plan = self.active_plan()
        asked = waiting(self.ports, self.scenario.name)
        pending = Counter((one.track_id, name) for one in asked for name in {each.entity_id for each in one.before})
        rows: list[ChannelResult] = []
        for track in self.scenario.tracks:
            name = Track(self.scenario.name, track.track_id)
            manifest = manifest_of(self.ports, name)
            made, state = landed_changes(self.ports, name), state_of(self.ports, name)
            for line in plan.slice(track.track_id).channels:
                spent = from_units(self.world.market.true_spend(f"{track.track_id}/{line.channel}"))
                error = 100 * (spent - line.budget) / line.budget
                row = ChannelResult(
                    track_id=track.track_id,
                    channel=line.channel,
                    planned=line.budget,
                    allocated=manifest.allocated(line.channel),
                    spent=spent,
                    error_pct=error,
                    changes=made.get(line.channel, 0),
                    waiting=pending[(track.track_id, line.channel)],
                    note=self._most_frequent(state, line.channel) if abs(error) > OFF_PLAN_PCT else "",
                )
                rows.append(row)
        return rows

    def _most_frequent(self, state: TrackState | None, entity_id: str) -> str:
        """An entity's most frequent reason of the last day, in words; that it is still being learned is none."""
        known = () if state is None else state.reasons
        reasons = [one for one in known if one.entity_id == entity_id and one.reason.code != "still_learning"]
        most = max(reasons, key=lambda one: one.count, default=None)
        return "" if most is None else in_words(most.reason, self.scenario.currency)


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
