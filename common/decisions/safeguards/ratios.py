"""How a ratio of counts changed, and how sure that is.

Counts are taken as Poisson whose variance is `phi` times their mean. The logarithm of the ratio of two sums is then
about normal with variance phi x (1/a + 1/b), half a count added to each (J. B. S. Haldane, Annals of Human Genetics 20,
1956; F. J. Anscombe, Biometrika 43, 1956), so that nothing counted is no division by zero. `phi` is Pearson's
chi-squared over its degrees of freedom, drawn toward one by as many more, since a month says little of it.
"""

from collections.abc import Iterable, Sequence
from math import exp, log, sqrt
from statistics import NormalDist
from typing import NamedTuple

SURE = 0.95
"""From this probability on something is so."""
LIKELY = 0.5
"""From this one on it may be taken as over."""
ENOUGH = 5.0
"""Counts that must be expected where they are held against what was expected (W. G. Cochran, Biometrics 10, 1954)."""
_PRIOR = 7.0
"""Degrees of freedom that say a variance is its mean."""
_LEAST = 0.5
"""Of phi. Sources that count the same conversions scatter together, but not all of them are the same."""
_NORMAL = NormalDist()


class Change(NamedTuple):
    """A ratio against another one, in logarithms."""

    middle: float
    error: float
    """Standard error."""

    @property
    def times(self) -> float:
        """The likeliest value."""
        return exp(self.middle)

    def over(self, bound: float) -> float:
        """The probability that it is over a bound."""
        return _NORMAL.cdf((self.middle - log(bound)) / self.error)

    def under(self, bound: float) -> float:
        """The probability that it is under a bound; nothing is under zero."""
        return 1 - self.over(bound) if bound > 0 else 0.0


class Daily(NamedTuple):
    """A count, and over how many days."""

    counted: float
    days: int


class Pair(NamedTuple):
    """What was counted above and below the line of a ratio."""

    above: float
    below: float


def change(now: Pair, before: Pair, phi: float) -> Change:
    """How a ratio changed from one pair of sums to another."""
    counts = [one + 0.5 for one in (*now, *before)]
    middle = log(counts[0] * counts[3] / (counts[1] * counts[2]))
    return Change(middle, sqrt(phi * sum(1 / one for one in counts)))


def against_one(pair: Pair, phi: float) -> Change:
    """A ratio by itself."""
    above, below = pair.above + 0.5, pair.below + 0.5
    return Change(log(above / below), sqrt(phi * (1 / above + 1 / below)))


def total(pairs: Iterable[Pair]) -> Pair:
    """Both sums."""
    above = below = 0.0
    for pair in pairs:
        above, below = above + pair.above, below + pair.below
    return Pair(above, below)


def scatter(pairs: Iterable[Pair]) -> float:
    """`phi` of pairs of counts in order, around the ratio of their sums."""
    cells = _cells(list(pairs))
    whole = total(cells)
    if len(cells) < 2 or whole.above <= 0 or whole.below <= 0:
        return 1.0
    ratio = whole.above / whole.below
    squared = sum(
        (one.above - ratio * one.below) ** 2 / (ratio * (one.above + one.below)) for one in cells if sum(one) > 0
    )
    return max(_LEAST, (_PRIOR + squared) / (_PRIOR + len(cells) - 1))


def _cells(pairs: list[Pair]) -> list[Pair]:
    """Neighbours put together until enough is counted of each."""
    cells: list[Pair] = []
    above = below = 0.0
    for pair in pairs:
        above, below = above + pair.above, below + pair.below
        if min(above, below) >= ENOUGH:
            cells.append(Pair(above, below))
            above = below = 0.0
    return cells


def rate_change(now: Daily, before: Daily, phi: float) -> Change:
    """How what is counted a day changed."""
    middle = log((now.counted + 0.5) / now.days) - log((before.counted + 0.5) / before.days)
    return Change(middle, sqrt(phi * (1 / (now.counted + 0.5) + 1 / (before.counted + 0.5))))


def daily_scatter(counts: Sequence[float]) -> float:
    """`phi` of days' counts around their mean, at least one: days differ, whoever counts them."""
    mean = sum(counts) / len(counts)
    if len(counts) < 2 or mean <= 0:
        return 1.0
    squared = sum((one - mean) ** 2 for one in counts) / mean
    return max(1.0, (_PRIOR + squared) / (_PRIOR + len(counts) - 1))
