"""The log since a plan version became active, in lines for the client: what was done, who decided, what money moved.

Nothing that moved money is left out. What only was asked, and then answered or overtaken, is told by what became of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from common.decisions.drift import moved_by
from common.domain.calendar import TenantCalendar
from common.domain.change import Setting
from common.domain.drift import CauseKind, Drift
from common.domain.log_entry import EntryKind, LogEntry, LoggedChange
from common.domain.manifest import Manifest
from common.domain.report import ChangelogDay, ChangelogLine, HandChange, Step

WEEK = timedelta(days=7)
OWN = "trimtab"
_LANDED = ("applied", "already")
_PACE = (Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET)
_QUIET = (EntryKind.SUPERSEDED, EntryKind.SHADOWED)
"""Kinds after which nothing was decided and nothing is different."""


def changelog(
    began: LogEntry, entries: Sequence[LogEntry], drift: Drift, manifest: Manifest, calendar: TenantCalendar
) -> tuple[ChangelogDay, ...]:
    """The lines by local day, the newest first.

    Args:
        began: the entry with which the plan version became active, or the genesis. Its line moves what was not
            allocated by the plan at that moment.
        entries: those after it, oldest first.
        drift: with its causes.
    """
    moved = {began.seq: _at_start(drift), **{entry.seq: moved_by(entry, manifest) for entry in entries}}
    days = groupby([began, *_told(entries)], lambda entry: calendar.day_of(entry.at))
    told = [ChangelogDay(day=day, lines=_newest_first(_lines(found, moved, manifest))) for day, found in days]
    return tuple(reversed(told))


def _at_start(drift: Drift) -> dict[str, int]:
    starts = ((one.channel, cause) for one in drift.channels for cause in one.causes)
    return {channel: cause.amount for channel, cause in starts if cause.kind is CauseKind.START}


def _told(entries: Sequence[LogEntry]) -> Iterator[LogEntry]:
    """What changed something, and what was decided last about what did not."""
    last = {entry.change_set_id: entry.seq for entry in entries}
    for entry in entries:
        overtaken = entry.change_set_id is not None and last[entry.change_set_id] > entry.seq
        if entry.revision is not None or (entry.kind not in _QUIET and not overtaken):
            yield entry


def _newest_first(lines: Iterable[ChangelogLine]) -> tuple[ChangelogLine, ...]:
    return tuple(sorted(lines, key=lambda line: line.last_seq, reverse=True))


def _lines(
    entries: Iterable[LogEntry], moved: Mapping[int, Mapping[str, int]], manifest: Manifest
) -> Iterator[ChangelogLine]:
    """A day's entries: what is routine in one line, and the same thing again and again in one."""
    alike: dict[tuple[object, ...], list[LogEntry]] = {}
    for entry in entries:
        key = (_routine(entry), entry.kind, entry.by, "" if _routine(entry) else entry.why)
        alike.setdefault(key, []).append(entry)
    for found in alike.values():
        yield _line(found, moved, manifest)


def _line(found: Sequence[LogEntry], moved: Mapping[int, Mapping[str, int]], manifest: Manifest) -> ChangelogLine:
    first, last = found[0], found[-1]
    routine = _routine(last)
    return ChangelogLine(
        at=last.at,
        first_seq=first.seq,
        last_seq=last.seq,
        kind=last.kind,
        routine=routine,
        who=last.by,
        text="Daily budgets corrected, to end the flight on plan." if routine else last.why,
        times=len(found),
        steps=_steps(found, manifest),
        moved=_sum(moved.get(entry.seq, {}) for entry in found),
        change_set_id=last.change_set_id if len(found) == 1 else None,
    )


def _routine(entry: LogEntry) -> bool:
    """Whether it is a correction of pacing: the speed of spending, not what is spent on what."""
    landed = [change.setting for change in entry.changes if change.outcome in _LANDED]
    return (
        entry.kind is EntryKind.APPLIED
        and entry.by == OWN
        and bool(landed)
        and all(setting in _PACE for setting in landed)
    )


def _steps(found: Iterable[LogEntry], manifest: Manifest) -> tuple[Step, ...]:
    """What landed, by entity and setting: from the first value before to the last one after."""
    steps: dict[tuple[str, str], Step] = {}
    for change in (change for entry in found if entry.revision is not None for change in _landed(entry)):
        key = (change.entity_id, change.setting)
        one = Step(
            entity=manifest.called(change.entity_id), setting=change.setting, before=change.before, after=change.after
        )
        known = steps.get(key)
        steps[key] = one if known is None else known.but(after=change.after, times=known.times + 1)
    return tuple(steps.values())


def _landed(entry: LogEntry) -> Iterator[LoggedChange]:
    return (one for one in entry.changes if one.outcome in _LANDED and one.before != one.after)


def _sum(moves: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """By channel; one that was moved and moved back is absent."""
    total: dict[str, int] = {}
    for move in moves:
        for channel, amount in move.items():
            total[channel] = total.get(channel, 0) + amount
    return {channel: amount for channel, amount in total.items() if amount}


def changes_since(days: Iterable[ChangelogDay], since: datetime) -> int:
    """How many things changed the live state since then, beside routine corrections and what the plan brought."""
    lines = (line for day in days for line in day.lines if line.at >= since and not line.routine)
    kinds = (EntryKind.APPLIED, EntryKind.EXTERNAL_CHANGE, EntryKind.PREEMPTED)
    return sum(line.times for line in lines if line.kind in kinds)


def by_hand(entries: Iterable[LogEntry], manifest: Manifest) -> tuple[HandChange, ...]:
    """What was changed on the platforms beside Trimtab, the newest first."""
    found = [
        HandChange(
            at=entry.at,
            who=entry.by,
            seq=entry.seq,
            entity=manifest.called(change.entity_id),
            setting=change.setting,
            before=change.before,
            after=change.after,
        )
        for entry in entries
        if entry.kind is EntryKind.EXTERNAL_CHANGE
        for change in _landed(entry)
    ]
    return tuple(reversed(found))
