"""How much of today and of the flight is left, in shares of what an entity usually spends in a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from common.decisions.local_days import WHOLE_DAY, LocalDays
from common.domain.calendar import HOUR, Flight, TenantCalendar

CHECK_HOURS = 1.0
"""Hours until the next pacing tick can act."""

FLAT_WEEK = (1.0,) * 7
FLAT_DAY = (1.0,) * 24


class Curve(NamedTuple):
    """When an entity usually spends: weights by weekday (Monday first) and by local hour. Only their ratios count."""

    weekday: Sequence[float] = FLAT_WEEK
    hours: Sequence[float] = FLAT_DAY


class TimeLeft(NamedTuple):
    """Time left as shares of a usual day's spend."""

    check: float
    """Until the next check can act: at most `today`."""
    today: float
    """Until the local day ends, 0 to 1."""
    days: float
    """Until the flight ends, in days like today: each weighs what its weekday weighs, today the share it has left."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One instant on a tenant's calendar: made once a track, asked once an entity."""

    hours: tuple[int, ...]
    """The local hours that today has: 24 of them, or 23 with one missing, or 25 with one twice."""
    passed: float
    """Hours of today that are over."""
    weekday: int
    days_after: int
    """Days of the flight after today."""
    begun: bool
    """Whether the flight has begun; before that its first day counts whole."""
    day_start: datetime

    @staticmethod
    def at(now: datetime, calendar: TenantCalendar, flight: Flight) -> "Clock":
        """The clock of a track whose flight this is."""
        today = LocalDays(calendar).at(now)
        return Clock(
            hours=today.hours,
            passed=(now - today.start) / HOUR,
            weekday=max(today.day, flight.start).weekday(),
            days_after=flight.days_left(today.day) - 1,
            begun=today.day >= flight.start,
            day_start=today.start,
        )

    def left(self, curve: Curve) -> TimeLeft:
        """What is left for an entity that spends along this curve."""
        if self.days_after < 0:
            return TimeLeft(0.0, 0.0, 0.0)
        hours = curve.hours
        weights = hours if self.hours is WHOLE_DAY else [hours[hour] for hour in self.hours]
        total = sum(weights)
        index = int(self.passed)
        part = index + 1 - self.passed
        today = (weights[index] * part + sum(weights[index + 1 :])) / total
        following = weights[index + 1] if index + 1 < len(weights) else 0.0
        check = (weights[index] * part + following * (CHECK_HOURS - part)) / total
        return TimeLeft(check, today, (today if self.begun else 1.0) + self._after(curve.weekday))

    def _after(self, weekday: Sequence[float]) -> float:
        """The days after today, weighted by weekday against today's weight: whole weeks, then the odd days."""
        weeks, odd = divmod(self.days_after, 7)
        weight = weeks * sum(weekday) + sum(weekday[(self.weekday + day) % 7] for day in range(1, odd + 1))
        return weight / weekday[self.weekday]


def curve_of(observed: Any) -> Curve:
    """The curve that pacing has learned for an entity (its part of the track's state); flat where there is none yet."""
    if not observed or "weekday" not in observed:
        return Curve()
    return Curve(observed["weekday"], observed["hours"])
