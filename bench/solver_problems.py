"""Random problems of dividing a total over bounded channels, and how right an answer to one is."""

from collections.abc import Sequence
from math import fsum
from random import Random
from typing import NamedTuple

from common.decisions.review.solver import Allocation, Bounds, Curve

STRAIGHT = 0.1
"""The share of channels whose marginal does not fall."""


class Problem(NamedTuple):
    """What a solver is given."""

    curves: list[Curve]
    total: float
    bounds: list[Bounds]

    def value(self, spends: Sequence[float]) -> float:
        """What a split brings."""
        return fsum(curve.value(spend) for curve, spend in zip(self.curves, spends, strict=True))

    def bounded(self, spends: Sequence[float]) -> list[float]:
        """A split without what breaks a bound."""
        return [min(max(spend, low), high) for spend, (low, high) in zip(spends, self.bounds, strict=True)]

    def missed(self, spends: Sequence[float]) -> float:
        """By how much a split misses the total, as a share of it."""
        return abs(fsum(spends) - self.total) / self.total

    def residual(self, found: Allocation) -> float:
        """By how much an answer misses the conditions of Karush, Kuhn and Tucker.

        Marginals miss by a share of the multiplier; spends that break a bound or the total by a share of the total.
        """
        worst = self.missed(found.spends)
        for curve, spend, (low, high) in zip(self.curves, found.spends, self.bounds, strict=True):
            over = curve.marginal(spend) / found.multiplier - 1
            beyond = max(low - spend, spend - high, 0.0) / self.total
            worst = max(worst, beyond, over if spend < high else 0.0, -over if spend > low else 0.0)
        return worst


def problem(number: int, channels: int | None = None) -> Problem:
    """The problem of that number, always the same: of 2 to 12 channels where it is not said of how many.

    Marginals and sizes differ by up to a factor of 100. Half the channels may be left without a spend; of the others,
    up to half of their size must be spent.
    """
    chance = Random(number)
    count = channels or chance.randint(2, 12)
    curves = [_curve(chance) for _ in range(count)]
    lows = [chance.choice((0.0, chance.uniform(0, 0.5) * curve.h)) for curve in curves]
    bounds = [(low, low + 10 ** chance.uniform(-1, 1) * curve.h) for low, curve in zip(lows, curves, strict=True)]
    least, most = fsum(low for low, _ in bounds), fsum(high for _, high in bounds)
    return Problem(curves, least + chance.uniform(0.02, 0.98) * (most - least), bounds)


def _curve(chance: Random) -> Curve:
    steepness = 0.0 if chance.random() < STRAIGHT else chance.choice((1.0, 2.0, chance.uniform(0.3, 3)))
    return Curve(10 ** chance.uniform(-1, 1), 10 ** chance.uniform(1, 3), steepness)
