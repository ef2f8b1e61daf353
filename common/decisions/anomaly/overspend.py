"""Does an entity spend what it spends by chance, or does its platform ignore the budget?

Two explanations are weighed hour by hour. By chance an hour takes its share of what the day still wants:
`(budget x D - spent so far) x share of the rest x noise`, with D the day's appetite, which is unknown and follows
yesterday's; this is how pacing sees spend too. Both D and the noise are log-normal with a mean of one, so their
logarithms lie half a variance below zero on average. Or the platform spends `F x budget x share of the day x noise`
whatever was spent already, with F two or more. The odds of the second are those of A. N. Shiryaev (On Optimum Methods
in Quickest Detection Problems, 1963): each hour adds the chance that it began just now, times the hour's likelihood
ratio. Both D and F are grids, so nothing is approximated but their spacing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log, sqrt
from typing import NamedTuple

PRIOR = 3e-4
"""That a platform begins to ignore an entity's budget in a given hour: once in four and a half months."""
_PLACES = 26
_LEAST, _MOST = log(0.35), log(2.4)
"""What a day may want, as logarithms of multiples of the daily budget: where the grid of D lies when a day begins."""
_NARROW = 1.5
"""Steps of the grid to which a belief may narrow before the grid is laid anew around it: toward the end of a day little
is wanted any more, and a small step of D changes it by much."""
_REACH = 4.0
"""Standard deviations of the belief to either side that the new grid covers."""
FACTORS = tuple(2.0 * 3.0 ** (step / 4) for step in range(5))
"""F: two to six times the budget."""
_LOG_FACTORS = tuple(log(factor) for factor in FACTORS)
_BEGINS = PRIOR / len(FACTORS)
MEMORY = 0.5
"""How much of a day's deviation the next day is expected to keep, as pacing has it."""
DOUBT_DAY, DOUBT_HOUR = 1.15, 1.1
"""The learned noise is an estimate, so it is taken a little larger."""
LEAST_DAY_NOISE, LEAST_HOUR_NOISE = 0.15, 0.2
MOST_DAY_NOISE, MOST_HOUR_NOISE = 0.5, 0.8
"""Noise beyond these is no noise: something else was learned from, and nothing could be told apart any more."""
NEW_DAY_NOISE, NEW_HOUR_NOISE = 0.35, 0.8
"""Until an entity's own curve was learned: its hours may be quite other ones than usual."""
_STRAY, _STRAY_WIDTH = 0.01, 2.5
"""One hour in a hundred scatters two and a half times as far: real figures have longer tails than a normal one."""
_LITTLE_WANTED = 0.2
"""Likelihood of an hour that took less than its share: demand may be what limits, and says nothing of the budget."""
_CRUMBS = 0.05
"""Of an hour's share of the budget: what a platform may still spend though the day wants nothing more."""
_TINY = 1e-9
_MOST_ODDS = 1e6
_REDRAWN = 0.02
"""That from an hour on a day wants something else than it seemed to: demand comes back, a campaign is approved."""
_SURPRISED = 0.3
"""Likelihood of an hour from which it is not even asked whether that happened."""
_LOWEST_MEAN, _HIGHEST_MEAN = -0.1, 0.3
"""Of the logarithm of D at the start of a day. A runaway of yesterday is no reason to expect another, and a day that
was short of demand none to expect that of the next: demand comes back at midnight."""


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


class Belief(NamedTuple):
    """What a day may want: a grid over the logarithm of D, and how probable each place on it is."""

    first: float
    step: float
    weights: Sequence[float]

    @property
    def mean(self) -> float:
        """Of the logarithm of D."""
        return sum([(self.first + self.step * place) * weight for place, weight in enumerate(self.weights)])

    def after(self, weighed: "Weighed") -> "Belief":
        """What is believed once an hour was seen; laid on a finer grid once it is narrow."""
        middle, total = weighed.first / weighed.total, weighed.total
        spread = sqrt(max(0.0, weighed.second / total - middle * middle))  # in steps
        if spread >= _NARROW:
            return Belief(self.first, self.step, [weight / total for weight in weighed.weights])
        mean, spread = self.first + self.step * middle, self.step * max(spread, 0.5)
        return believed(mean, spread, mean - _REACH * spread, 2 * _REACH * spread / (_PLACES - 1))


class Weighed(NamedTuple):
    """A belief whose weights were multiplied by how likely an hour's spend was at each place."""

    weights: Sequence[float]
    total: float
    """Their sum: how likely the hour was altogether."""
    first: float
    second: float
    """Their moments, by place: each times its place, and times its square."""


def believed(
    mean: float, spread: float, first: float = _LEAST, step: float = (_MOST - _LEAST) / (_PLACES - 1)
) -> Belief:
    """A normal belief about the logarithm of D, on this grid."""
    weights = [exp(-0.5 * ((first + step * place - mean) / spread) ** 2) for place in range(_PLACES)]
    total = sum(weights)
    return Belief(first, step, [weight / total for weight in weights])


@dataclass(slots=True)
class Suspected:
    """What is remembered of an entity: what its day wants, and the odds that its budget is ignored."""

    spent: float = 0.0
    """In the local day so far."""
    belief: Belief | None = None
    """`None` before its first day."""
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
    mean = 0.0 if suspected.belief is None else suspected.belief.mean
    suspected.belief = _new_day(min(max(MEMORY * mean, _LOWEST_MEAN), _HIGHEST_MEAN), usual)
    suspected.spent = 0.0


def _new_day(mean: float, usual: Usual) -> Belief:
    spread = DOUBT_DAY * min(max(usual.day_noise, LEAST_DAY_NOISE), MOST_DAY_NOISE)
    return believed(mean - 0.5 * spread * spread, spread)


def weigh(suspected: Suspected, hour: HourSeen, usual: Usual) -> None:
    """Take in an hour of the day that has begun; hours come in order.

    An hour in which the entity was off says nothing; one in which it was on and spent nothing speaks against it.
    """
    budget, spend = hour.budget, hour.spend
    if budget <= 0.0 or spend <= _TINY * budget:
        suspected.odds = [0.05 * odds for odds in suspected.odds] if budget > 0.0 else suspected.odds
        suspected.spent += spend
        return
    spread = DOUBT_HOUR * min(max(usual.hour_noise, LEAST_HOUR_NOISE), MOST_HOUR_NOISE)
    suspected.belief, by_chance = _by_chance(suspected, hour, spread, usual)
    share, seen = budget * hour.share_of_day, log(spend)
    beyond, odds = seen - log(share), suspected.odds
    suspected.odds = [
        min(_MOST_ODDS, (odds[place] + _BEGINS) * _likelihood((beyond - factor) / spread) / by_chance)
        for place, factor in enumerate(_LOG_FACTORS)
    ]
    suspected.spent += spend


def _by_chance(suspected: Suspected, hour: HourSeen, spread: float, usual: Usual) -> tuple[Belief, float]:
    """What is then believed of the day if all is well, and how likely the hour was."""
    belief = suspected.belief or _new_day(0.0, usual)
    seen = _weighed(belief, suspected.spent, hour, spread)
    if seen.total >= _SURPRISED:
        return belief.after(seen), seen.total
    anew = _new_day(0.0, usual)
    seen_anew = _weighed(anew, suspected.spent, hour, spread)
    likely = (1.0 - _REDRAWN) * seen.total + _REDRAWN * seen_anew.total
    if _REDRAWN * seen_anew.total > (1.0 - _REDRAWN) * seen.total:
        return anew.after(seen_anew), likely
    return belief.after(seen), likely


def _weighed(belief: Belief, spent: float, hour: HourSeen, spread: float) -> Weighed:
    """Weigh each place of the grid by the likelihood of an hour's spend there.

    Most of a check's time is spent in this loop, so it calls nothing of ours, and leaves out places of no weight.
    """
    budget, share, seen = hour.budget, hour.share_of_rest, log(hour.spend) + 0.5 * spread * spread
    crumbs = _CRUMBS * budget * hour.share_of_day
    most = max(hour.most * budget - spent, crumbs)
    first, step, weights = belief
    cell = _CELL * step
    found = [0.0] * _PLACES
    total = moment = second = 0.0
    day, growth = budget * exp(first - step), exp(step)
    for place, weight in enumerate(weights):
        day *= growth
        if weight < _TINY:
            continue
        rest = day - spent
        wanted = rest * share
        if wanted > most:
            wanted = most
        elif wanted < crumbs:
            wanted = crumbs
        doubt = cell * day
        unsure = spread + (doubt / rest if doubt < rest else 1.0)
        away = (seen - log(wanted)) / unsure
        square = -0.5 * away * away
        likelihood = (_NORMAL * exp(square) + _STRAYED * exp(square * _NARROWER)) * spread / unsure
        if likelihood < _LITTLE_WANTED and away < 0.0:
            likelihood = _LITTLE_WANTED
        found[place] = likely = weight * (likelihood + _TINY)
        total += likely
        moment += place * likely
        second += place * place * likely
    return Weighed(found, total, moment, second)


_CELL = 0.1
"""Of a step of the grid: how far D may lie from its place, in standard deviations of its logarithm."""


_NORMAL, _STRAYED, _NARROWER = 1.0 - _STRAY, _STRAY / _STRAY_WIDTH, _STRAY_WIDTH**-2


def _likelihood(away: float) -> float:
    """Of a deviation counted in standard deviations, up to a constant: normal, but for a few hours that stray."""
    square = -0.5 * away * away
    return _NORMAL * exp(square) + _STRAYED * exp(square * _NARROWER)
