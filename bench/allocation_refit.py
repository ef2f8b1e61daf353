# pyright: basic
"""Robyn's way: once a week, adstock and a Hill curve fitted to each channel, then the best split by SLSQP.

Robyn (Meta Marketing Science, `robyn_run` and `robyn_allocator`) transforms spend by geometric adstock and a Hill
curve, and searches for their parameters within the bounds below. Channels' conversions are known here, so each is
fitted by itself, by least squares, where Robyn has to pull them out of the sum.
"""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import least_squares, minimize

from bench.allocation_history import Day, days_of
from bench.allocation_targets import unspent
from common.decisions.review.evidence import Evidence
from common.domain.money import MICROS

THETA, ALPHA, GAMMA = (0.0, 0.3), (0.5, 3.0), (0.3, 1.0)
"""Robyn's bounds for digital channels: of the adstock, of the Hill curve's shape, and of where in the range of spends
it bends."""
LEAST, MOST = 0.5, 2.0
"""How far a channel's spend may go from what it would be, as multiples of it (`channel_constr_low` and `_up`)."""
_FEWEST = 14
_STARTS = ((0.1, 0.8, 0.5), (0.1, 1.0, 0.9), (0.2, 2.0, 0.5))


def refit(evidence: Evidence) -> Mapping[str, float] | None:
    """How to divide what is unspent, by this week's curves."""
    facts = evidence.facts
    known = {name: days_of(name, evidence) for name in unspent(facts)}
    known = {name: days for name, days in known.items() if len(days) >= _FEWEST and any(day.spend for day in days)}
    left = max(1, facts.days_left())
    now = np.array([unspent(facts)[name] / left / MICROS for name in known])
    if len(known) < 2 or now.sum() <= 0:
        return None
    curves = [_fit(days) for days in known.values()]
    return dict(zip(known, _split(curves, now), strict=True))


def _fit(days: list[Day]):
    """The curve's parameters: top, adstock, shape, half; and the scale of the spends."""
    spend = np.array([day.spend for day in days])
    visible = np.array([day.visible for day in days])
    worth = np.array([day.worth for day in days])
    unit = spend.max()
    spend, most = spend / unit, max(worth.max(), 1e-9)

    def expected(parameters):
        top, theta, alpha, gamma = parameters
        carried = _adstock(spend, theta)
        return top * _hill(carried, alpha, _half(carried, gamma)) * visible

    lows, highs = zip((0.0, 10.0), THETA, ALPHA, GAMMA, strict=True)
    fits = [
        least_squares(
            lambda parameters: expected(parameters) - worth / most, (1.5, *start), bounds=(lows, highs), max_nfev=60
        )
        for start in _STARTS
    ]
    top, theta, alpha, gamma = min(fits, key=lambda fit: fit.cost).x
    return top * most, theta, alpha, _half(_adstock(spend, theta), gamma), unit


def _adstock(spend, theta):
    carried, out = 0.0, np.empty_like(spend)
    for day, spent in enumerate(spend):
        carried = spent + theta * carried
        out[day] = carried
    return out


def _half(carried, gamma):
    return max(1e-6, carried.min() * (1 - gamma) + carried.max() * gamma)


def _hill(carried, alpha, half):
    return carried**alpha / (carried**alpha + half**alpha)


def _split(curves, now):
    """The shares that bring most in a steady state: what SLSQP stops at where that is better than now."""
    total = now.sum()
    top, theta, alpha, half, unit = (np.array(column) for column in zip(*curves, strict=True))

    def brings(shares):
        return float((top * _hill(np.maximum(shares, 1e-9) * total / unit / (1 - theta), alpha, half)).sum())

    start = now / total
    scale = -1 / max(brings(start), 1e-9)
    found = minimize(
        lambda shares: scale * brings(shares),
        start,
        bounds=[(LEAST * share, min(1.0, MOST * share)) for share in start],
        constraints={"type": "eq", "fun": lambda shares: shares.sum() - 1},
        method="SLSQP",
        options={"maxiter": 200},
    )
    better = found.success and brings(found.x) > brings(start)
    return [float(max(0.0, share)) for share in (found.x if better else start)]
