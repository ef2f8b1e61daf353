"""Does an entity spend what it spends by chance, or does its platform ignore the budget?

Two explanations are weighed hour by hour. By chance an hour takes its share of what the day still wants:
`(budget x D - spent so far) x share of the rest x noise`, with D the day's appetite, which is unknown and follows
yesterday's; this is how pacing sees spend too. Or the platform spends `F x budget x share of the day x noise` whatever
was spent already, with F two or more. The odds of the second are those of A. N. Shiryaev (On Optimum Methods in
Quickest Detection Problems, 1963): each hour adds the chance that it began just now, times the hour's likelihood ratio.
Both D and F are grids, so nothing is approximated but their spacing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import NamedTuple

PRIOR = 3e-4
"""That a platform begins to ignore an entity's budget in a given hour: once in four and a half months."""
_PLACES, _LEAST, _MOST = 26, log(0.35), log(2.4)
APPETITES = tuple(_LEAST + (_MOST - _LEAST) * place / (_PLACES - 1) for place in range(_PLACES))
"""Logarithms of D: what a day wants, as a multiple of the daily budget. A coarser grid takes the end of a day, where
little is wanted any more and a small step of D changes it by much, for a runaway."""
FACTORS = tuple(2.0 * 3.0 ** (step / 4) for step in range(5))
"""F: two to six times the budget."""
MEMORY = 0.5
"""How much of a day's deviation the next day is expected to keep, as pacing has it."""
DOUBT_DAY, DOUBT_HOUR = 1.15, 1.1
"""The learned noise is an estimate, so it is taken a little larger."""
LEAST_DAY_NOISE, LEAST_HOUR_NOISE = 0.15, 0.2
NEW_DAY_NOISE, NEW_HOUR_NOISE = 0.35, 0.8
"""Until an entity's own curve was learned: its hours may be quite other ones than usual."""
_STRAY, _STRAY_WIDTH = 0.01, 2.5
"""One hour in a hundred scatters two and a half times as far: real figures have longer tails than a normal one."""
_LITTLE_WANTED = 0.1
"""Likelihood of an hour that took less than its share: demand may be what limits, and says nothing of the budget."""
_CRUMBS = 0.05
"""Of an hour's share of the budget: what a platform may still spend though the day wants nothing more."""
_TINY = 1e-9
_MOST_ODDS = 1e6
_HIGHEST_MEAN = 0.3
"""Of the logarithm of D at the start of a day: a runaway of yesterday is no reason to expect another."""


class Usual(NamedTuple):
    """How an entity usually spends: coefficients of variation of its days and hours."""

    day_noise: float
    hour_noise: float


class HourSeen(NamedTuple):
    """One hour of spend. Money in one unit throughout."""

    spend: float
    budget: float
    """The daily budget that was live; 0 where the entity was off."""
    share_of_day: float
    """Of the local day's usual spend."""
    share_of_rest: float
    """Of what is usually spent from the hour's start to the end of the day."""
    most: float
    """What the platform may spend on a day, as a multiple of the budget."""


@dataclass(slots=True)
class Suspected:
    """What is remembered of an entity: beliefs about its day, and the odds that its budget is ignored."""

    spent: float = 0.0
    """In the local day so far."""
    appetite: Sequence[float] = ()
    """Probability of each of APPETITES."""
    odds: Sequence[float] = field(default=(0.0,) * len(FACTORS))
    """For each of FACTORS, against all being well."""

    @property
    def total(self) -> float:
        """The odds that the budget is ignored."""
        return sum(self.odds)

    @property
    def probability(self) -> float:
        """That the budget is ignored, if that begins as often as PRIOR says."""
        return self.total / (1.0 + self.total)

    @property
    def factor(self) -> float:
        """How many times the budget is then spent; the mean over what is left possible."""
        total = self.total
        if total <= 0.0:
            return FACTORS[0]
        return sum([factor * odds for factor, odds in zip(FACTORS, self.odds, strict=True)]) / total


def begin_day(suspected: Suspected, usual: Usual) -> None:
    """A local day begins: what it wants is expected to lean toward what yesterday wanted."""
    mean = 0.0
    if suspected.appetite:
        mean = sum([at * weight for at, weight in zip(APPETITES, suspected.appetite, strict=True)])
    mean = min(MEMORY * mean, _HIGHEST_MEAN)
    spread = DOUBT_DAY * max(usual.day_noise, LEAST_DAY_NOISE)
    weights = [exp(-0.5 * ((at - mean) / spread) ** 2) for at in APPETITES]
    total = sum(weights)
    suspected.appetite = [weight / total for weight in weights]
    suspected.spent = 0.0


def weigh(suspected: Suspected, hour: HourSeen, usual: Usual) -> None:
    """Take in an hour; hours come in order. Nothing is said by an hour in which the entity was off or spent nothing."""
    budget, spend = hour.budget, hour.spend
    if budget <= 0.0 or spend <= _TINY * budget:
        suspected.odds = [0.05 * odds for odds in suspected.odds] if budget > 0.0 else suspected.odds
        suspected.spent += spend
        return
    spread = DOUBT_HOUR * max(usual.hour_noise, LEAST_HOUR_NOISE)
    chances = _by_chance(suspected, hour, spread)
    by_chance = sum([weight * chance for weight, chance in zip(suspected.appetite, chances, strict=True)])
    share, seen = budget * hour.share_of_day, log(spend)
    suspected.odds = [
        min(_MOST_ODDS, (odds + PRIOR / len(FACTORS)) * _likelihood((seen - log(factor * share)) / spread) / by_chance)
        for factor, odds in zip(FACTORS, suspected.odds, strict=True)
    ]
    suspected.appetite = [
        weight * chance / by_chance for weight, chance in zip(suspected.appetite, chances, strict=True)
    ]
    suspected.spent += spend


def _by_chance(suspected: Suspected, hour: HourSeen, spread: float) -> list[float]:
    """The likelihood of an hour's spend under each appetite of the day."""
    budget, spent, seen = hour.budget, suspected.spent, log(hour.spend)
    crumbs = _CRUMBS * budget * hour.share_of_day
    most = max(hour.most * budget - spent, crumbs)
    found: list[float] = []
    for appetite in _EXP_APPETITES:
        day = budget * appetite
        rest = day - spent
        wanted = min(most, max(rest * hour.share_of_rest, crumbs))
        unsure = spread + min(1.0, _CELL * day / rest if rest > 0.0 else 1.0)
        away = (seen - log(wanted)) / unsure
        likelihood = _likelihood(away) * spread / unsure
        if away < 0.0 and likelihood < _LITTLE_WANTED:
            likelihood = _LITTLE_WANTED
        found.append(likelihood + _TINY)
    return found


_CELL = 0.1 * (APPETITES[1] - APPETITES[0])
"""How far D may lie from its place on the grid, in standard deviations of its logarithm: what is left of a day that
wants little more differs by much between two places."""
_EXP_APPETITES = tuple(exp(at) for at in APPETITES)


def _likelihood(away: float) -> float:
    """Of a deviation counted in standard deviations, up to a constant: normal, but for a few hours that stray."""
    square = -0.5 * away * away
    return (1.0 - _STRAY) * exp(square) + _STRAY / _STRAY_WIDTH * exp(square / _STRAY_WIDTH**2)
