"""Draws come from the distributions they name, and from nothing but their key."""

from math import exp, log
from statistics import correlation, fmean, stdev, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.days import Days
from sandbox.draws import Draws, LogNormal, binomial, poisson
from sandbox.hours import Hours
from sandbox.scenario import parse_scenario
from sandbox.windows import ChannelEvents
from tests.unit.sandbox.scenarios import channel_file, scenario_file

UNIFORMS = st.floats(min_value=1e-12, max_value=1 - 1e-12)


def test_a_stream_depends_on_its_key_alone() -> None:
    first, again, other = Draws(7, "shoes", "meta"), Draws(7, "shoes", "meta"), Draws(8, "shoes", "meta")
    assert first.uniforms(5, "day", 3) == again.uniforms(9, "day", 3)[:5]
    assert first.uniforms(5, "day", 3) != first.uniforms(5, "day", 4)
    assert first.uniforms(5, "day", 3) != other.uniforms(5, "day", 3)


def test_uniform_numbers() -> None:
    numbers = Draws(1).uniforms(20_000, "x")
    assert 0 < min(numbers) < max(numbers) < 1
    assert fmean(numbers) == pytest.approx(0.5, abs=0.01)
    assert variance(numbers) == pytest.approx(1 / 12, abs=0.003)


@pytest.mark.parametrize("variation", [0.0, 0.15, 0.4])
def test_factors_have_mean_one_and_their_variation(variation: float) -> None:
    factors = Draws(1).factors(20_000, LogNormal(variation), "x")
    assert fmean(factors) == pytest.approx(1, abs=0.01)
    assert stdev(factors) == pytest.approx(variation, abs=0.01)


def test_shares_are_dirichlet() -> None:
    """With concentration 2 and four shares: mean 1/4, variance (1/4)(3/4) / 9."""
    drawn = [Draws(seed).shares(4, 2, "ads") for seed in range(3000)]
    assert all(sum(shares) == pytest.approx(1) for shares in drawn)
    for column in zip(*drawn, strict=True):
        assert fmean(column) == pytest.approx(0.25, abs=0.01)
        assert variance(column) == pytest.approx(0.1875 / 9, abs=0.002)


@pytest.mark.parametrize("mean", [0.02, 1.7, 30.0, 80.0, 5000.0])
def test_counts_are_poisson(mean: float) -> None:
    """Mean and variance agree, below and above the mean from which the quantile is approximated."""
    counts = [poisson(uniform, mean) for uniform in Draws(2).uniforms(20_000, "x")]
    assert fmean(counts) == pytest.approx(mean, rel=0.02, abs=0.01)
    assert variance(counts) == pytest.approx(mean, rel=0.05, abs=0.01)


@pytest.mark.parametrize("mean", [51.0, 200.0])
def test_approximated_counts_keep_to_the_exact_quantile(mean: float) -> None:
    """Within one of the count at which the summed probabilities pass the uniform number."""
    cumulative, probability = 0.0, exp(-mean)
    for count in range(int(2 * mean)):
        cumulative += probability
        probability *= mean / (count + 1)
        if 1e-6 < cumulative < 1 - 1e-6:
            assert abs(poisson(cumulative, mean) - count) <= 1


@given(uniform=UNIFORMS, low=st.floats(0, 500), more=st.floats(0, 500))
def test_more_on_average_is_never_fewer_for_the_same_draw(uniform: float, low: float, more: float) -> None:
    """But for the seam between the two ways to compute, where one is within one of the other."""
    seam = 1 if low <= 50 < low + more else 0
    assert poisson(uniform, low + more) >= poisson(uniform, low) - seam


@given(uniform=UNIFORMS, trials=st.integers(0, 5000), chance=st.floats(0, 1))
def test_binomial_counts_stay_within_their_trials(uniform: float, trials: int, chance: float) -> None:
    assert 0 <= binomial(uniform, trials, chance) <= trials


@pytest.mark.parametrize(("trials", "chance"), [(7, 0.3), (40, 0.9), (1000, 0.5)])
def test_binomial_mean_and_variance(trials: int, chance: float) -> None:
    counts = [binomial(uniform, trials, chance) for uniform in Draws(3).uniforms(20_000, "x")]
    assert fmean(counts) == pytest.approx(trials * chance, rel=0.02)
    assert variance(counts) == pytest.approx(trials * chance * (1 - chance), rel=0.05)


@given(count=st.integers(0, 3000), cells=st.integers(1, 12), seed=st.integers(0, 50))
def test_a_split_keeps_the_count(count: int, cells: int, seed: int) -> None:
    draws = Draws(seed)
    split = draws.split(count, draws.shares(cells, 2, "shares"), "split")
    assert sum(split) == count
    assert min(split) >= 0


def test_expected_mode_draws_nothing() -> None:
    draws = Draws(1, expected=True)
    assert draws.factors(3, LogNormal(0.5), "x") == [1, 1, 1]
    assert draws.shares(4, 2, "x") == [0.25] * 4
    assert draws.count(2.7, 0.1) == 2.7
    assert draws.split(2.0, [0.25, 0.75], "x") == [0.5, 1.5]


def many_days(seed: int) -> Days:
    """Two years of a channel's days that nobody has asked for yet."""
    changes = {"seed": seed, "history_days": 0, "flight": {"start": "2026-01-01", "end": "2027-12-31"}}
    file = scenario_file(channel_file(noise=0.3, hour_noise=0.25, demand_noise=0.2, demand=500), **changes)
    scenario = parse_scenario(file)
    hours, channel = Hours(scenario), scenario.tracks[0].channels[0]
    return Days(channel, hours, Draws(seed), ChannelEvents.of(scenario, "t", "search", hours))


def test_days_of_a_market() -> None:
    """Appetite remembers half of yesterday's in its logarithm; demand and hours remember nothing."""
    appetites: list[list[float]] = []
    demands: list[float] = []
    hourly: list[float] = []
    for seed in range(20):
        days = many_days(seed)
        drawn = [days.day(day) for day in range(700)]
        appetites.append([day.appetite for day in drawn])
        demands += [sum(day.demand) for day in drawn]
        hourly += [day.rate[0] / days.shape(0).rate[0] for day in drawn]
    every = [appetite for run in appetites for appetite in run]
    assert fmean(every) == pytest.approx(1, abs=0.01)
    assert stdev(every) == pytest.approx(0.3, abs=0.01)
    today = [log(appetite) for run in appetites for appetite in run[1:]]
    yesterday = [log(appetite) for run in appetites for appetite in run[:-1]]
    assert correlation(today, yesterday) == pytest.approx(0.5, abs=0.02)
    assert (fmean(demands), stdev(demands)) == (pytest.approx(500, rel=0.01), pytest.approx(100, rel=0.03))
    assert correlation(demands[1:], demands[:-1]) == pytest.approx(0, abs=0.03)
    assert (fmean(hourly), stdev(hourly)) == (pytest.approx(1, abs=0.01), pytest.approx(0.25, abs=0.01))


def test_weeks_of_the_history() -> None:
    """Each week of the history runs at a budget between 0.8 and 1.2 times the even one."""
    runs = [many_days(seed) for seed in range(20)]
    factors = [days.history_factor(day) for days in runs for day in range(0, 700, 7)]
    assert 0.8 < min(factors) < 0.81
    assert 1.19 < max(factors) < 1.2
    assert fmean(factors) == pytest.approx(1, abs=0.01)
    days = many_days(1)
    assert [days.history_factor(day) for day in range(7)] == [days.history_factor(0)] * 7
    assert days.history_factor(7) != days.history_factor(6)
