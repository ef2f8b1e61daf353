"""Laws of the exact split, over channels of all kinds: flat, steep, nearly straight, of very different size, tied."""

from math import fsum
from typing import NamedTuple

import pytest
from hypothesis import strategies as st

from common.decisions.review.solver import Allocation, Bounds, Curve, solve
from tests.property.reach import holds

EXACT = 1e-9


class Problem(NamedTuple):
    """What `solve` takes."""

    curves: list[Curve]
    total: float
    bounds: list[Bounds]

    def value(self, spends: tuple[float, ...]) -> float:
        """What a split brings."""
        return fsum(curve.value(spend) for curve, spend in zip(self.curves, spends, strict=True))

    def inside(self, found: Allocation) -> list[int]:
        """The channels that a split leaves between their bounds."""
        return [n for n, (x, (low, high)) in enumerate(zip(found.spends, self.bounds, strict=True)) if low < x < high]

    def residual(self, found: Allocation) -> float:
        """By how much the worst channel misses the conditions of optimality, as a share of the multiplier."""
        worst = 0.0
        for curve, spend, (low, high) in zip(self.curves, found.spends, self.bounds, strict=True):
            over = curve.marginal(spend) - found.multiplier
            worst = max(worst, over if spend < high else 0.0, -over if spend > low else 0.0)
        return worst / found.multiplier if worst else 0.0


def _powers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda exponent: 10**exponent)


ALIKE = st.builds(Curve, _powers(-0.5, 0.5), _powers(-1, 1), st.sampled_from((1.0, 2.0)) | st.floats(0.05, 4))
STRAIGHT = st.builds(Curve, st.sampled_from((0.0, 1.0, 2.0)), _powers(-1, 1), st.just(0.0))
EXTREME = st.builds(Curve, _powers(-9, 9), _powers(-9, 9), _powers(-12, 1.5))


@st.composite
def problems(draw: st.DrawFn, curves: st.SearchStrategy[Curve]) -> Problem:
    """Two to twelve channels; a total anywhere between the sums of their bounds, the sums themselves included."""
    chosen = draw(st.lists(curves, min_size=2, max_size=12))
    lows = [draw(st.just(0.0) | _powers(-2, 0)) for _ in chosen]
    bounds = [(low, low + draw(st.just(0.0) | _powers(0, 2) | _powers(0, 2))) for low in lows]
    least, most = fsum(low for low, _ in bounds), fsum(high for _, high in bounds)
    share = draw(st.floats(0.02, 0.98) | st.sampled_from((0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)))
    return Problem(chosen, min(least + (most - least) * share, most), bounds)


def _is_solved(problem: Problem) -> Allocation:
    found = solve(*problem)
    assert all(low <= spend <= high for spend, (low, high) in zip(found.spends, problem.bounds, strict=True))
    assert fsum(found.spends) == pytest.approx(problem.total, rel=1e-12)
    assert problem.residual(found) <= EXACT
    return found


def test_total_and_bounds_are_kept_and_no_channel_deserves_more_or_less() -> None:
    def law(problem: Problem) -> bool:
        return len(problem.inside(_is_solved(problem))) > 1

    holds(problems(ALIKE), law, examples=300)


def test_straight_lines_among_them_are_filled_exactly() -> None:
    def law(problem: Problem) -> bool:
        inside = problem.inside(_is_solved(problem))
        return any(problem.curves[number].q == 0 for number in inside)

    holds(problems(ALIKE | STRAIGHT), law, examples=300)


def test_numbers_of_very_different_size_change_nothing() -> None:
    def law(problem: Problem) -> bool:
        return bool(problem.inside(_is_solved(problem)))

    holds(problems(ALIKE | EXTREME), law, examples=300)


def test_no_money_moved_between_two_channels_brings_more() -> None:
    """Brute force, blind to marginals: 1 to 100% of what may move, from any channel to any other."""

    def law(problem: Problem) -> bool:
        spends = solve(*problem).spends
        best = problem.value(spends)
        for share in (0.01, 0.1, 1.0):
            for source, (low, _) in enumerate(problem.bounds):
                for target, (_, high) in enumerate(problem.bounds):
                    moved = share * min(spends[source] - low, high - spends[target])
                    if source != target and moved > 0:
                        other = list(spends)
                        other[source], other[target] = other[source] - moved, other[target] + moved
                        assert problem.value(tuple(other)) <= best * (1 + EXACT)
        return len(set(problem.curves)) > 1 and problem.inside(solve(*problem)) != []

    holds(problems(ALIKE | STRAIGHT), law)


def test_with_more_to_spend_no_channel_gets_less_and_one_more_unit_brings_no_more() -> None:
    def law(problem: Problem) -> bool:
        least = fsum(low for low, _ in problem.bounds)
        less = solve(problem.curves, least + (problem.total - least) / 2, problem.bounds)
        more = solve(*problem)
        slack = EXACT * problem.total
        assert all(few <= many + slack for few, many in zip(less.spends, more.spends, strict=True))
        assert problem.inside(more) == [] or more.multiplier <= less.multiplier * (1 + EXACT)
        return bool(problem.inside(less) and problem.inside(more))

    holds(problems(ALIKE | STRAIGHT), law)


def test_the_order_of_channels_does_not_matter() -> None:
    def law(problem: Problem) -> bool:
        found = solve(*problem)
        there = range(len(problem.curves))
        for order in ([*reversed(there)], [*there[1:], 0]):
            other = solve([problem.curves[n] for n in order], problem.total, [problem.bounds[n] for n in order])
            expected = [found.spends[n] for n in order]
            assert other.spends == pytest.approx(expected, rel=EXACT, abs=EXACT * problem.total)
        return len(problem.inside(found)) > 1

    holds(problems(ALIKE | STRAIGHT), law)
