"""When an entity usually spends, and how far its hours and days scatter: learned from its own past, daily.

What was seen is drawn toward what is usual as far as chance alone could have made the difference: the positive-part
James-Stein estimator (Efron and Morris, 1973), known to actuaries as Bühlmann's credibility.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from math import log, sqrt
from typing import NamedTuple

from common.decisions.time_left import FLAT_WEEK

USUAL_HOURS = (
    *(0.021, 0.015, 0.010, 0.008, 0.008, 0.013, 0.021, 0.034, 0.047, 0.055, 0.059, 0.059),
    *(0.057, 0.055, 0.055, 0.055, 0.055, 0.057, 0.059, 0.064, 0.064, 0.055, 0.042, 0.032),
)
"""How consumer campaigns usually spread a day: quiet nights, a long plateau, a peak in the evening."""
USUAL_DAY_NOISE = 0.2
USUAL_HOUR_NOISE = 0.35
"""Coefficients of variation of a day's and an hour's spend around what was to be expected, until they are learned."""

LEARNING_DAYS = 28
"""How far back a curve looks: four of each weekday."""
_LEAST_WEIGHT = 0.02
"""Of an average hour or weekday: no weight is ever zero, since times of day and days are weighed against each other."""
_NOISE_TRUST = 7
"""Days that the usual noise counts for against what was seen."""
_LEAST_NOISE = 0.05
_OFF_SHARE = 0.25
_LEAST_DAYS = 7
_LEAST_WEEKS = 2
_CLEAR_SHARE = 0.25
"""Hours in which less of the day than this is left say little about the noise of an hour."""


class DaySpend(NamedTuple):
    """What was spent on one whole local day of 24 hours, by hour."""

    day: date
    hours: Sequence[float]


class SpendCurve(NamedTuple):
    """Weights by weekday (Monday first, mean 1) and local hour (sum 1); coefficients of variation of days and hours."""

    weekday: Sequence[float] = FLAT_WEEK
    hours: Sequence[float] = USUAL_HOURS
    day_noise: float = USUAL_DAY_NOISE
    hour_noise: float = USUAL_HOUR_NOISE


def learn(days: Iterable[DaySpend]) -> SpendCurve:
    """The curve of an entity that spent like this on its last whole days, in order."""
    seen = _delivered([_Seen(day.day.weekday(), total, day.hours) for day in days if (total := sum(day.hours)) > 0])
    if len(seen) < _LEAST_DAYS:
        return SpendCurve()
    hours = _hours(seen)
    return SpendCurve(_weekday(seen), hours, _day_noise(seen), _hour_noise(seen, hours))


class _Seen(NamedTuple):
    weekday: int
    total: float
    hours: Sequence[float]


def _delivered(days: Sequence[_Seen]) -> list[_Seen]:
    """Without the days on which the entity was off for long: in hours that usually have a quarter of its spend."""
    if not days:
        return []
    usual = [sum(column) for column in zip(*([spend / day.total for spend in day.hours] for day in days), strict=True)]
    most = _OFF_SHARE * len(days)
    return [
        day for day in days if sum(share for share, spend in zip(usual, day.hours, strict=True) if not spend) < most
    ]


def _hours(days: Sequence[_Seen]) -> tuple[float, ...]:
    shares = [[spend / day.total for spend in day.hours] for day in days]
    moments = [_moments(column) for column in zip(*shares, strict=True)]
    return _drawn([mean for mean, _ in moments], USUAL_HOURS, [variance / len(days) for _, variance in moments])


def _weekday(days: Sequence[_Seen]) -> tuple[float, ...]:
    """Each day is measured against its own week, so that a budget that changed from week to week does not matter."""
    of_weekday: list[list[float]] = [[] for _ in FLAT_WEEK]
    for start in range(len(days) % 7, len(days), 7):
        week = days[start : start + 7]
        usual = sum(day.total for day in week) / 7
        for day in week:
            of_weekday[day.weekday].append(day.total / usual)
    if min(len(column) for column in of_weekday) < _LEAST_WEEKS:
        return FLAT_WEEK
    moments = [_moments(column) for column in of_weekday]
    chance = sum(variance / len(column) for (_, variance), column in zip(moments, of_weekday, strict=True)) / 7
    return _drawn([mean for mean, _ in moments], FLAT_WEEK, [chance] * 7)


def _moments(values: Sequence[float]) -> tuple[float, float]:
    """Mean and variance."""
    mean = sum(values) / len(values)
    return mean, sum([(value - mean) ** 2 for value in values]) / (len(values) - 1)


def _drawn(seen: Sequence[float], usual: Sequence[float], chance: Sequence[float]) -> tuple[float, ...]:
    """`seen` drawn toward `usual`, with the same sum; `chance` is the variance that chance gives each mean."""
    total = sum(seen)
    scale = total / sum(usual)
    target = [weight * scale for weight in usual]
    distance = sum([(value / at - 1) ** 2 for value, at in zip(seen, target, strict=True)])
    noise = sum([spread / at**2 for spread, at in zip(chance, target, strict=True)])
    trust = max(0.0, 1.0 - noise / distance) if distance > 0 else 0.0
    least = _LEAST_WEIGHT * total / len(seen)
    return tuple(round(max(at + trust * (value - at), least), 5) for value, at in zip(seen, target, strict=True))


def _day_noise(days: Sequence[_Seen]) -> float:
    """From the changes between days: where a day keeps half of the last one's deviation, they spread as days do."""
    changes = [log(later.total / earlier.total) for earlier, later in pairwise(days)]
    return _tempered(sum([change**2 for change in changes]) / len(changes), len(changes), USUAL_DAY_NOISE)


def _hour_noise(days: Sequence[_Seen], hours: Sequence[float]) -> float:
    """From each hour's spend against its share of what the day still had to spend."""
    share_left = [sum(hours[hour:]) for hour in range(len(hours))]
    clear = [hour for hour, left in enumerate(share_left) if left >= _CLEAR_SHARE]
    squares = 0.0
    for day in days:
        left = day.total
        for hour in clear:
            spend = day.hours[hour]
            squares += (spend * share_left[hour] / (hours[hour] * left) - 1) ** 2
            left -= spend
            if left <= 0:
                break
    return _tempered(squares / (len(days) * len(clear)), len(days), USUAL_HOUR_NOISE)


def _tempered(seen: float, days: int, usual: float) -> float:
    """A standard deviation from a variance that was seen on so many days and the usual one."""
    mixed = (seen * days + usual**2 * _NOISE_TRUST) / (days + _NOISE_TRUST)
    return round(max(sqrt(mixed), _LEAST_NOISE), 4)
