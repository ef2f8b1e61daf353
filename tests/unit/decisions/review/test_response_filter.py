"""What a filter makes of days whose truth is known: their level, how fast it falls, and when it jumped."""

from collections.abc import Sequence
from math import fsum
from random import Random

import pytest

from common.decisions.review.response_filter import ELASTICITIES, Cell, Day, brings, filtered, marginal
from sandbox.draws import poisson


def drawn(level: float, elasticity: float, *, days: int, seed: int = 0, exposure: float = 1.0) -> list[Day]:
    """Days by chance, that spend between half and nearly twice the reference."""
    dice = Random(seed)
    spends = [dice.uniform(0.5, 1.8) for _ in range(days)]
    return [Day(one, poisson(dice.random(), level * exposure * brings(elasticity, one)), exposure) for one in spends]


def level(cells: Sequence[Cell]) -> float:
    return fsum(cell.weight * cell.level for cell in cells)


def elasticity(cells: Sequence[Cell]) -> float:
    return fsum(cell.weight * cell.elasticity for cell in cells)


@pytest.mark.parametrize("elasticity", ELASTICITIES)
def test_a_curve_brings_one_at_the_reference_and_its_marginal_is_its_elasticity_there(elasticity: float) -> None:
    assert brings(elasticity, 1.0) == pytest.approx(1.0)
    assert marginal(elasticity, 1.0) == pytest.approx(elasticity)


@pytest.mark.parametrize("spend", [0.1, 0.7, 1.0, 2.5])
def test_the_marginal_is_the_derivative_of_what_it_brings(spend: float) -> None:
    for one in ELASTICITIES:
        slope = (brings(one, spend + 1e-6) - brings(one, spend - 1e-6)) / 2e-6
        assert marginal(one, spend) == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("truth", [0.35, 0.6, 0.86])
def test_of_many_conversions_both_are_learned(truth: float) -> None:
    """From a level at first that is half as much again."""
    cells = filtered(drawn(300, truth, days=90), 450)
    assert level(cells) == pytest.approx(300, rel=0.05)
    assert elasticity(cells) == pytest.approx(truth, abs=0.1)


def test_the_weights_are_a_distribution() -> None:
    cells = filtered(drawn(10, 0.6, days=40), 10)
    assert fsum(cell.weight for cell in cells) == pytest.approx(1)
    assert {cell.elasticity for cell in cells} == set(ELASTICITIES)


def test_without_days_it_is_as_it_was_expected() -> None:
    cells = filtered([], 7)
    assert {round(cell.level, 9) for cell in cells} == {7}
    assert len({cell.weight for cell in cells}) == 1


@pytest.mark.parametrize("times", [0.4, 2.0])
def test_a_jump_is_followed_within_days(times: float) -> None:
    """Four days of the new level say more than sixty of the old one."""
    days = drawn(30, 0.6, days=60) + drawn(30 * times, 0.6, days=4, seed=1)
    assert level(filtered(days, 30)) == pytest.approx(30 * times, rel=0.25)


def test_one_odd_day_is_no_jump() -> None:
    """Of a level that is known, a day that brought twice as much moves little."""
    days = drawn(10, 0.6, days=60)
    usual = level(filtered(days, 10))
    assert level(filtered([*days, Day(1.0, 20, 1.0)], 10)) == pytest.approx(usual, rel=0.25)


def test_of_hardly_any_conversions_little_is_made() -> None:
    cells = filtered(drawn(0.05, 0.6, days=14), 0.05)
    assert level(cells) == pytest.approx(0.05, rel=0.4)
    assert elasticity(cells) == pytest.approx(fsum(ELASTICITIES) / len(ELASTICITIES), abs=0.05)


def test_days_of_which_little_is_visible_say_nothing_of_the_level() -> None:
    """Three days of which a fifth is visible by now, as few as that makes them."""
    days = drawn(30, 0.6, days=60)
    young = drawn(30, 0.6, days=3, seed=2, exposure=0.2)
    assert level(filtered([*days, *young], 30)) == pytest.approx(level(filtered(days, 30)), rel=0.1)


def test_old_days_count_for_less_than_new_ones() -> None:
    """A level that crept up is nearer to what it is than to what it was on average."""
    crept = (Day(1.0, 20 + number / 4, 1.0) for number in range(120))
    assert level(filtered(crept, 20)) > 40


def test_no_number_of_days_makes_a_level_sure() -> None:
    """It wanders: after four hundred days it is known as well as after eight hundred, about to a fortieth."""
    sure, surer = (filtered([Day(1.0, 20, 1.0)] * days, 20)[0].shape for days in (400, 800))
    assert surer == pytest.approx(sure, rel=0.03)
    assert sure == pytest.approx(40**2, rel=0.1)
