"""Clicks go on and events stop: found as soon as enough was expected, and almost never for nothing."""

from datetime import UTC, datetime, timedelta
from math import exp
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.decisions.anomaly.tracking import USUAL, Checked, Tracking, check
from common.domain.anomaly import TrackingMemory

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
CHECKS_A_MONTH = 30 * 96


def checked(intervals: list[tuple[float, int]], memory: TrackingMemory | None = None) -> list[Checked]:
    """The verdicts on consecutive quarters of an hour."""
    found: list[Checked] = []
    memory = memory or TrackingMemory()
    for number, (expected, observed) in enumerate(intervals):
        found.append(check(memory, expected, observed, NOW + number * QUARTER))
        memory = found[-1].memory
    return found


def drawn(rng: Random, mean: float) -> int:
    """A Poisson count (D. Knuth's way)."""
    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


@pytest.mark.parametrize("expected", [0.5, 2.0, 5.0, 20.0, 300.0])
def test_a_total_outage_is_found_once_twenty_events_were_expected(expected: float) -> None:
    """However fast they come; before that it is inconclusive, never broken."""
    verdicts = checked([(expected, 0)] * 100)
    first = next(number for number, one in enumerate(verdicts, 1) if one.verdict is Tracking.BROKEN)
    assert expected * (first - 1) < 20 <= expected * first
    assert verdicts[first - 1].memory.since == NOW


def test_before_enough_was_expected_nothing_is_called_broken() -> None:
    verdicts = checked([(1.0, 0)] * 19)
    assert Tracking.BROKEN not in {one.verdict for one in verdicts}
    assert verdicts[-1].verdict is Tracking.INCONCLUSIVE
    assert [one.probability for one in verdicts] == sorted(one.probability for one in verdicts)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.1])
def test_an_outage_after_a_long_healthy_time_is_found_as_fast(share: float) -> None:
    rng = Random(1)
    healthy = checked([(10.0, drawn(rng, 10.0)) for _ in range(CHECKS_A_MONTH)])
    after = checked([(10.0, drawn(rng, 10.0 * share)) for _ in range(8)], healthy[-1].memory)
    found = [one.verdict for one in after].index(Tracking.BROKEN)
    assert found <= 4


def test_a_quiet_night_is_healthy() -> None:
    """Few clicks bring few events: nothing was expected, so nothing is missing."""
    verdicts = checked([(0.0, 0)] * 40)
    assert {one.verdict for one in verdicts} == {Tracking.HEALTHY}
    assert verdicts[-1].memory == TrackingMemory()


def test_events_that_come_back_end_the_case() -> None:
    broken = checked([(10.0, 0)] * 4)[-1]
    assert broken.verdict is Tracking.BROKEN
    back = checked([(10.0, 10)] * 4, broken.memory)
    assert back[-1].verdict is Tracking.HEALTHY
    assert back[-1].memory == TrackingMemory()


@pytest.mark.parametrize("mean", [1.0, 10.0])
def test_healthy_months_are_almost_never_called_broken(mean: float) -> None:
    """Eight months of counts that scatter more than Poisson's: the mean itself moves by a quarter either way."""
    rng, broken, worst = Random(2), 0, 0.0
    for _ in range(8):
        memory, was = TrackingMemory(), False
        for _ in range(CHECKS_A_MONTH):
            moved = mean * rng.uniform(0.75, 1.25)
            found = check(memory, mean, drawn(rng, moved), NOW)
            memory = found.memory
            broken += found.verdict is Tracking.BROKEN and not was
            was = found.verdict is Tracking.BROKEN
            worst = max(worst, memory.case)
    assert broken == 0
    assert worst > 1, "the case was never built, so nothing was tested"


@pytest.mark.parametrize(("expected", "observed"), [(-1.0, 0), (1.0, -1)])
def test_fewer_than_none_is_refused(expected: float, observed: int) -> None:
    with pytest.raises(ValueError, match="fewer than none"):
        check(TrackingMemory(), expected, observed, NOW)


@given(st.lists(st.tuples(st.floats(0, 1e4), st.integers(0, 10_000)), max_size=60))
def test_whatever_comes_the_memory_stays_sound(intervals: list[tuple[float, int]]) -> None:
    for one in checked(intervals):
        assert TrackingMemory.model_validate(one.memory.body()) == one.memory
        assert 0.5 <= one.probability <= 1
        assert one.verdict is not Tracking.BROKEN or one.memory.expected >= USUAL.least_expected


@given(st.floats(0.1, 100), st.integers(0, 100))
def test_more_events_never_make_it_look_worse(expected: float, observed: int) -> None:
    begun = TrackingMemory(since=NOW, case=5.0, expected=12.0)
    fewer, more = (check(begun, expected, count, NOW).memory.case for count in (observed, observed + 1))
    assert more <= fewer
