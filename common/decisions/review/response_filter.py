"""What a channel's days say about its level and its elasticity: a Bayesian filter over jumps and curves.

A day's conversions are Poisson with mean level x curve(spend), as far as they are visible by now. The level has a Gamma
distribution and is conjugate; the curve is one of a grid, by its elasticity at a reference spend; and the level may
jump: hypotheses about when it last did are kept with their weights (R. P. Adams and D. J. C. MacKay, "Bayesian Online
Changepoint Detection", 2007). Between jumps it wanders, so what is old counts less (power discounting: M. West and
J. Harrison, "Bayesian Forecasting and Dynamic Models", 1997, 10.8).
"""

from collections.abc import Iterable
from math import exp, lgamma, log
from typing import NamedTuple

ELASTICITIES = (0.2, 0.35, 0.5, 0.62, 0.74, 0.86, 0.96)
"""Of conversions to spend, at the reference spend: those that are tried."""
SCATTER = 1.2
"""How many times a Poisson count's variance real counts have: some conversions are claimed twice."""
_HAZARD = log(1 / 150)
"""The chance that a day begins a new level, as a logarithm."""
_NEAR = 4.0
"""How near a new level is to the old one: the shape of its Gamma, a factor of about 1.6 either way."""
_DISCOUNT = 0.99
"""What a day's evidence is worth the day after."""
_SURENESS = 6.0
"""How many conversions the level is worth that is expected before any day."""
_RUNS = 3
"""Hypotheses about the last jump that are kept."""


class Day(NamedTuple):
    """One day of a channel; `exposure` is the share of its conversions that should be visible by now."""

    spend: float
    """As a multiple of the reference spend, over 0."""
    claimed: float
    """Conversions."""
    exposure: float


class Cell(NamedTuple):
    """One curve with its weight, and the level that it leaves: Gamma with `shape` and `rate`, mean shape / rate."""

    elasticity: float
    weight: float
    shape: float
    rate: float

    @property
    def level(self) -> float:
        """Its mean: conversions a day at the reference spend."""
        return self.shape / self.rate


class _Run:
    """The hypothesis that the level last jumped on some day: by elasticity, a rate and the logarithm of its weight."""

    __slots__ = ("logs", "rates", "shape")

    def __init__(self, shape: float, rates: list[float], logs: list[float]) -> None:
        self.shape, self.rates, self.logs = shape, rates, logs


def brings(elasticity: float, spend: float) -> float:
    """What a spend brings, as a multiple of what the reference spend (1) does: a Hill curve of shape 1."""
    half = elasticity / (1 - elasticity)
    return spend * (1 + half) / (spend + half)


def marginal(elasticity: float, spend: float) -> float:
    """The derivative of `brings`."""
    half = elasticity / (1 - elasticity)
    return half * (1 + half) / (spend + half) ** 2


def filtered(days: Iterable[Day], start: float) -> list[Cell]:
    """The distribution after these days, oldest first; every elasticity is as likely before them.

    Args:
        start: the level that is expected before any day, over 0.
    """
    grid = len(ELASTICITIES)
    runs = [_Run(_SURENESS, [_SURENESS / start] * grid, [0.0] * grid)]
    for day in days:
        runs = _after(runs, day)
    most = max(one for run in runs for one in run.logs)
    weights = [[exp(one - most) for one in run.logs] for run in runs]
    total = sum(map(sum, weights))
    return [
        Cell(elasticity, weight / total, run.shape, rate)
        for run, of_run in zip(runs, weights, strict=True)
        for elasticity, weight, rate in zip(ELASTICITIES, of_run, run.rates, strict=True)
    ]


def _after(runs: list[_Run], day: Day) -> list[_Run]:
    """The hypotheses after one more day; the unlikeliest are let go."""
    count, exposure = day.claimed / SCATTER, day.exposure / SCATTER
    expected = [exposure * brings(one, day.spend) for one in ELASTICITIES]
    runs = [_jumped(runs), *runs]
    for run in runs:
        shape, rates, logs = run.shape * _DISCOUNT, run.rates, run.logs
        known = lgamma(shape + count) - lgamma(shape)
        for index, more in enumerate(expected):
            rate = rates[index] * _DISCOUNT
            grown = rate + more
            logs[index] += known + shape * log(rate / grown) + count * log(more / grown)
            rates[index] = grown
        run.shape = shape + count
    runs.sort(key=_likeliest, reverse=True)
    return runs[:_RUNS]


def _jumped(runs: list[_Run]) -> _Run:
    """The hypothesis that the level jumps today, from the likeliest one; its weight stands for that of all."""
    best = runs[0]
    rates = [_NEAR * rate / best.shape for rate in best.rates]
    logs = [_HAZARD + one for one in map(max, *(run.logs for run in runs), best.logs)]
    return _Run(_NEAR, rates, logs)


def _likeliest(run: _Run) -> float:
    return max(run.logs)
