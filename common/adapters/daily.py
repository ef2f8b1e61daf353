"""Platforms that only report whole days of UTC: their days as the tenant's, and their spend by hour.

A day is taken for the tenant's of the same date; where the two do not begin together, what happened near midnight
counts for the neighbour. What was spent when in a day nobody can tell: each of its hours gets an equal part, and none
before the whole day is reported. What may have been spent since is bounded by pacing, as the hours are that any
platform does not report yet. To spread today's spend over the hours so far would not be safe: an hour is counted once,
when it becomes visible, so a day that spends late would be counted too low until the next one.

Only spend is told so, for pacing, which adds hours up. Figures by hour are for who looks at one hour against another:
equal parts would be evidence that nobody has seen, and campaigns were paused for it when that was tried.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from common.domain.calendar import HOUR, TenantCalendar
from common.domain.figures import DayFigures, DaysReport
from common.domain.money import split
from common.domain.spend_report import HourSpend, SpendReport


def complete_until(now: datetime, reported_after: timedelta, calendar: TenantCalendar) -> datetime:
    """The end of the tenant's last day that is over, and its namesake in UTC is so since `reported_after`."""
    start, end = calendar.bounds((now - reported_after).date() - timedelta(days=1))
    return end if end <= now else start


def spend_by_hour(report: DaysReport[DayFigures], since: datetime, calendar: TenantCalendar) -> SpendReport:
    """Equal parts of the days that are reported whole, from the hour on in which `since` lies."""
    first, until = since - HOUR, report.complete_until
    hours = {
        entity_id: tuple(hour for row in rows for hour in _parts(row, calendar) if first < hour.hour < until)
        for entity_id, rows in report.days.items()
    }
    return SpendReport(until, hours)


def _parts(row: DayFigures, calendar: TenantCalendar) -> Iterator[HourSpend]:
    hours = calendar.hours(row.day)
    return (HourSpend(hour, part) for hour, part in zip(hours, split(row.micros, [1] * len(hours)), strict=True))
