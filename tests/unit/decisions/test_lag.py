"""How late conversions are seen, learned from how recorded days grew."""

from itertools import accumulate
from math import exp
from random import Random

import pytest

from common.decisions.lag import PRIOR_DAYS, LagCurve, Sight, learn
from common.domain.performance import STEPS


def grown(mean: float, total: float, until: int) -> list[Sight]:
    """How a day's claims grow where they do so exactly by the curve, up to an age."""
    return [(float(age), total * (1 - exp(-age / mean))) for age in STEPS if age <= until]


def test_a_day_is_as_visible_as_its_age_says() -> None:
    curve = LagCurve(2.0)
    assert [curve.visible(age) for age in (-1, 0)] == [0, 0]
    assert curve.visible(2) == pytest.approx(1 - exp(-1))
    assert curve.visible(60) == pytest.approx(1)


@pytest.mark.parametrize("mean", [0.4, 1.0, 3.0, 8.0])
def test_the_mean_is_found_from_days_that_grew_and_from_those_that_still_grow(mean: float) -> None:
    """Tried are means that lie 12% apart."""
    days = [grown(mean, 400, until) for until in range(1, 40)]
    found = learn(days)
    assert found.learned
    assert found.mean == pytest.approx(mean, rel=0.13)


def test_with_days_that_are_all_young_the_part_that_is_still_to_come_is_not_forgotten() -> None:
    """No day is older than five days, by which two thirds of the conversions are in."""
    found = learn([grown(5.0, 1000, until) for until in (2, 3, 4, 5)] * 3)
    assert found.mean == pytest.approx(5.0, rel=0.2)


def test_real_counts_teach_the_same() -> None:
    rng, days = Random(5), list[list[Sight]]()
    for number in range(30):
        lags = [rng.expovariate(1 / 4) for _ in range(20)]
        ages = [age for age in STEPS if age <= number + 1]
        days.append([(float(age), float(sum(lag < age for lag in lags))) for age in ages])
    assert learn(days).mean == pytest.approx(4.0, rel=0.2)


@pytest.mark.parametrize("days", [[], [[(1.0, 5.0)]], [[(1.0, 0.0), (2.0, 0.0)]]])
def test_until_something_has_grown_it_is_what_is_assumed(days: list[list[Sight]]) -> None:
    assert learn(days) == LagCurve(PRIOR_DAYS)


def test_a_handful_of_conversions_moves_what_is_assumed_only_a_little() -> None:
    few, many = learn([grown(12.0, 4, 34)]), learn([grown(12.0, 4000, 34)])
    assert PRIOR_DAYS * 0.9 < few.mean < 4 < 10 < many.mean


def test_a_claim_that_was_withdrawn_is_no_growth() -> None:
    whole = grown(3.0, 500, 34)
    withdrawn = [*whole[:-1], (whole[-1][0], whole[-2][1] - 3)]
    assert learn([withdrawn] * 5).mean == pytest.approx(learn([whole] * 5).mean, rel=0.13)


def test_means_rise_with_how_late_what_is_seen_comes() -> None:
    """Later arrivals never make the curve quicker."""
    totals = [learn([[(age, total) for age, total in zip((1.0, 5.0, 13.0), accumulate(parts), strict=True)]] * 9).mean
              for parts in ([90, 8, 2], [60, 30, 10], [40, 30, 30], [20, 30, 50])]  # fmt: skip
    assert totals == sorted(totals)
    assert totals[0] < totals[-1]
