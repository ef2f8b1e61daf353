"""What a proposal is expected to bring, in words, for the terminal and for pages."""

from collections.abc import Mapping
from math import isfinite

KEYS = frozenset({"expected_effect", "effect_low", "effect_high", "effect_unit"})
"""Of a proposal's evidence: they are said together."""


def expected(evidence: Mapping[str, float | int | str | None]) -> str:
    """`+3.2 conversions a day, between +1.1 and +5.0`; empty where the evidence does not say."""
    value, low, high = (evidence.get(key) for key in ("expected_effect", "effect_low", "effect_high"))
    if not isinstance(value, int | float) or not isfinite(value):
        return ""
    unit = evidence.get("effect_unit")
    said = _signed(value) + (f" {unit}" if isinstance(unit, str) else "")
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return said
    return f"{said}, between {_signed(low)} and {_signed(high)}"


def _signed(value: float) -> str:
    """With its sign, to two decimals or three digits."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    shown = f"{value:+,.{digits}f}"
    return shown.replace("+", "", 1) if float(shown.replace(",", "")) == 0 else shown
