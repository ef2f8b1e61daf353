"""The plan's budget over the days of its flight: what should have been spent by the end of each."""

from datetime import date, timedelta
from itertools import accumulate

from common.domain.calendar import Flight
from common.domain.plan import PlanChannel, PlanTrack


def days_of(flight: Flight) -> list[date]:
    """Every day of a flight, in order."""
    return [flight.start + timedelta(days=number) for number in range(flight.days)]


def planned_by_day(piece: PlanTrack, flight: Flight) -> list[int]:
    """Micros that a track's plan has spent by the end of each day of the flight; the last is its budget.

    A line's budget is even over the flight, or over each of its periods where it has some.
    """
    lines = [_line(line, flight) for line in piece.channels]
    return [sum(column) for column in zip(*lines, strict=True)]


def _line(line: PlanChannel, flight: Flight) -> list[int]:
    if not line.periods:
        return _even(line.budget, flight.days)
    done = accumulate((one.budget for one in line.periods), initial=0)
    parts: list[int] = []
    for period, before in zip(line.periods, done, strict=False):
        parts += [before + spent for spent in _even(period.budget, (period.end - period.start).days + 1)]
    return parts


def _even(budget: int, days: int) -> list[int]:
    return [budget * passed // days for passed in range(1, days + 1)]
