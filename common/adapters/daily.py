"""Platforms that only report whole days of UTC: their days as the tenant's, and as hours.

A day is taken for the tenant's of the same date; where the two do not begin together, what happened near midnight
counts for the neighbour. What was spent when in a day nobody can tell: each of its hours gets an equal part, and none
before the whole day is reported. What may have been spent since is bounded by pacing, as the hours are that any
platform does not report yet. To spread today's figures over the hours so far would not be safe: an hour is counted
once, when it becomes visible, so a day that spends late would be counted too low until the next one.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from common.domain.calendar import HOUR, TenantCalendar
from common.domain.figures import DayFigures, DaysReport, FiguresReport, HourFigures
from common.domain.money import split
from common.domain.spend_report import HourSpend, SpendReport


def complete_until(now: datetime, reported_after: timedelta, calendar: TenantCalendar) -> datetime:
    """The end of the tenant's last day that is over, and its namesake in UTC is so since `reported_after`."""
    start, end = calendar.bounds((now - reported_after).date() - timedelta(days=1))
    return end if end <= now else start


def by_hour(report: DaysReport[DayFigures], since: datetime, calendar: TenantCalendar) -> FiguresReport:
    """Equal parts of the days that are reported whole, from the hour on in which `since` lies."""
    first, until = since - HOUR, report.complete_until
    hours = {
        entity_id: tuple(hour for row in rows for hour in _parts(row, calendar) if first < hour.hour < until)
        for entity_id, rows in report.days.items()
    }
    return FiguresReport(until, hours)


def spend_of(report: FiguresReport) -> SpendReport:
    """Only the money."""
    hours = {
        entity_id: tuple(HourSpend(row.hour, row.micros) for row in rows) for entity_id, rows in report.hours.items()
    }
    return SpendReport(report.complete_until, hours)


def _parts(row: DayFigures, calendar: TenantCalendar) -> Iterator[HourFigures]:
    hours = calendar.hours(row.day)
    count = len(hours)
    for hour, micros in zip(hours, split(row.micros, [1] * count), strict=True):
        yield HourFigures(hour, micros, row.clicks / count, row.impressions / count, row.conversions / count)
