"""Where the market's chance comes from: draws keyed by what they are for, so that no policy can change them.

A draw is a function of (seed, track, channel, day, hour, purpose) alone. Each key opens its own stream of SHAKE-128
output, read as uniform numbers; a longer read of a stream starts with the shorter one. In expected mode nothing is
drawn: factors are one, shares equal, counts their means.
"""

from collections.abc import Sequence
from hashlib import shake_128
from math import exp, log, log1p, sqrt
from statistics import NormalDist
from struct import unpack

_NORMAL = NormalDist().inv_cdf
_SCALE = 2.0**-53


class Draws:
    """The streams of one scope, such as a channel under a seed."""

    def __init__(self, *scope: object, expected: bool = False) -> None:
        self.expected = expected
        self._scope = "|".join(map(str, scope))

    def uniforms(self, count: int, *key: object) -> list[float]:
        """The first `count` numbers of a stream, each strictly between 0 and 1."""
        name = "|".join((self._scope, *map(str, key)))
        words = unpack(f"<{count}Q", shake_128(name.encode()).digest(8 * count))
        return [((word >> 11) + 0.5) * _SCALE for word in words]

    def normals(self, count: int, *key: object) -> list[float]:
        """The first `count` standard normal numbers of a stream."""
        return [_NORMAL(uniform) for uniform in self.uniforms(count, *key)]

    def factors(self, count: int, spread: "LogNormal", *key: object) -> list[float]:
        """Log-normal numbers."""
        if self.expected:
            return [1.0] * count
        return [spread.at(normal) for normal in self.normals(count, *key)]

    def shares(self, count: int, alpha: int, *key: object) -> list[float]:
        """Dirichlet shares that add up to one, of whole concentration `alpha`: gamma numbers over their sum, each the
        sum of that many exponential ones.
        """
        if self.expected:
            return [1 / count] * count
        exponentials = [-log(uniform) for uniform in self.uniforms(count * alpha, *key)]
        gammas = [sum(exponentials[start::count]) for start in range(count)]
        total = sum(gammas)
        return [gamma / total for gamma in gammas]

    def count(self, mean: float, uniform: float) -> float:
        """A Poisson count."""
        return mean if self.expected else poisson(uniform, mean)

    def split(self, count: float, shares: Sequence[float], *key: object) -> list[float]:
        """A count shared out over cells whose `shares` add up to one: multinomial, cell by cell."""
        if self.expected:
            return [count * share for share in shares]
        cells: list[float] = []
        left, mass = round(count), 1.0
        for share, uniform in zip(shares, self.uniforms(len(shares), *key), strict=True):
            cell = left if share >= mass else binomial(uniform, left, share / mass)
            cells.append(cell)
            left, mass = left - cell, mass - share
        return cells


class LogNormal:
    """A log-normal distribution with mean one and a coefficient of variation."""

    __slots__ = ("_mu", "_sigma")

    def __init__(self, variation: float) -> None:
        variance = log1p(variation * variation)
        self._mu, self._sigma = -variance / 2, sqrt(variance)

    def at(self, normal: float) -> float:
        """The value that a standard normal number stands for."""
        return exp(self._mu + self._sigma * normal)


def poisson(uniform: float, mean: float) -> int:
    """The quantile of the Poisson distribution, so that for the same draw a larger mean never gives a smaller count.

    Exact up to a mean of 50, by summing; above by the Cornish-Fisher expansion to its third term.
    """
    if mean <= 0:
        return 0
    if mean > 50:
        z, root = _NORMAL(uniform), sqrt(mean)
        return max(0, round(mean + root * z + (z * z - 1) / 6 + (z - z**3) / (72 * root)))
    probability = cumulative = exp(-mean)
    count = 0
    while cumulative < uniform and probability > 0:
        count += 1
        probability *= mean / count
        cumulative += probability
    return count


def binomial(uniform: float, trials: int, chance: float) -> int:
    """The quantile of the binomial distribution: exact up to a variance of 25, above like `poisson`."""
    if chance > 0.5:
        return trials - binomial(1 - uniform, trials, 1 - chance)
    if trials <= 0 or chance <= 0:
        return 0
    mean, variance = trials * chance, trials * chance * (1 - chance)
    if variance > 25:
        z = _NORMAL(uniform)
        return min(trials, max(0, round(mean + sqrt(variance) * z + (1 - 2 * chance) * (z * z - 1) / 6)))
    probability = cumulative = (1 - chance) ** trials
    count = 0
    while cumulative < uniform and count < trials:
        probability *= (trials - count) / (count + 1) * chance / (1 - chance)
        count += 1
        cumulative += probability
    return count
