"""A platform that ignores a budget is told from a day of chance, and what is believed is true as often as it says."""

from collections.abc import Iterator
from math import exp
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import strategies as st

from common.decisions.anomaly.overspend import (
    DOUBT_DAY,
    DOUBT_HOUR,
    FACTORS,
    PRIOR,
    HourSeen,
    Suspected,
    Usual,
    begin_day,
    weigh,
)
from common.decisions.spend_curve import USUAL_HOURS
from tests.property.reach import holds
from tests.unit.decisions.anomaly.spenders import AUTUMN, DEAD_NIGHTS, SPRING, WHOLE_DAY, Spender, believe, centred

WORTH_A_PAUSE = 5.0
"""What the odds times the share that is wasted must exceed."""


def is_paused(believed: Suspected) -> bool:
    """Whether this much doubt is worth a pause."""
    return believed.total * (believed.factor - 1.0) > WORTH_A_PAUSE


def drawn(rng: Random) -> Spender:
    """Any campaign that is well."""
    return Spender(
        Usual(rng.uniform(0.1, 0.35), rng.uniform(0.2, 0.5)),
        rng.choice((USUAL_HOURS, DEAD_NIGHTS)),
        rng.choice((1.2, 1.75, 2.0)),
        cut=rng.choice((1.0, 1.0, 0.7, 0.4)),
    )


def test_healthy_campaigns_are_never_paused() -> None:
    """Two thousand drawn days: quiet and noisy, with dead nights, changes of the clock and cuts of the budget."""
    rng, notable, hours = Random(1), 0, 0
    for _ in range(200):
        spender, suspected, appetite = drawn(rng), Suspected(), 1.0
        for _ in range(10):
            appetite = spender.appetite(rng, appetite)
            day = spender.day(rng, appetite, rng.choice((WHOLE_DAY, WHOLE_DAY, SPRING, AUTUMN)))
            for believed in believe(suspected, spender.usual, day):
                assert not is_paused(believed)
                notable += believed.probability >= 0.2
                hours += 1
    assert notable < 0.001 * hours


@pytest.mark.parametrize(("factor", "hours", "share"), [(2, 48, 0.7), (3, 24, 0.95), (4, 12, 1), (5, 12, 1), (6, 8, 1)])
def test_a_runaway_is_found_the_sooner_the_more_it_spends(factor: int, hours: int, share: float) -> None:
    rng, found = Random(factor), 0
    for _ in range(40):
        spender = Spender(Usual(rng.uniform(0.1, 0.35), rng.uniform(0.2, 0.5)), rng.choice((USUAL_HOURS, DEAD_NIGHTS)))
        suspected = after_days(rng, spender, 3)
        found += any(is_paused(believed) for believed in _runaway(rng, spender, suspected, factor, hours))
    assert found >= share * 40


def after_days(rng: Random, spender: Spender, days: int) -> Suspected:
    """What is believed after some healthy days."""
    suspected = Suspected()
    for _ in range(days):
        for _ in believe(suspected, spender.usual, spender.day(rng, spender.appetite(rng, 1.0))):
            pass
    return suspected


def _runaway(rng: Random, spender: Spender, suspected: Suspected, factor: float, hours: int) -> Iterator[Suspected]:
    """From six in the morning on."""
    count = 0
    for day in range(3):
        usual = spender.day(rng, spender.appetite(rng, 1.0))
        seen = [next(usual) for _ in range(6)] if day == 0 else []
        for believed in believe(suspected, spender.usual, [*seen, *spender.runaway(rng, usual, factor)]):
            count += 1
            if len(seen) < count <= hours + 6:
                yield believed


class Hour(NamedTuple):
    """What was believed after an hour with a raised prior, and what was true."""

    probability: float
    ignored: bool


RAISED = 0.01


def from_the_model(worlds: int, rng: Random) -> Iterator[Hour]:
    """Three days of campaigns that behave exactly as the model says, with runaways that begin more often.

    The odds that are left by earlier hours are a multiple of the prior, so those of another prior are that multiple
    of it.
    """
    usual = Usual(0.2, 0.3)
    for _ in range(worlds):
        suspected, factor, before = Suspected(), None, 1.0
        for _ in range(3):
            appetite = before = before**0.5 * exp(centred(rng, usual.day_noise * DOUBT_DAY))
            begin_day(suspected, usual)
            for place in WHOLE_DAY:
                if rng.random() < 0.02:
                    appetite = exp(centred(rng, usual.day_noise * DOUBT_DAY))
                if factor is None and rng.random() < RAISED:
                    factor = rng.choice(FACTORS)
                weigh(suspected, _model_hour(rng, suspected.spent, appetite, factor, place), usual)
                odds = suspected.total * RAISED / PRIOR
                yield Hour(odds / (1 + odds), factor is not None)


def _model_hour(rng: Random, spent: float, appetite: float, factor: float | None, place: int) -> HourSeen:
    share, rest = USUAL_HOURS[place] / sum(USUAL_HOURS), USUAL_HOURS[place] / sum(USUAL_HOURS[place:])
    spread = 0.3 * DOUBT_HOUR
    scattered = rng.gauss(0.0, spread * (2.5 if rng.random() < 0.01 else 1.0))
    if factor is not None:
        return HourSeen(factor * 100 * share * exp(scattered), 100, share, rest, 2.0)
    crumbs = 0.05 * 100 * share
    wanted = min(max((100 * appetite - spent) * rest, crumbs), max(200 - spent, crumbs))
    return HourSeen(wanted * exp(scattered - 0.5 * spread * spread), 100, share, rest, 2.0)


def test_of_the_checks_that_say_a_probability_about_that_share_is_right() -> None:
    """Rather a little more of them than fewer."""
    hours = list(from_the_model(700, Random(2)))
    for step in range(5):
        said = [hour for hour in hours if min(4, int(5 * hour.probability)) == step]
        assert len(said) > 200
        mean = sum(hour.probability for hour in said) / len(said)
        assert mean - 0.05 <= sum(hour.ignored for hour in said) / len(said) <= mean + 0.15


def test_a_day_that_spends_all_that_the_platform_may_is_no_runaway() -> None:
    """Demand for more than overdelivery allows: twice the budget is spent, and then nothing."""
    rng, reached = Random(3), 0
    for _ in range(100):
        spender = Spender(Usual(0.3, 0.3))
        suspected = after_days(rng, spender, 2)
        spent = 0.0
        for believed in believe(suspected, spender.usual, spender.day(rng, 2.2)):
            assert not is_paused(believed)
            spent = believed.spent
        reached += spent >= 199
    assert reached > 20


def test_an_hour_off_says_nothing() -> None:
    usual = Usual(0.2, 0.3)
    suspected = Suspected()
    for _ in believe(suspected, usual, [HourSeen(20.0, 100.0, 1 / 24, 1 / 24, 2.0)]):
        pass
    odds, belief = suspected.odds, suspected.belief
    weigh(suspected, HourSeen(0.0, 0.0, 1 / 24, 1 / 23, 2.0), usual)
    assert (suspected.odds, suspected.belief) == (odds, belief)


def test_an_hour_on_that_spends_nothing_speaks_against_it() -> None:
    usual = Usual(0.2, 0.3)
    suspected = Suspected()
    for _ in believe(suspected, usual, [HourSeen(20.0, 100.0, 1 / 24, 1 / 24, 2.0)]):
        pass
    before = suspected.total
    weigh(suspected, HourSeen(0.0, 100.0, 1 / 24, 1 / 23, 2.0), usual)
    assert suspected.total < before


def test_what_is_believed_of_a_day_stays_whole_while_it_narrows() -> None:
    """Whatever is spent; and toward the evening it is known more finely than in the morning."""

    def law(case: tuple[list[float], float, float]) -> bool:
        spends, day_noise, hour_noise = case
        usual, suspected = Usual(day_noise, hour_noise), Suspected()
        begin_day(suspected, usual)
        assert suspected.belief is not None
        morning = suspected.belief.step
        for place, spend in enumerate(spends):
            share, rest = USUAL_HOURS[place] / sum(USUAL_HOURS), USUAL_HOURS[place] / sum(USUAL_HOURS[place:])
            weigh(suspected, HourSeen(spend * 100 * share, 100.0, share, rest, 2.0), usual)
            assert sum(suspected.belief.weights) == pytest.approx(1.0, abs=1e-6)
            assert min(suspected.belief.weights) >= 0
            assert 0 <= suspected.probability <= 1
            assert 2 <= suspected.factor <= 6 + 1e-9
        return suspected.belief.step < morning

    spends = st.lists(st.one_of(st.floats(0.5, 2.0), st.floats(0.0, 20.0)), min_size=24, max_size=24)
    holds(st.tuples(spends, st.floats(0.05, 0.6), st.floats(0.1, 0.9)), law, examples=60)
