"""Log entries as lines that a person reads."""

from collections.abc import Iterable
from dataclasses import dataclass

from common.domain.calendar import TenantCalendar
from common.domain.log_entry import EntryKind, LogEntry
from common.web.words import when

_KINDS = {
    EntryKind.GENESIS: "Taken on",
    EntryKind.APPLIED: "Applied",
    EntryKind.EXTERNAL_CHANGE: "Changed by hand",
    EntryKind.PLAN_ACTIVATED: "New plan version",
    EntryKind.PREEMPTED: "Cut short by a pause",
    EntryKind.FAILED: "Failed",
    EntryKind.PENDING: "Asked",
    EntryKind.APPROVED: "Approved",
    EntryKind.REJECTED: "Rejected",
    EntryKind.EXPIRED: "Expired",
    EntryKind.SUPERSEDED: "Superseded",
    EntryKind.BLOCKED: "Blocked",
    EntryKind.SHADOWED: "Tried out only",
    EntryKind.RECOMMENDED: "Recommended for the next plan",
    EntryKind.NOTE: "Noted",
}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry."""

    at: str
    track: str
    kind: str
    by: str
    why: str
    change_set_id: str | None
    plan_version: int


def log_lines(entries: Iterable[LogEntry], calendar: TenantCalendar) -> list[LogLine]:
    """Entries as lines, in the order given."""
    return [
        LogLine(
            at=when(entry.at, calendar),
            track=entry.track_id,
            kind=_KINDS[entry.kind],
            by="Trimtab" if entry.by == "trimtab" else entry.by,
            why=entry.why,
            change_set_id=entry.change_set_id,
            plan_version=entry.plan_version,
        )
        for entry in entries
    ]
