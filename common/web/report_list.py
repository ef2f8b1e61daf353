"""A tenant's reports as lines of a list."""

from collections.abc import Iterable
from dataclasses import dataclass

from common.domain.calendar import TenantCalendar
from common.domain.report import ReportIndex
from common.web.words import when


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report."""

    report_id: str
    day: str
    said: str
    at: str


def report_rows(found: Iterable[ReportIndex], calendar: TenantCalendar) -> list[ReportRow]:
    """Reports as lines, in the order given."""
    return [
        ReportRow(
            one.report_id, f"{one.day:%a} {one.day.day} {one.day:%b %Y}", one.sentence, when(one.made_at, calendar)
        )
        for one in found
    ]
