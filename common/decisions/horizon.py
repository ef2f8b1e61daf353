"""Up to when an entity may spend how much: the end of the flight, or of the period of the plan that it is in."""

from datetime import date
from typing import NamedTuple

from common.domain.calendar import Flight
from common.domain.plan import PlanChannel


class Horizon(NamedTuple):
    """The next boundary."""

    end: date
    """The last day before it."""
    money: int
    """Micros that may be spent from the start of the flight until then."""
    final: bool
    """It is the end of the flight."""


def horizon(allocation: int, line: PlanChannel | None, flight: Flight, today: date) -> Horizon:
    """The boundary that comes next, and the share of the allocation up to it.

    Periods bound the spend up to their end: what a period leaves unspent stays available, nothing is spent ahead. What
    is allocated above or below the plan's line falls into the periods that are not over, as they divide what is left.
    """
    if line is not None:
        before = 0
        for period in line.periods[:-1]:
            if today <= period.end:
                left = line.budget - before
                above = (allocation - line.budget) * period.budget // left if left else 0
                return Horizon(period.end, before + period.budget + above, final=False)
            before += period.budget
    return Horizon(flight.end, allocation, final=True)
