"""A figure that is watched as it comes in: what was expected at this hour, and how surprising is what came?

One pass, constant memory. The logarithm of a value is compared with the usual one at its local hour; the distance is
measured in mean absolute deviations. Both are learned from every value, but no value may pull them further than a
bound (Huber's idea: P. J. Huber, Robust Estimation of a Location Parameter, 1964), so that an outlier teaches little.
An alarm is raised at the first surprising value; those that follow are the same event unless they are twice as bad.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, pi, sqrt
from typing import NamedTuple

from common.domain.anomaly import HOURS, WEEKDAYS, StreamMemory

NORMAL_PER_MEAN_DEVIATION = sqrt(pi / 2)
"""Standard deviations of a normal distribution in one mean absolute deviation."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How a stream is judged. The defaults were fixed on the four files of `bench/nab`; docs/anomaly.md says how."""

    alarm: float = 3.5
    """Surprise, in standard deviations, from which an alarm is raised."""
    fall_weight: float = 0.5
    """How much a fall counts beside a rise as far: money is lost by rises."""
    warm_up: float = 48
    """Hours before anything is judged."""
    season_step: float = 0.05
    """Least weight of an hour in its hour of the day's usual level."""
    season_pull: float = 1.25
    """Deviations by which one value may move its hour's usual level at most, before the weight."""
    week_step: float = 0.01
    """Weight of an hour in what its weekday has beyond the others."""
    week_warm_up: float = 24 * 21
    """Hours before weekdays are told apart: three of each."""
    level_step: float = 0.05
    scale_step: float = 0.05
    outlier: float = 3.0
    """Deviations beyond which a value counts as that many when level and scale are learned."""
    quiet: float = 24
    """Hours after an alarm in which only a value twice as surprising raises another."""
    worse: float = 2.0
    """How much more surprising a value must be to count as another event meanwhile."""
    first_scale: float = 0.3
    floor_share: float = 0.05
    """The floor, as a share of the first value that is not zero."""


STANDARD = Sensitivity()
FIRST_HOURS = 3
"""Hours of the day that are averaged before an hour's usual level follows slowly; from two on it is believed."""


class Reading(NamedTuple):
    """What a value looks like beside those before it."""

    memory: StreamMemory
    """What to remember."""
    expected: float
    """The usual value at this hour, in the figure's own unit."""
    surprise: float
    """Standard deviations from it; falls are weighed down. 0 while there is too little to judge by."""
    alarm: bool
    """Whether this begins something that is not usual."""
    judged: bool
    """Whether there was enough to judge by."""


def begin(first: float, sensitivity: Sensitivity = STANDARD) -> StreamMemory:
    """The memory of a stream whose first value that is not zero is this one."""
    if first <= 0:
        raise ValueError(f"the first value sets the floor, so it must be above zero (given: {first})")
    floor = first * sensitivity.floor_share
    level = log(first + floor)
    return StreamMemory(floor=floor, level=level, scale=sensitivity.first_scale, season=(level,) * HOURS)


class When(NamedTuple):
    """The local time that a value belongs to. A public holiday counts as a Sunday."""

    hour: int
    """0 to 23."""
    weekday: int | None = None
    """0 is Monday; `None` where weekdays are not to be told apart."""


def read(
    memory: StreamMemory, value: float, when: When, elapsed: float = 1.0, sensitivity: Sensitivity = STANDARD
) -> Reading:
    """Judge the next value, then learn from it.

    Args:
        value: not negative.
        when: in the tenant's time.
        elapsed: hours since the value before; more than one counts as one, since nothing was seen in between.
    """
    elapsed = min(max(elapsed, 0.0), 1.0)
    hour = when.hour
    now, counted = log(max(value, 0.0) + memory.floor), memory.counts[hour]
    usual = memory.season[hour] if counted >= FIRST_HOURS - 1 else memory.level
    if when.weekday is not None and memory.hours >= sensitivity.week_warm_up:
        usual += memory.week[when.weekday]
    away = now - usual
    deviations = away / (memory.scale * NORMAL_PER_MEAN_DEVIATION)
    surprise = deviations if deviations > 0 else -deviations * sensitivity.fall_weight
    judged = memory.hours >= sensitivity.warm_up
    alarm = judged and surprise >= sensitivity.alarm and _is_new(memory, surprise, sensitivity)
    return Reading(
        memory=_learned(_Seen(now, away, when, elapsed), memory, surprise if alarm else None, sensitivity),
        expected=max(0.0, _value(usual, memory.floor)),
        surprise=surprise if judged else 0.0,
        alarm=alarm,
        judged=judged,
    )


def _is_new(memory: StreamMemory, surprise: float, sensitivity: Sensitivity) -> bool:
    return (
        memory.quiet is None or memory.quiet >= sensitivity.quiet or surprise >= sensitivity.worse * memory.alarmed_at
    )


def _value(level: float, floor: float) -> float:
    return exp(level) - floor


class _Seen(NamedTuple):
    """A value as it is learned from."""

    now: float
    away: float
    when: When
    elapsed: float

    @property
    def hour(self) -> int:
        """The local hour."""
        return self.when.hour


def _learned(seen: _Seen, memory: StreamMemory, alarmed: float | None, sensitivity: Sensitivity) -> StreamMemory:
    scale, hours = memory.scale, memory.hours + seen.elapsed
    pace = 1 / (hours + 20) if hours < 80 else sensitivity.scale_step
    aside = _within(seen.now - memory.level, sensitivity.outlier * scale)
    quiet = None if memory.quiet is None else memory.quiet + seen.elapsed
    return StreamMemory(
        floor=memory.floor,
        level=memory.level + seen.elapsed * sensitivity.level_step * aside,
        scale=scale + seen.elapsed * pace * (min(abs(seen.away), sensitivity.outlier * scale) - scale),
        season=_put(memory.season, seen.hour, _season(seen, memory, sensitivity)),
        hours=hours,
        counts=_put(memory.counts, seen.hour, memory.counts[seen.hour] + seen.elapsed),
        week=_week(seen, memory, sensitivity),
        quiet=quiet if alarmed is None else 0.0,
        alarmed_at=memory.alarmed_at if alarmed is None else alarmed,
    )


def _season(seen: _Seen, memory: StreamMemory, sensitivity: Sensitivity) -> float:
    """The hour's usual level: the mean of its first values, then a slow and bounded follower."""
    counted, usual = memory.counts[seen.hour] + seen.elapsed, memory.season[seen.hour]
    if counted <= FIRST_HOURS:
        return usual + (seen.now - usual) * min(1.0, seen.elapsed / counted)
    weight = seen.elapsed * max(1 / counted, sensitivity.season_step)
    return usual + weight * _within(seen.now - usual, sensitivity.season_pull * memory.scale)


def _week(seen: _Seen, memory: StreamMemory, sensitivity: Sensitivity) -> Sequence[float]:
    """What each weekday has beyond the others; together they have nothing."""
    if seen.when.weekday is None:
        return memory.week
    step = seen.elapsed * sensitivity.week_step
    beyond = seen.now - memory.season[seen.hour] - memory.week[seen.when.weekday]
    moved = step * _within(beyond, sensitivity.season_pull * memory.scale)
    week = _put(memory.week, seen.when.weekday, memory.week[seen.when.weekday] + moved)
    return [one - moved / WEEKDAYS for one in week]


def _within(step: float, bound: float) -> float:
    return max(-bound, min(bound, step))


def _put(values: Sequence[float], at: int, value: float) -> list[float]:
    return [*values[:at], value, *values[at + 1 :]]
