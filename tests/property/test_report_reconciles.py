"""A report's changelog and vN give what is live, to the micro: over histories in which money moves in every way."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from common.decisions.drift import drift_of, explained
from common.decisions.reporting.changelog import changelog
from common.decisions.reporting.reconciliation import live_from, reconciled
from common.domain.calendar import TenantCalendar
from common.domain.change import Setting
from common.domain.guardrails import Guardrails
from common.domain.log_entry import EntryKind, LogEntry, LoggedChange
from common.domain.manifest import Manifest
from common.domain.plan import PlanChannel, PlanTrack
from common.domain.report import ChangelogDay
from tests.property.reach import holds
from tests.world import NOW, entity, manifest

MADRID = TenantCalendar.of("Europe/Madrid")
CAMPAIGNS = ("search", "social", "retarget")
OUTCOMES = ("applied", "already", "rejected", "external_change")
PEOPLE = ("trimtab", "ana@example.com")


@dataclass(frozen=True)
class Step:
    """An entry of the log: what it was about, and what became of it."""

    kind: EntryKind
    by: str
    hours: int
    targets: tuple[tuple[str, int | None, str], ...]
    """Campaign, its new allocation in micros (`None`: another setting), and the outcome."""
    counts: bool
    """It raises the revision."""


@dataclass(frozen=True)
class History:
    """A plan, what was allocated when it became active, and what followed."""

    plan: tuple[int, int]
    start: tuple[int, int, int]
    steps: tuple[Step, ...]
    activated: bool


money = st.integers(0, 9_000_000_001)
target = st.tuples(st.sampled_from(CAMPAIGNS), st.one_of(money, st.none()), st.sampled_from(OUTCOMES))
step = st.builds(
    Step,
    kind=st.sampled_from((EntryKind.APPLIED, EntryKind.EXTERNAL_CHANGE, EntryKind.PREEMPTED, EntryKind.BLOCKED)),
    by=st.sampled_from(PEOPLE),
    hours=st.integers(0, 40),
    targets=st.lists(target, max_size=3, unique_by=lambda one: one[0]).map(tuple),
    counts=st.booleans(),
)
histories: SearchStrategy[History] = st.builds(
    History,
    plan=st.tuples(money, money),
    start=st.tuples(money, money, money),
    steps=st.lists(step, max_size=12).map(tuple),
    activated=st.booleans(),
)


def told(history: History) -> tuple[Manifest, PlanTrack, LogEntry, list[LogEntry]]:
    """The manifest as it ends, the plan's slice, the entry with which it began, and those after."""
    budgets = dict(zip(("google_search", "meta"), history.plan, strict=True))
    lines = tuple(
        PlanChannel(channel=name, platform="google" if name == "google_search" else "meta", budget=amount)
        for name, amount in budgets.items()
    )
    allocated = dict(zip(CAMPAIGNS, history.start, strict=True))
    if history.activated:  # a version that becomes active puts each channel on its budget
        social = min(allocated["social"], budgets["meta"])
        allocated = {"search": budgets["google_search"], "social": social, "retarget": budgets["meta"] - social}
    live = manifest().but(entities={name: entity(name, 0).but(allocation=allocated[name]) for name in CAMPAIGNS})
    began = _entry(0, EntryKind.PLAN_ACTIVATED if history.activated else EntryKind.GENESIS, NOW, revision=0)
    if not history.activated:
        began = began.but(state=live.live_state())
    entries, at = list[LogEntry](), NOW
    for seq, one in enumerate(history.steps, 1):
        at += timedelta(hours=one.hours)
        changes = tuple(_change(live, *each) for each in one.targets)
        entries.append(_entry(seq, one.kind, at, seq if one.counts else None, one.by, changes))
        for change in changes:
            landed = one.counts and change.outcome in ("applied", "already")
            if landed and change.setting == Setting.ALLOCATION:
                moved = live.entities[change.entity_id].but(allocation=change.after)
                live = live.but(entities={**live.entities, change.entity_id: moved})
    return live, PlanTrack(track_id="north", channels=lines), began, entries


def _entry(
    seq: int,
    kind: EntryKind,
    at: datetime,
    revision: int | None = None,
    by: str = "trimtab",
    changes: tuple[LoggedChange, ...] = (),
) -> LogEntry:
    return LogEntry(
        tenant_id="acme",
        track_id="north",
        seq=seq,
        kind=kind,
        revision=revision,
        at=at,
        by=by,
        plan_version=1,
        changes=changes,
        why="Because.",
        previous="",
    )


def _change(live: Manifest, name: str, allocation: int | None, outcome: str) -> LoggedChange:
    before = live.entities[name]
    if allocation is None:
        return LoggedChange(
            entity_id=name, setting="daily_budget", before=before.daily_budget, after=7, outcome=outcome
        )
    return LoggedChange(
        entity_id=name, setting="allocation", before=before.allocation, after=allocation, outcome=outcome
    )


def days_of(history: History) -> tuple[tuple[ChangelogDay, ...], Manifest, PlanTrack]:
    """The report's changelog, with the manifest and the slice."""
    live, piece, began, entries = told(history)
    drift = explained(drift_of(live, piece, Guardrails()), began, entries, live, piece)
    return changelog(began, entries, drift, live, MADRID), live, piece


def test_the_plan_and_the_changelog_give_what_is_live() -> None:
    def law(history: History) -> bool:
        days, live, piece = days_of(history)
        plan = {line.channel: line.budget for line in piece.channels}
        assert live_from(plan, days) == live.budgets()
        found = reconciled(piece, days, live)
        assert found.holds
        return any(found.moved.values())

    holds(histories, law, examples=1000)


def test_a_move_that_is_left_out_is_found() -> None:
    def law(history: History) -> bool:
        days, live, piece = days_of(history)
        moving = [(day, line) for day in days for line in day.lines if line.moved]
        for day, line in moving:
            rest = tuple(one for one in day.lines if one is not line)
            without = tuple(one.but(lines=rest) if one is day else one for one in days)
            assert reconciled(piece, without, live).differences == line.moved
        return bool(moving)

    holds(histories, law, examples=250)


def test_days_are_local_and_everything_is_newest_first() -> None:
    def law(history: History) -> bool:
        days, _, _ = days_of(history)
        assert [day.day for day in days] == sorted((day.day for day in days), reverse=True)
        for day in days:
            seqs = [line.last_seq for line in day.lines]
            assert seqs == sorted(seqs, reverse=True)
            assert all(MADRID.day_of(line.at) == day.day for line in day.lines)
        return len(days) > 1

    holds(histories, law, examples=250)
