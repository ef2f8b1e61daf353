"""A figure that is watched: what is usual is learned, what is not is named once, and an outlier teaches little."""

import json
from collections.abc import Iterable
from math import sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.decisions.anomaly.stream import STANDARD, Reading, When, begin, read
from common.domain.anomaly import StreamMemory


def usual(hour: int) -> float:
    """A price that is high in the afternoon, with a little of what looks like chance."""
    return (2.0 if 12 <= hour % 24 < 18 else 1.0) * (1 + 0.1 * sin(hour * 12.9898))


def watched(values: Iterable[float], memory: StreamMemory | None = None, start: int = 0) -> list[Reading]:
    """The readings of hourly values."""
    found: list[Reading] = []
    for hour, value in enumerate(values, start):
        if memory is None:
            memory = begin(value)
        found.append(read(memory, value, When(hour % 24)))
        memory = found[-1].memory
    return found


def learned(days: int = 14) -> StreamMemory:
    """What a watcher remembers after so many usual days."""
    return watched(usual(hour) for hour in range(24 * days))[-1].memory


def test_what_is_usual_raises_no_alarm() -> None:
    assert not any(reading.alarm for reading in watched(usual(hour) for hour in range(24 * 60)))


def test_the_afternoon_is_expected_once_it_was_seen() -> None:
    readings = watched(usual(hour) for hour in range(24 * 14))
    assert readings[-10].expected == pytest.approx(2.0, rel=0.15)
    assert readings[-1].expected == pytest.approx(1.0, rel=0.15)


def test_nothing_is_judged_in_the_first_two_days() -> None:
    readings = watched([1.0] * 40 + [50.0] * 8 + [1.0])
    assert [reading.judged for reading in readings] == [False] * 48 + [True]
    assert not any(reading.alarm or reading.surprise for reading in readings[:48])


@pytest.mark.parametrize("factor", [2.0, 3.0, 10.0])
def test_twice_the_usual_is_named_at_once(factor: float) -> None:
    """At each hour of the day."""
    memory = learned()
    for hour in range(24):
        assert read(memory, usual(hour) * factor, When(hour)).alarm


def test_a_usual_afternoon_price_at_night_is_not_usual() -> None:
    memory = learned()
    assert not read(memory, 2.0, When(14)).alarm
    assert read(memory, 2.0, When(3)).alarm


def test_one_event_raises_one_alarm_unless_it_gets_twice_as_bad() -> None:
    memory = learned()
    readings = watched([3.0] * 12, memory)
    assert [reading.alarm for reading in readings] == [True] + [False] * 11
    worse = watched([3.0, 3.0, 60.0, 60.0], memory)
    assert [reading.alarm for reading in worse] == [True, False, True, False]


def test_a_day_later_the_same_raises_another() -> None:
    memory = watched([4.0], learned())[-1].memory
    memory = watched((usual(hour) for hour in range(1, 40)), memory, start=1)[-1].memory
    assert read(memory, 4.0, When(16)).alarm


def test_an_outlier_teaches_little() -> None:
    memory = learned()
    after = read(memory, 1e6, When(3)).memory
    assert read(after, 1.0, When(3)).expected == pytest.approx(read(memory, 1.0, When(3)).expected, rel=0.05)
    assert after.scale <= memory.scale * (1 + STANDARD.scale_step * STANDARD.outlier)


def test_a_level_that_stays_becomes_usual() -> None:
    readings = watched((3 * usual(hour) for hour in range(24 * 60)), learned())
    assert readings[0].alarm
    assert readings[-1].expected == pytest.approx(3.0, rel=0.25)
    assert not any(reading.alarm for reading in readings[-24 * 7 :])


def test_a_fall_counts_less_than_a_rise() -> None:
    memory = learned()
    rise, fall = read(memory, 4.0, When(3)), read(memory, 0.25, When(3))
    assert 0 < fall.surprise < rise.surprise


def test_quarters_of_an_hour_teach_as_much_as_the_hour() -> None:
    quarterly = begin(usual(0))
    for hour in range(24 * 14):
        for _ in range(4):
            quarterly = read(quarterly, usual(hour), When(hour % 24), 0.25).memory
    hourly = learned()
    assert quarterly.hours == hourly.hours
    for hour in range(24):
        assert quarterly.season[hour] == pytest.approx(hourly.season[hour], abs=0.1)


WEEKENDS = 1.6
"""How much dearer a Saturday or Sunday is."""


def weekly(days: int, *, told_apart: bool = True) -> tuple[StreamMemory, list[Reading]]:
    """What is remembered after so many days from a Monday on, with dear weekends; and the readings."""
    memory, found = begin(usual(0)), list[Reading]()
    for hour in range(24 * days):
        weekday = hour // 24 % 7
        value = usual(hour) * (WEEKENDS if weekday >= 5 else 1.0)
        found.append(read(memory, value, When(hour % 24, weekday if told_apart else None)))
        memory = found[-1].memory
    return memory, found


def test_weekdays_are_told_apart_once_three_of_each_were_seen() -> None:
    memory, _ = weekly(24 * 7)
    for hour in range(24):
        working, saturday = (read(memory, 1.0, When(hour, weekday)).expected for weekday in (1, 5))
        assert saturday / working > 1.15
    early, _ = weekly(20)
    assert read(early, 1.0, When(12, 1)).expected == read(early, 1.0, When(12, 5)).expected


def test_a_weekend_that_is_as_dear_as_ever_surprises_less_where_weekdays_are_told_apart() -> None:
    def most(readings: list[Reading]) -> float:
        return max(reading.surprise for reading in readings[-24 * 7 :])

    assert most(weekly(24 * 7)[1]) < most(weekly(24 * 7, told_apart=False)[1])


def test_what_weekdays_have_beyond_the_others_adds_up_to_nothing() -> None:
    memory, _ = weekly(70)
    assert sum(memory.week) == pytest.approx(0.0, abs=1e-9)
    assert max(memory.week) > 0.05


def test_a_public_holiday_is_judged_as_a_sunday() -> None:
    """Its price is a Sunday's, which would be dear on any Wednesday."""
    memory, _ = weekly(24 * 7)
    as_wednesday, as_sunday = (read(memory, 2.2 * WEEKENDS, When(12, weekday)).surprise for weekday in (2, 6))
    assert as_sunday < as_wednesday


def test_the_nights_on_which_the_clock_changes_are_like_others() -> None:
    """An hour that is missing, or comes twice, has the price of its local hour."""
    memory = learned(21)
    spring = [hour for hour in range(24) if hour != 2]
    autumn = [0, 1, 2, *range(2, 24)]
    for day in (spring, autumn):
        for hour in day:
            reading = read(memory, usual(hour), When(hour))
            assert not reading.alarm
            memory = reading.memory
    assert read(memory, usual(14), When(14)).expected == pytest.approx(2.0, rel=0.15)


@pytest.mark.parametrize("first", [0.0, -1.0])
def test_a_first_value_without_a_size_is_refused(first: float) -> None:
    with pytest.raises(ValueError, match="must be above zero"):
        begin(first)


@given(st.lists(st.floats(min_value=0, max_value=1e12), min_size=1, max_size=200), st.integers(0, 23))
def test_whatever_comes_the_memory_stays_sound(values: list[float], start: int) -> None:
    """Zeros, gaps and jumps over twelve orders of magnitude."""
    memory = begin(1.0)
    for hour, value in enumerate(values, start):
        reading = read(memory, value, When(hour % 24))
        memory = StreamMemory(**json.loads(json.dumps(reading.memory._asdict())))
        assert reading.expected >= 0
        assert memory.scale > 0


@given(st.floats(min_value=1e-3, max_value=1e6), st.lists(st.floats(0.1, 10), min_size=60, max_size=120))
def test_the_unit_does_not_matter(factor: float, noise: list[float]) -> None:
    values = [usual(hour) * more for hour, more in enumerate(noise)]
    one, two = watched(values), watched(value * factor for value in values)
    assert [reading.surprise for reading in one] == pytest.approx([reading.surprise for reading in two], abs=1e-6)
