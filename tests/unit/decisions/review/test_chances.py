"""The chances of rates: held against what can be summed exactly, and against their own symmetries."""

from math import comb, exp, factorial, isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.decisions.review.chances import beta_below, gamma_below

BOUNDED = settings(max_examples=200, deadline=None, derandomize=True, database=None)


@BOUNDED
@given(st.integers(1, 80), st.floats(0.01, 150))
def test_a_gamma_of_whole_shape_is_a_sum_of_poisson_chances(shape: int, x: float) -> None:
    fewer = sum(exp(-x) * x**count / factorial(count) for count in range(shape))
    assert isclose(gamma_below(shape, x), 1 - fewer, abs_tol=1e-10)


@BOUNDED
@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.001, 0.999))
def test_a_beta_of_whole_shapes_is_a_sum_of_binomial_chances(a: int, b: int, x: float) -> None:
    trials = a + b - 1
    at_least = sum(comb(trials, hits) * x**hits * (1 - x) ** (trials - hits) for hits in range(a, trials + 1))
    assert isclose(beta_below(a, b, x), at_least, abs_tol=1e-10)


@BOUNDED
@given(st.floats(0.5, 1e5), st.floats(0.5, 1e6), st.floats(0.0001, 0.9999), st.floats(0.0001, 0.9999))
def test_a_chance_grows_with_its_bound_and_its_opposite_makes_it_one(a: float, b: float, x: float, y: float) -> None:
    low, high = sorted((x, y))
    assert 0 <= beta_below(a, b, low) <= beta_below(a, b, high) + 1e-9 <= 1 + 2e-9
    assert isclose(beta_below(a, b, x) + beta_below(b, a, 1 - x), 1, abs_tol=1e-6)
    assert 0 <= gamma_below(a, low * a) <= gamma_below(a, high * a) + 1e-9 <= 1 + 2e-9


@pytest.mark.parametrize("bound", [-1.0, 0.0])
def test_nothing_lies_under_zero(bound: float) -> None:
    assert (gamma_below(2.5, bound), beta_below(2.5, 3.5, bound)) == (0.0, 0.0)


def test_no_share_is_over_one() -> None:
    assert beta_below(2.5, 3.5, 1.0) == 1.0
