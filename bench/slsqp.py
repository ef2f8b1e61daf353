# pyright: basic
"""The split of a total as one does it with scipy: SLSQP with the analytic gradient, variables and objective scaled.

Variables are shares of the total, and the objective is a multiple of what the start brings. Both matter: with spends in
multiples of their mean instead, it takes more steps. D. Kraft, "A software package for sequential
quadratic programming" (DFVLR-FB 88-28, 1988).
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from common.decisions.review.solver import Bounds, Curve

TOLERANCE = 1e-9
"""Of the objective, as a share: what scipy's default of 1e-6 stops at is often further than that from the best."""
_ITERATIONS = 500


def solve(curves: Sequence[Curve], total: float, bounds: Sequence[Bounds]) -> list[float]:
    """The spends that it stops at: they may miss bounds and total a little."""
    a, h, q = np.array(curves).T
    low, high = np.array(bounds).T / total
    start = low + (high - low) * (1 - low.sum()) / (high - low).sum()
    inverse, power, logarithmic = total / h, 1 - q, q == 1
    of_logs = np.where(logarithmic, a * h, 0)
    of_powers = np.where(logarithmic, 0, a * h / np.where(logarithmic, 1, power))

    def value(shares):
        logs = np.log1p(inverse * shares)
        return of_logs @ logs + of_powers @ np.expm1(power * logs)

    scale = -1 / value(start)
    slope, steepness, ones = scale * total * a, -q, np.ones((1, len(a)))
    found = minimize(
        lambda shares: scale * value(shares),
        start,
        jac=lambda shares: slope * (1 + inverse * shares) ** steepness,
        bounds=np.column_stack((low, high)),
        constraints={"type": "eq", "fun": lambda shares: shares.sum() - 1, "jac": lambda _: ones},
        method="SLSQP",
        options={"ftol": TOLERANCE, "maxiter": _ITERATIONS},
    )
    return (found.x * total).tolist()
