"""The exact split of a total: curves, cases whose answer is known in closed form, and what is refused."""

from math import inf, log, nan

import pytest

from common.decisions.review.solver import Curve, Infeasible, solve

WIDE = (0.0, 1000.0)
LINEAR, LOGARITHMIC, HILL = Curve(2, 100, 0), Curve(2, 100, 1), Curve(2, 100, 2)


def test_a_curve_brings_what_its_kind_says() -> None:
    assert LINEAR.value(50) == pytest.approx(100)
    assert LOGARITHMIC.value(50) == pytest.approx(2 * 100 * log(1.5))
    assert HILL.value(50) == pytest.approx(2 * 100 * 50 / (100 + 50))
    assert Curve(2, 100, 0.5).value(300) == pytest.approx(2 * 100 * 2 * (2 - 1))


@pytest.mark.parametrize("curve", [LOGARITHMIC, HILL, Curve(2, 100, 0.3), Curve(5, 0.1, 7)])
def test_the_marginal_is_the_slope_of_the_value_and_can_be_inverted(curve: Curve) -> None:
    for spend in (0.5, 40.0, 700.0):
        slope = (curve.value(spend * 1.0001) - curve.value(spend * 0.9999)) / (spend * 0.0002)
        assert curve.marginal(spend) == pytest.approx(slope, rel=1e-6)
        assert curve.at_marginal(curve.marginal(spend)) == pytest.approx(spend)


def test_beyond_what_a_marginal_reaches_the_spend_is_nothing_or_endless() -> None:
    assert [HILL.at_marginal(marginal) for marginal in (3, 2, 0)] == [0, 0, inf]
    assert [LINEAR.at_marginal(marginal) for marginal in (3, 2, 1)] == [0, 0, inf]


@pytest.mark.parametrize(
    ("curves", "total", "bounds", "spends"),
    [
        pytest.param([HILL, HILL], 300, [WIDE, WIDE], [150, 150], id="as good, so as much"),
        pytest.param([LOGARITHMIC, Curve(4, 100, 1)], 400, [WIDE, WIDE], [100, 300], id="200 and 400 beside h"),
        pytest.param([HILL, Curve(8, 100, 2)], 400, [WIDE, WIDE], [100, 300], id="the root of the marginal's ratio"),
        pytest.param([HILL, Curve(8, 100, 2)], 400, [WIDE, (0, 250)], [150, 250], id="demand ends"),
        pytest.param([HILL, Curve(8, 100, 2)], 400, [(180, 500), WIDE], [180, 220], id="must spend"),
        pytest.param([HILL, Curve(200, 100, 2)], 50, [WIDE, WIDE], [0, 50], id="too little for the worse"),
        pytest.param([LINEAR, Curve(3, 1, 0)], 1200, [WIDE, WIDE], [200, 1000], id="the better line is filled first"),
        pytest.param([LINEAR, LINEAR, Curve(3, 1, 0)], 700, [WIDE, (0, 500), (0, 400)], [200, 100, 400], id="a tie"),
        pytest.param([LINEAR, Curve(4, 100, 1)], 400, [WIDE, WIDE], [300, 100], id="a line keeps the marginal up"),
        pytest.param([Curve(0, 1, 2), HILL], 1500, [WIDE, WIDE], [500, 1000], id="worthless money goes last"),
        pytest.param([Curve(0, 1, 0), Curve(0, 1, 1)], 500, [WIDE, (0, 0)], [500, 0], id="nothing brings anything"),
        pytest.param([LINEAR, HILL], 0, [WIDE, WIDE], [0, 0], id="nothing to spend"),
        pytest.param([LINEAR, HILL], 2000, [WIDE, WIDE], [1000, 1000], id="all there is room for"),
        pytest.param([HILL], 70, [(70, 70)], [70], id="no choice"),
    ],
)
def test_known_answers(
    curves: list[Curve], total: float, bounds: list[tuple[float, float]], spends: list[float]
) -> None:
    found = solve(curves, total, bounds)
    assert found.spends == pytest.approx(spends, rel=1e-12, abs=1e-12)


def test_the_multiplier_is_what_one_more_unit_brings() -> None:
    assert solve([HILL, Curve(8, 100, 2)], 400, [WIDE, WIDE]).multiplier == pytest.approx(HILL.marginal(100))
    assert solve([LINEAR, Curve(3, 1, 0)], 1200, [WIDE, WIDE]).multiplier == pytest.approx(2)


def test_a_total_that_is_the_sum_of_bounds_added_in_another_order_is_that_sum() -> None:
    bounds = [(0.1, 0.1), (0.2, 0.2), (0.3, 0.3)]
    assert solve([HILL] * 3, 0.3 + 0.2 + 0.1, bounds).spends == (0.1, 0.2, 0.3)
    assert solve([HILL] * 3, 0.1 + 0.2 + 0.3, bounds).spends == (0.1, 0.2, 0.3)


@pytest.mark.parametrize(
    ("curves", "total", "bounds", "wrong"),
    [
        pytest.param([], 0, [], ["bounds"], id="no channel"),
        pytest.param([HILL], 10, [WIDE, WIDE], ["bounds"], id="a bound without a curve"),
        pytest.param([HILL], 1001, [WIDE], ["total"], id="more than there is room for"),
        pytest.param([HILL], 9, [(10, 20)], ["total"], id="less than must be spent"),
        pytest.param([HILL], nan, [WIDE], ["total"], id="no total"),
        pytest.param([HILL], 10, [(0, inf)], ["bounds.0"], id="no upper bound"),
        pytest.param([HILL, HILL], 10, [(5, 4), (-1, 9)], ["bounds.0", "bounds.1"], id="bounds crossed and under 0"),
        pytest.param([Curve(nan, 1, 1), Curve(1, 0, 1)], 10, [WIDE, WIDE], ["curves.0", "curves.1"], id="no curves"),
        pytest.param([Curve(-1, 1, 1)], 2000, [WIDE], ["curves.0", "total"], id="all that is wrong is said"),
        pytest.param([Curve(1, inf, 1)], inf, [(nan, 1)], ["curves.0", "bounds.0", "total"], id="no numbers"),
    ],
)
def test_what_has_no_answer_is_refused_with_all_that_is_wrong(
    curves: list[Curve], total: float, bounds: list[tuple[float, float]], wrong: list[str]
) -> None:
    with pytest.raises(Infeasible) as refused:
        solve(curves, total, bounds)
    assert [fault.where for fault in refused.value.faults] == wrong
