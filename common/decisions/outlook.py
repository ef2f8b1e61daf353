"""Where an entity stands on the way to its next boundary: what is left, for how long, and what a budget will do.

Money is in micros, as floats: only what is written is rounded.
"""

from typing import NamedTuple

from common.decisions.exposure import exposure
from common.decisions.facts import Spent
from common.decisions.horizon import Horizon
from common.decisions.observed import UPPER, Forecast, Observed, expected_spend
from common.decisions.time_left import TimeLeft
from common.domain.manifest import Entity

RESERVE = 2.5
"""Days that the end of the flight is kept free of plans, as a multiple of the noise of days: as much as a weak stretch
leaves behind. The guardrails ration raises, not decreases, so it can be made up for only while there are days."""
MOST_RESERVE = 0.8
"""Of the last day: so much of it at most is kept free."""
HEADROOM = 1.2
"""On the last day the budget asks for more than is left: it can be lowered at any hour, but hardly raised."""
LEAST_OF_PACE = 0.85
"""Short of the last day no day is held down below this share of the pace, however well it delivers: the guardrails let
a budget climb back from its lowest value of a week only so far."""
LEAST_LEVEL = 0.2
"""No budget is set higher to make up for less delivery than this."""
_HALVINGS = 16


class Outlook(NamedTuple):
    """What is known and expected of one entity at one instant."""

    entity: Entity
    budget: int
    """The daily budget that is live."""
    allocation: int
    observed: Observed
    spent: Spent
    forecast: Forecast
    horizon: Horizon
    flight_left: TimeLeft
    days: float
    """Until the boundary, in days like today, over which the money that is left is spread."""
    last_day: bool
    """Today is the last day before the boundary."""

    @property
    def rest(self) -> float:
        """What is probably left to spend until the boundary; negative where it is overspent."""
        return self.horizon.money - self.spent.visible - self.forecast.mean

    @property
    def backstopped(self) -> bool:
        """Whether the platform itself keeps the boundary."""
        total = self.entity.total_budget
        takes = self.entity.delivery.takes_total_budget and self.horizon.final
        return takes and total is not None and total <= self.horizon.money

    def wanted(self) -> float:
        """The daily budget that makes the platform spend today's part of what is left."""
        rest = max(0.0, self.rest)
        if self.last_day:
            return (self.forecast.today + HEADROOM * rest) / max(self.forecast.level, LEAST_LEVEL)
        pace = rest / self.days
        wanted = (self.forecast.today + pace * self.flight_left.today) / max(self.forecast.level, LEAST_LEVEL)
        return max(wanted, LEAST_OF_PACE * pace)

    def moves(self, budget: float) -> float:
        """The money that today's spend changes by at this daily budget."""
        return abs(budget - self.budget) * self.forecast.level * self.flight_left.today

    def overspends(self) -> bool:
        """Whether the money could be overspent before the next check, at the budget that is live."""
        return not self.backstopped and self.most(self.budget) > self.horizon.money

    def most(self, budget: float) -> float:
        """The upper bound of what will have been spent when the next check can act, at this daily budget."""
        ahead, left = self.forecast, self.flight_left
        share = left.check / left.today if left.today > 0 else 0.0
        level = self.observed.level_under(ahead.level, self.budget, budget)
        coming = expected_spend(budget, level, ahead.today, share, self.entity.delivery.overdelivery)
        gain = ahead.gain + (budget * share if coming else 0.0)
        variance = ahead.variance + (self.observed.hour_noise * coming) ** 2 + ahead.spread * gain * gain
        return self.spent.visible + ahead.mean + coming + UPPER * variance**0.5

    def safe(self, budget: float) -> float:
        """The highest daily budget, at most this one, at which `most` stays within the money."""
        if self.backstopped or self.most(budget) <= self.horizon.money:
            return budget
        low, high = 0.0, budget
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if self.most(middle) > self.horizon.money:
                high = middle
            else:
                low = middle
        return low

    def raisable(self) -> float:
        """The highest daily budget whose exposure until the next check stays within the money."""
        exposed = exposure(self.entity, self.spent, self.budget, 0.0)
        per_budget = self.entity.delivery.overdelivery * self.flight_left.check
        if self.backstopped or not per_budget:
            return float("inf")
        return max(0.0, (self.horizon.money - exposed) / per_budget)
