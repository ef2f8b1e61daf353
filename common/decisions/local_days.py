"""Local days by instant: which day an hour belongs to, and its place among the 23, 24 or 25 hours of that day."""

from datetime import date, datetime
from typing import NamedTuple

from common.domain.calendar import HOUR, TenantCalendar

WHOLE_DAY = tuple(range(24))
"""The local hours of a day on which no clock changes."""


class LocalDay(NamedTuple):
    """One day on the tenant's calendar."""

    day: date
    start: datetime
    end: datetime
    hours: tuple[int, ...]
    """The local hours that the day has, in order; one is missing or twice there where the clocks change."""

    def place(self, instant: datetime) -> int:
        """The place of the hour that an instant of this day lies in."""
        return (instant - self.start) // HOUR


class LocalDays:
    """Finds days by instant; remembers those that were asked for. Made once a track and tick."""

    def __init__(self, calendar: TenantCalendar) -> None:
        self._calendar = calendar
        self._last: LocalDay | None = None
        self._known: dict[date, LocalDay] = {}

    def at(self, instant: datetime) -> LocalDay:
        """The local day in which an instant lies."""
        last = self._last
        if last is not None and last.start <= instant < last.end:
            return last
        self._last = found = self.of(self._calendar.day_of(instant))
        return found

    def of(self, day: date) -> LocalDay:
        """A local day by its date."""
        found = self._known.get(day)
        if found is None:
            start, end = self._calendar.bounds(day)
            found = self._known[day] = LocalDay(day, start, end, self._hours(day, (end - start) // HOUR))
        return found

    def _hours(self, day: date, count: int) -> tuple[int, ...]:
        if count == len(WHOLE_DAY):
            return WHOLE_DAY
        return tuple(self._calendar.local(hour).hour for hour in self._calendar.hours(day))
