"""What a proposal is expected to bring, in words, for the terminal and for pages."""

from collections.abc import Mapping
from math import isfinite

KEYS = frozenset({"expected_effect", "effect_low", "effect_high", "effect_unit"})
"""Of a proposal's evidence: they are said together."""


def expected(evidence: Mapping[str, float | int | str | None]) -> str:
    """`+3.2 conversions a day, between +1.1 and +5.0`; empty where the evidence does not say."""
    value, low, high = (_number(evidence.get(key)) for key in ("expected_effect", "effect_low", "effect_high"))
    if value is None:
        return ""
    unit = evidence.get("effect_unit")
    said = _signed(value) + (f" {unit}" if isinstance(unit, str) else "")
    if low is None or high is None:
        return said
    return f"{said}, between {_signed(low)} and {_signed(high)}"


def _number(value: float | int | str | None) -> float | None:
    return value if isinstance(value, int | float) and isfinite(value) else None


def _signed(value: float) -> str:
    """With its sign, to two decimals or three digits."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    rounded = round(value, digits)
    return f"{rounded:+,.{digits}f}" if rounded else f"{0:.{digits}f}"
