"""How likely a rate lies under a bound, given what was counted: the distribution functions of Gamma and Beta.

Series and continued fractions as in W. H. Press et al., "Numerical Recipes" (2007), 6.2 and 6.4, evaluated by Lentz's
method.
"""

from collections.abc import Iterable
from itertools import count
from math import exp, lgamma, log, log1p

_TINY = 1e-300
_CLOSE = 1e-13
_MOST = 2000
"""Terms; far fewer are needed wherever counts are below ten million."""


def gamma_below(shape: float, x: float) -> float:
    """The chance that a Gamma(shape, 1) variable is at most `x`."""
    if x <= 0:
        return 0.0
    front = exp(shape * log(x) - x - lgamma(shape))
    if x < shape + 1:
        term = total = 1 / shape
        for step in range(1, _MOST):
            term *= x / (shape + step)
            total += term
            if term < total * _CLOSE:
                break
        return min(1.0, front * total)
    parts = ((-step * (step - shape), x + 2 * step + 1 - shape) for step in count(1))
    return max(0.0, 1 - front / _fraction(x + 1 - shape, parts))


def beta_below(a: float, b: float, x: float) -> float:
    """The chance that a Beta(a, b) variable is at most `x`."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_below(b, a, 1 - x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    parts = ((_beta_term(a, b, x, step), 1.0) for step in count(1))
    return min(1.0, front / (a * _fraction(1.0, parts)))


def _beta_term(a: float, b: float, x: float, step: int) -> float:
    half = step // 2
    if step % 2:
        return -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
    return half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))


def _fraction(first: float, parts: Iterable[tuple[float, float]]) -> float:
    """first + a1/(b1 + a2/(b2 + ...)), of the parts (a, b)."""
    value = upper = first or _TINY
    lower = 0.0
    for step, (a, b) in enumerate(parts):
        lower = 1 / (b + a * lower or _TINY)
        upper = b + a / upper or _TINY
        value *= upper * lower
        if abs(upper * lower - 1) < _CLOSE or step > _MOST:
            break
    return value
