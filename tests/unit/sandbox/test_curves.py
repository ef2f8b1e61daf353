"""Response curves give what their formulas say, and never fewer conversions for more spend."""

from math import log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sandbox.curves import Curve
from tests.unit.sandbox.scenarios import FLAT_DAY, channel_file, market_of

HILL = {"kind": "hill", "top": 60, "half": 400, "shape": 1.6}
LOG = {"kind": "log", "scale": 18, "half": 250}
POWER = {"kind": "power", "scale": 0.35, "exponent": 0.7}
TABLE = {"kind": "table", "spend": [0, 100, 300], "conversions": [0, 9, 20]}
LATE_TABLE = {"kind": "table", "spend": [100, 300], "conversions": [9, 20]}


def curve_of(file: dict[str, Any]) -> Curve:
    return TypeAdapter[Curve](Curve).validate_python(file)


@pytest.mark.parametrize(
    ("file", "spend", "conversions"),
    [
        (HILL, 400, 30),
        (HILL, 800, 60 * 800**1.6 / (400**1.6 + 800**1.6)),
        (LOG, 250, 18 * log(2)),
        (POWER, 1000, 0.35 * 1000**0.7),
        (TABLE, 50, 4.5),
        (TABLE, 200, 14.5),
        (TABLE, 300, 20),
        (TABLE, 9000, 20),
        (LATE_TABLE, 50, 4.5),
    ],
)
def test_formulas(file: dict[str, Any], spend: float, conversions: float) -> None:
    assert curve_of(file).conversions(spend) == pytest.approx(conversions)


@pytest.mark.parametrize("file", [HILL, LOG, POWER, TABLE, LATE_TABLE], ids=lambda file: file["kind"])
@given(spend=st.floats(0, 1e6), more=st.floats(0, 1e6))
def test_rise(file: dict[str, Any], spend: float, more: float) -> None:
    curve = curve_of(file)
    assert curve.conversions(0) == 0
    assert curve.conversions(spend + more) >= curve.conversions(spend) * (1 - 1e-12)


def test_a_day_brings_what_the_curve_says_however_its_hours_lie() -> None:
    """Without adstock the hours' rises add up to the curve at the day's spend."""
    for hour in (None, FLAT_DAY):
        market = market_of(channel_file(hour=hour, curve=LOG), expected=True)
        market.advance_to(market.end)
        means = market.responses["t/search"].through(market.hours.flight_end)
        first = market.hours.flight_start
        assert sum(means[first : first + 24]) == pytest.approx(curve_of(LOG).conversions(100))


def test_adstock_carries_part_of_every_day_before() -> None:
    """After a long history of equal days, a day works like spend / (1 - adstock)."""
    market = market_of(channel_file(curve={**LOG, "adstock": 0.3}), expected=True, history_days=40)
    market.advance_to(market.end)
    means = market.responses["t/search"].through(market.hours.flight_end)
    first = market.hours.flight_start
    assert sum(means[first : first + 24]) == pytest.approx(curve_of(LOG).conversions(100 / 0.7))
