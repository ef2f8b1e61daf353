"""GA4's hours and days as instants: how late they are reported, and how the property's clock fits the tenant's."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from common.domain.calendar import HOUR, TenantCalendar
from common.domain.performance import GA4_SETTLES

INTRADAY = timedelta(hours=8)
"""The latest that an hour of today is reported: 2 to 8 hours (support.google.com/analytics/answer/11198161)."""
DAILY = timedelta(hours=12)
"""After its end until a whole day is processed (the same page)."""


def hours_until(now: datetime, calendar: TenantCalendar, zone: ZoneInfo) -> datetime:
    """Until when hours are reported. GA4 shows an hour that comes twice as one, so it is there with its second."""
    until = hour_of(now - INTRADAY, calendar)
    return until - HOUR if until.astimezone(zone).fold else until


def days_until(now: datetime, calendar: TenantCalendar) -> datetime:
    """Until when days are reported: within the last whole one, until it is processed."""
    until = hour_of(now - INTRADAY, calendar)
    midnight = calendar.bounds(calendar.day_of(until))[0]
    return until if now >= midnight + DAILY else midnight - HOUR


def settled_until(now: datetime, calendar: TenantCalendar) -> datetime:
    """What happened by then is not restated any more."""
    return hour_of(now - GA4_SETTLES, calendar)


def hours_named(label: str, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The hours (UTC) that GA4 calls `YYYYMMDDHH`: one, or both where clocks go back.

    Raises:
        ValueError: there is no such hour.
    """
    if len(label) != 10 or not label.isdigit():
        raise ValueError(label)
    local = datetime.strptime(label, "%Y%m%d%H")  # noqa: DTZ007 - it gets its zone on the next line
    hours = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    if hours[0].astimezone(zone).replace(tzinfo=None) != local:
        raise ValueError(label)
    return tuple(dict.fromkeys(hours))


def day_named(label: str) -> date:
    """The day that GA4 calls `YYYYMMDD`.

    Raises:
        ValueError: there is no such day.
    """
    if len(label) != 8 or not label.isdigit():
        raise ValueError(label)
    return date(int(label[:4]), int(label[4:6]), int(label[6:]))


def hours_fit(hours: Sequence[datetime], calendar: TenantCalendar) -> bool:
    """Whether the property's hours are the tenant's too: zones may be half an hour apart."""
    return all(calendar.local(hour).minute == 0 for hour in hours)


def days_fit(zone: ZoneInfo, calendar: TenantCalendar, first: date, last: date) -> bool:
    """Whether the property's days from `first` to `last` are the tenant's too, whatever the zones are called."""
    if zone.key == calendar.zone.key:
        return True
    theirs = TenantCalendar.of(zone.key)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return all(theirs.bounds(day) == calendar.bounds(day) for day in days)


def hour_of(instant: datetime, calendar: TenantCalendar) -> datetime:
    """The start of the tenant's hour in which an instant lies."""
    local = calendar.local(instant)
    return instant - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
