"""The hours of a scenario, numbered from the first local midnight of its history.

An hour of the market is an hour of the tenant's clock, wherever that lies in UTC (at half past, in India). They follow
each other without a gap, so a number is an instant; a day has 23, 24 or 25 of them.
"""

from bisect import bisect_right
from datetime import date, datetime, timedelta
from itertools import pairwise

from common.domain.calendar import HOUR, TenantCalendar
from sandbox.scenario import Scenario

_WHOLE_DAY = tuple(range(24))


class Hours:
    """Days and hours from the history's first day until every conversion of the flight has happened and been uploaded.

    `first[d]` is the first hour of day `d`; `first[-1]` the end of the last. Day `flight_day` and hour `flight_start`
    begin the flight, hour `flight_end` is the first one after it.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.calendar = TenantCalendar.of(scenario.timezone)
        flight, self.flight_day = scenario.flight, scenario.history_days
        tail = max(line.lag_days.max for _, _, line in scenario.lines()) + 1
        first_day = flight.start - timedelta(days=scenario.history_days)
        count = scenario.history_days + flight.days + tail
        self.days = tuple(first_day + timedelta(days=offset) for offset in range(count))
        self.start = self.calendar.bounds(first_day)[0]
        self.first = [self.index(self.calendar.bounds(day)[0]) for day in self.days]
        self.first.append(self.index(self.calendar.bounds(self.days[-1])[1]))
        self.local = tuple(hour for first, end in pairwise(self.first) for hour in self._local_hours(first, end))
        self.flight_start = self.first[self.flight_day]
        self.flight_end = self.first[self.flight_day + flight.days]
        self.end = self.first[-1]

    def _local_hours(self, first: int, end: int) -> tuple[int, ...]:
        if end - first == len(_WHOLE_DAY):
            return _WHOLE_DAY
        return tuple(self.calendar.local(self.instant(hour)).hour for hour in range(first, end))

    def index(self, instant: datetime) -> int:
        """The number of the hour in which an instant lies."""
        return (instant - self.start) // HOUR

    def instant(self, hour: int) -> datetime:
        """The UTC start of an hour."""
        return self.start + hour * HOUR

    def day(self, hour: int) -> int:
        """The number of the day in which an hour lies."""
        return bisect_right(self.first, hour) - 1

    def key(self, hour: int) -> tuple[date, int]:
        """What the draws of an hour go by: its date, and its place in the day."""
        day = self.day(hour)
        return self.days[day], hour - self.first[day]

    def day_number(self, day: date) -> int:
        """The number of a date; negative before the history."""
        return (day - self.days[0]).days

    def at_local(self, local: datetime) -> int:
        """The hour that starts at a (naive) local time: a missing one becomes the next, a repeated one its first."""
        return self.index(local.replace(tzinfo=self.calendar.zone).astimezone(self.start.tzinfo))

    def same_hour(self, hour: int, days_later: int) -> int:
        """The same hour of day some days later: a missing one becomes the next, a repeated one its first."""
        if days_later == 0:
            return hour
        day = self.day(hour) + days_later
        first, last = self.first[day], self.first[day + 1]
        wanted = self.local[hour]
        return next((later for later in range(first, last) if self.local[later] >= wanted), last)
