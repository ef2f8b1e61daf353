"""Which turns of a track nobody took. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from common.domain.calendar import TenantCalendar
from common.domain.tenant import EVERY_DAY, Tenant
from common.domain.tick import Cadence, window_of

LATE = timedelta(hours=3)
"""How long ago a turn must have been for its work to count as missed: redeliveries take their time."""
_SHORT = (Cadence.PACING, Cadence.ANOMALY_PAUSE)
_DAILY = (Cadence.DEEP_REVIEW, Cadence.DRIFT)
WATCHED = (*_SHORT, *_DAILY)
"""Cadences whose last window a track's state knows."""


def missed(
    tenant: Tenant, windows: Mapping[str, datetime], taken_on: datetime, now: datetime
) -> dict[Cadence, datetime]:
    """The cadences that are behind, each with the last window that was done.

    Args:
        windows: by cadence, as a track's state has them.
        taken_on: when the track was; it counts as the last window of cadences that never had one.
    """
    before = now - LATE
    expected = {cadence: window_of(cadence, before - cadence.every) for cadence in _SHORT}
    expected |= {cadence: _last_day(tenant, cadence, before) for cadence in _DAILY}
    done = {cadence: windows.get(cadence.value, taken_on) for cadence in expected}
    return {cadence: done[cadence] for cadence in expected if done[cadence] < expected[cadence]}


def _last_day(tenant: Tenant, cadence: Cadence, before: datetime) -> datetime:
    """The window of the tenant's last turn before this: the first instant of its day."""
    calendar, hours = TenantCalendar.of(tenant.time_zone), tenant.cadences
    review = cadence is Cadence.DEEP_REVIEW
    hour, weekdays = (hours.review_hour, hours.review_weekdays) if review else (hours.sweep_hour, EVERY_DAY)
    today = calendar.day_of(before)
    for day in (today - timedelta(days=back) for back in range(8)):
        if day.weekday() in weekdays and calendar.turn(day, hour, cadence.minute_of(tenant.slot or 0)) <= before:
            return calendar.bounds(day)[0]
    return datetime.min.replace(tzinfo=before.tzinfo)
