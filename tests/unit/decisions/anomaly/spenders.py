"""Campaigns that spend by chance as pacing sees it, or in spite of their budget; and what is believed of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from random import Random

from common.decisions.anomaly.overspend import HourSeen, Suspected, Usual, begin_day, weigh
from common.decisions.spend_curve import USUAL_HOURS

DEAD_NIGHTS = (*(0.002,) * 6, *(1 / 18,) * 18)
"""Of a campaign that is asleep until six."""
WHOLE_DAY = tuple(range(24))
SPRING = tuple(hour for hour in WHOLE_DAY if hour != 2)
AUTUMN = (0, 1, 2, *range(2, 24))


@dataclass(frozen=True, slots=True)
class Spender:
    """A campaign: its noise, its hours, its budget, and what happens to it."""

    usual: Usual
    weights: Sequence[float] = USUAL_HOURS
    most: float = 2.0
    budget: float = 100.0
    cut: float = 1.0
    """From some hour of each day on only this share of the budget is live."""

    def day(self, rng: Random, appetite: float, hours: Sequence[int] = WHOLE_DAY) -> Iterator[HourSeen]:
        """A day of chance: each hour takes its noisy share of what the day still wants."""
        spent, weights = 0.0, [self.weights[hour] for hour in hours]
        cut_at = rng.randrange(8, 18) if self.cut < 1 else len(hours)
        for place, weight in enumerate(weights):
            budget = self.budget * (self.cut if place >= cut_at else 1.0)
            rest = weight / sum(weights[place:])
            wanted = max(0.0, budget * appetite - spent) * rest * exp(centred(rng, self.usual.hour_noise))
            spend = min(wanted, max(0.0, self.most * budget - spent))
            spent += spend
            yield HourSeen(spend, budget, weight / sum(weights), rest, self.most)

    def runaway(self, rng: Random, hours: Iterable[HourSeen], factor: float) -> Iterator[HourSeen]:
        """The same hours, spent regardless of the budget."""
        for hour in hours:
            noise = exp(rng.gauss(0.0, self.usual.hour_noise))
            yield hour._replace(spend=factor * hour.budget * hour.share_of_day * noise)

    def appetite(self, rng: Random, before: float) -> float:
        """What a day wants: half of what was unusual about the day before, and its own."""
        return exp(0.5 * log(before) + centred(rng, self.usual.day_noise * 0.75**0.5))


def believe(suspected: Suspected, usual: Usual, hours: Iterable[HourSeen]) -> Iterator[Suspected]:
    """Take in a day; yields what is believed after each hour."""
    begin_day(suspected, usual)
    for hour in hours:
        weigh(suspected, hour, usual)
        yield replace(suspected)


def centred(rng: Random, noise: float) -> float:
    """A logarithm whose exponential has a mean of one."""
    return rng.gauss(-0.5 * noise * noise, noise)
