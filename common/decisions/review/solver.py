"""The best split of a total over channels whose spends are bounded, exact up to the rounding of floats.

Each channel brings f(x) for a spend x, with f'(x) = a (1 + x/h)^-q: linear for q = 0, logarithmic for q = 1, a Hill
curve of shape 1 for q = 2. All are concave, so a split is the best one where, and only where, one multiplier m meets
the conditions of Karush, Kuhn and Tucker: f' = m between the bounds, f' <= m at a lower one, f' >= m at an upper one.

Spends fall as m rises, so m is the root of a falling function of one variable: the nonlinear knapsack problem (survey:
M. Patriksson, EJOR 185, 2008, 1-46). A channel whose marginal does not fall jumps from one bound to the other at m = a.
So the jumps are searched first: where the total lies within one, those that jump there share what the others leave.
Between two jumps the sum of spend + h over the channels within their bounds, h (a/m)^(1/q) each, has a logarithm that
is nearly straight in log m, and straight where all q are equal. Newton's method is applied to that; where it leaves the
bracket, the bracket is halved.
"""

from collections.abc import Iterator, Sequence
from math import exp, expm1, fsum, inf, log, log1p, nextafter
from operator import itemgetter
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
_PATIENCE = 16
"""Each so many steps the bracket is halved, whatever Newton's method says: it takes five as a rule."""
_NO_MARGINAL = -800.0
"""In place of the logarithm of 0: of a number that rounds to it."""


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
_high, _top, _bottom = itemgetter(1), itemgetter(5), itemgetter(6)


def solve(curves: Sequence[Curve], total: float, bounds: Sequence[Bounds]) -> Allocation:
    """Spend the whole total, within one part in 10^13, so that it brings most.

    Raises:
        Infeasible: with everything that is wrong.
    """
    if faults := [*_faults(curves, total, bounds)]:
        raise Infeasible("the allocation problem", faults)
    channels = _channels(curves, bounds)
    spends, multiplier = _search(channels, total)
    kept = [
        spend if low <= spend <= high else low if spend < low else high
        for spend, (low, high) in zip(spends, bounds, strict=True)
    ]
    return Allocation(tuple(kept), exp(multiplier))


def _faults(curves: Sequence[Curve], total: float, bounds: Sequence[Bounds]) -> Iterator[Fault]:
    if not curves or len(curves) != len(bounds):
        yield Fault("bounds", f"must be a pair for each of one or more curves; it has {len(bounds)} for {len(curves)}")
    least = most = 0.0
    for number, ((a, h, q), (low, high)) in enumerate(zip(curves, bounds, strict=False)):
        least += low
        most += high
        if not (0 <= a <= _LARGEST and _SMALLEST <= h <= _LARGEST and 0 <= q <= _LARGEST):
            yield Fault(f"curves.{number}", f"must be numbers, none under 0 and h over 0; they are {a}, {h}, {q}")
        if not 0 <= low <= high <= _LARGEST:
            yield Fault(f"bounds.{number}", f"must be 0 <= least <= most, and finite; they are {low} and {high}")
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


def _search(channels: Sequence[_Channel], total: float) -> tuple[list[float], float]:
    """The spends, and the logarithm of the multiplier."""
    lower, upper = nextafter(min(map(_bottom, channels)), -inf), max(map(_top, channels))
    jumps = sorted({top for low, high, _, _, _, top, bottom in channels if top == bottom and low < high})
    while jumps:
        middle = len(jumps) // 2
        jump = jumps[middle]
        least = _spends(channels, jump)
        most = [_high(one) if jump <= _bottom(one) else spend for spend, one in zip(least, channels, strict=True)]
        if fsum(least) > total:
            lower, jumps = jump, jumps[middle + 1 :]
        elif fsum(most) < total:
            upper, jumps = jump, jumps[:middle]
        else:
            return _mixed(least, most, total), jump
    return _between(channels, total, lower, upper)


def _between(channels: Sequence[_Channel], total: float, lower: float, upper: float) -> tuple[list[float], float]:
    """The same, where no channel jumps between two multipliers."""
    multiplier, steps = (lower + upper) / 2, 0
    while lower < multiplier < upper:
        spent, reach, slope = _look(channels, multiplier)
        excess = spent - total
        if abs(excess) <= _TOLERANCE * total:
            return _spends(channels, multiplier), multiplier
        if excess > 0:
            lower = multiplier
        else:
            upper = multiplier
        steps += 1
        if reach > excess and slope and steps % _PATIENCE:
            multiplier -= log1p(-excess / reach) * reach / slope
        if not lower < multiplier < upper:
            multiplier = (lower + upper) / 2
    return _mixed(_spends(channels, upper), _spends(channels, lower), total), upper


def _look(channels: Sequence[_Channel], multiplier: float) -> tuple[float, float, float]:
    """What all spend at a multiplier, the least where it may be more.

    And of those between their bounds, the sum of spend + h, and by how much that falls with the multiplier.
    """
    spent = reach = slope = 0.0
    for low, high, h, steepness, log_a, top, bottom in channels:
        if multiplier >= top:
            spent += low
        elif multiplier <= bottom:
            spent += high
        else:
            spend = h * expm1((log_a - multiplier) * steepness)
            spent += spend
            reach += spend + h
            slope += (spend + h) * steepness
    return spent, reach, slope


def _spends(channels: Sequence[_Channel], multiplier: float) -> list[float]:
    """What each spends at a multiplier, the least where it may be more."""
    return [
        low if multiplier >= top else high if multiplier <= bottom else h * expm1((log_a - multiplier) * steepness)
        for low, high, h, steepness, log_a, top, bottom in channels
    ]


def _mixed(under: Sequence[float], over: Sequence[float], total: float) -> list[float]:
    """Between two splits that are as good, the one that spends the total."""
    share = _share(under, over, total)
    return [low + (high - low) * share for low, high in zip(under, over, strict=True)]


def _share(under: Sequence[float], over: Sequence[float], total: float) -> float:
    """How far a total lies between what two splits spend, from 0 to 1."""
    least, most = fsum(under), fsum(over)
    return min(max((total - least) / (most - least), 0.0), 1.0) if most > least else 0.0
