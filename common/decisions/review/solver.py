"""The best split of a total over channels whose spends are bounded, exact up to the rounding of floats.

Each channel brings f(x) for a spend x, with f'(x) = a (1 + x/h)^-q: linear for q = 0, logarithmic for q = 1, a Hill
curve of shape 1 for q = 2. All are concave, so a split is the best one where, and only where, one multiplier m meets
the conditions of Karush, Kuhn and Tucker: f' = m between the bounds, f' <= m at a lower one, f' >= m at an upper one.

Spends fall as m rises, so m is the root of a falling function of one variable: the nonlinear knapsack problem (survey:
M. Patriksson, EJOR 185, 2008, 1-46). What a channel between its bounds spends is h (a/m)^(1/q) - h, so with the bounds
left out the logarithm of spends + h is convex in log m, and straight where all q are equal. Newton's method is applied
to that, within a bracket. Where it leaves the bracket, the search is halved at the marginals at the bounds, between
which nobody meets or leaves one. A channel whose marginal does not fall jumps from bound to bound at m = a: there the
bracket closes on two splits that are as good, and the answer lies between them.
"""

from collections.abc import Iterator, Sequence
from math import exp, expm1, fsum, inf, log, log1p, nextafter
from typing import NamedTuple

from common.domain.errors import Fault, InvalidInput

Bounds = tuple[float, float]
"""The least and the most that a channel may spend."""

_LARGEST, _SMALLEST = 1e50, 1e-50
"""No number of a problem may exceed the one, no `h` lie under the other: nothing overflows then."""
_TOLERANCE = 1e-13
"""Of the total: a split that misses it by no more spends it."""
_ROUNDING = 1e-12
"""Of the sum of bounds: a total that exceeds it by no more is that sum, added up in another order."""
_PATIENCE = 8
"""Each so many steps the search is halved, however well Newton's method does; that usually needs fewer in all."""
_NO_MARGINAL = -1e60
"""In place of the logarithm of 0: under every other."""


class Infeasible(InvalidInput):
    """No split exists: the bounds leave no room for the total, or a number is none that the problem knows."""


class Curve(NamedTuple):
    """What a spend brings, in any unit of money and any unit of value."""

    a: float
    """The marginal at nothing, at least 0."""
    h: float
    """The spend at which the marginal has fallen to a / 2^q, over 0."""
    q: float
    """How fast the marginal falls, at least 0: its elasticity to spends far beyond `h`."""

    def value(self, spend: float) -> float:
        """What a spend brings: the integral of the marginal."""
        if self.q == 0:
            return self.a * spend
        doublings = log1p(spend / self.h)
        if self.q == 1:
            return self.a * self.h * doublings
        return self.a * self.h * expm1((1 - self.q) * doublings) / (1 - self.q)

    def marginal(self, spend: float) -> float:
        """What one more unit of money brings, at a spend."""
        return self.a * exp(-self.q * log1p(spend / self.h))

    def at_marginal(self, marginal: float) -> float:
        """The spend at which the marginal is this; 0 where it is less from the start, infinite where it stays above."""
        if marginal >= self.a:
            return 0.0
        if marginal <= 0 or self.q == 0:
            return inf
        return self.h * expm1(log(self.a / marginal) / self.q)


class Allocation(NamedTuple):
    """The best split."""

    spends: tuple[float, ...]
    """In the order of the curves."""
    multiplier: float
    """What one more unit of money in all would bring. Where every channel is at a bound several fit; this is one."""


_Channel = tuple[float, float, float, float, float, float, float]
"""A curve between its bounds: the least, the most, h, 1/q, and logarithms: of a, of the marginal at the least, of the
marginal at the most. A plain tuple, since making anything better would take as long as the rest."""


def solve(curves: Sequence[Curve], total: float, bounds: Sequence[Bounds]) -> Allocation:
    """Spend the whole total, within one part in 10^13, so that it brings most.

    Raises:
        Infeasible: with everything that is wrong.
    """
    if faults := [*_faults(curves, total, bounds)]:
        raise Infeasible("the allocation problem", faults)
    spends, multiplier = _search(_channels(curves, bounds), total)
    kept = [
        spend if low <= spend <= high else low if spend < low else high
        for spend, (low, high) in zip(spends, bounds, strict=True)
    ]
    return Allocation(tuple(kept), exp(multiplier))


def _faults(curves: Sequence[Curve], total: float, bounds: Sequence[Bounds]) -> Iterator[Fault]:
    if not curves or len(curves) != len(bounds):
        yield Fault("bounds", f"must be a pair for each of one or more curves; it has {len(bounds)} for {len(curves)}")
    for number, (a, h, q) in enumerate(curves):
        if not (0 <= a <= _LARGEST and _SMALLEST <= h <= _LARGEST and 0 <= q <= _LARGEST):
            yield Fault(f"curves.{number}", f"must be numbers, none under 0 and h over 0; they are {a}, {h}, {q}")
    for number, (low, high) in enumerate(bounds):
        if not 0 <= low <= high <= _LARGEST:
            yield Fault(f"bounds.{number}", f"must be 0 <= least <= most, and finite; they are {low} and {high}")
    least, most = sum([low for low, _ in bounds]), sum([high for _, high in bounds])
    if not least * (1 - _ROUNDING) <= total <= most * (1 + _ROUNDING):
        yield Fault("total", f"must lie within the sums of the bounds, {least} and {most}; it is {total}")


def _channels(curves: Sequence[Curve], bounds: Sequence[Bounds]) -> list[_Channel]:
    return [
        (
            low,
            high,
            h,
            1 / q if q else inf,
            log_a := log(a) if a else _NO_MARGINAL,
            log_a - q * log1p(low / h),
            log_a - q * log1p(high / h),
        )
        for (a, h, q), (low, high) in zip(curves, bounds, strict=True)
    ]


def _search(channels: Sequence[_Channel], total: float) -> tuple[Sequence[float], float]:
    """The spends, and the logarithm of the multiplier."""
    tops, bottoms = [channel[5] for channel in channels], [channel[6] for channel in channels]
    lower, over = nextafter(min(bottoms), -inf), [channel[1] for channel in channels]
    upper, under = max(tops), [channel[0] for channel in channels]
    share = _share(under, over, total)
    multiplier: float | None = (sum(bottoms) * share + sum(tops) * (1 - share)) / len(channels)
    step = 0
    while multiplier is not None:
        spends, reach, slope = _spends(channels, multiplier)
        excess = fsum(spends) - total
        if abs(excess) <= _TOLERANCE * total:
            return spends, multiplier
        if excess > 0:
            lower, over = multiplier, spends
        else:
            upper, under = multiplier, spends
        if reach > excess and slope:
            multiplier -= log1p(-excess / reach) * reach / slope
        step += 1
        if not lower < multiplier < upper or step % _PATIENCE == 0:
            multiplier = _halfway(channels, lower, upper)
    return _mixed(under, over, total), upper


def _spends(channels: Sequence[_Channel], multiplier: float) -> tuple[list[float], float, float]:
    """What each spends at a multiplier, the least where it may be more.

    And of those between their bounds, the sum of spend + h, and by how much that falls with the multiplier.
    """
    spends: list[float] = []
    reach = slope = 0.0
    for low, high, h, steepness, log_a, top, bottom in channels:
        if multiplier >= top:
            spends.append(low)
        elif multiplier <= bottom:
            spends.append(high)
        else:
            spend = h * expm1((log_a - multiplier) * steepness)
            spends.append(spend)
            reach += spend + h
            slope += (spend + h) * steepness
    return spends, reach, slope


def _halfway(channels: Sequence[_Channel], lower: float, upper: float) -> float | None:
    """Where to look between two multipliers: at the middle one of the marginals at bounds that lie there, else halfway.

    `None` where nothing changes between the two.
    """
    ends = sorted(end for channel in channels for end in channel[5:] if lower < end < upper)
    if ends:
        return ends[len(ends) // 2]
    if any(bottom <= lower and upper <= top for *_, top, bottom in channels):
        middle = (lower + upper) / 2
        return middle if lower < middle < upper else None
    return None


def _mixed(under: Sequence[float], over: Sequence[float], total: float) -> list[float]:
    """Between two splits that are as good, the one that spends the total."""
    share = _share(under, over, total)
    return [low + (high - low) * share for low, high in zip(under, over, strict=True)]


def _share(under: Sequence[float], over: Sequence[float], total: float) -> float:
    """How far a total lies between what two splits spend, from 0 to 1."""
    least, most = fsum(under), fsum(over)
    return min(max((total - least) / (most - least), 0.0), 1.0) if most > least else 0.0
