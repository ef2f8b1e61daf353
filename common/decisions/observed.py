"""What pacing remembers of an entity: its spend as far as it is visible, how its platform delivers, and its curve.

The delivery level is what a day's spend comes to as a multiple of the daily budget, if demand and hours allow. It is
unknown, it differs from day to day, and each visible hour says something about it: a scalar Kalman filter (Kalman,
1960) on D in `rest of the day's spend = budget x D - spent so far today`, of which an hour takes its share of the
hours left, times noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from common.decisions.local_days import WHOLE_DAY, LocalDay, LocalDays
from common.decisions.spend_curve import USUAL_DAY_NOISE, USUAL_HOUR_NOISE, USUAL_HOURS
from common.decisions.time_left import FLAT_WEEK
from common.domain.calendar import HOUR
from common.domain.change import Setting, Status
from common.domain.manifest import Entity

DAY_MEMORY = 0.5
"""How much of a day's deviation the next day is expected to keep."""
UPPER = 1.645
"""Standard deviations to an upper bound: one-sided 95%."""
_LEAST_REST = 0.02
"""Of a daily budget: with less than this left to spend in the day, an hour says nothing about the level."""
_LEAST_LEVEL = 0.05
_LANDS_WITHIN = timedelta(minutes=30)
"""A change counts for the hour in whose first half it landed."""


@dataclass(slots=True)
class Observed:
    """One entity's part of the track's state. Money in micros; days are the tenant's."""

    seen: str
    """Hours that end by this instant are counted."""
    open: str
    """Hours from this instant on may still be restated."""
    settled: int = 0
    """Spend of the flight before `open`."""
    visible: int = 0
    """Spend of the flight before `seen`."""
    unseen: int = 0
    """Upper bound of what was spent since."""
    today: int = 0
    """Spend before `seen` of the day in which the last hour before it lies."""
    budget: int = 0
    """The daily budget that was live in the last hour counted in which any was."""
    level: float = 1.0
    """What a day's spend comes to as a multiple of that budget."""
    spread: float = USUAL_DAY_NOISE**2
    """Variance of the level."""
    restated: str | None = None
    """The day on which past spend was last asked for again."""
    learned: str | None = None
    """The day on which the curve was last learned."""
    best_day: int | None = None
    """The most that a whole day of the last week spent."""
    stopped: bool = False
    """Pacing paused the entity."""
    ahead: Sequence[float] = ()
    """The `Forecast` at the last tick."""
    weekday: Sequence[float] = field(default=FLAT_WEEK)
    hours: Sequence[float] = field(default=USUAL_HOURS)
    day_noise: float = USUAL_DAY_NOISE
    hour_noise: float = USUAL_HOUR_NOISE

    def body(self) -> dict[str, Any]:
        """As it is stored."""
        return {name: getattr(self, name) for name in _FIELDS}

    def level_under(self, level: float, before: float, after: float) -> float:
        """The level of a day under another daily budget than the one that it was seen under.

        It stays what it is, but where demand may be what limits (no day of the last week spent the budget): then it is
        the day's spend that stays, and a lower budget is used better, up to what is usual.
        """
        if not after or before == after or self.best_day is None or before <= self.best_day:
            return level
        kept = level * before / after
        return kept if after > before else max(level, min(1.0, kept))

    def next_day(self, level: float, spread: float, overdelivery: float) -> tuple[float, float]:
        """Level and its variance as they are to be expected a day later."""
        kept = DAY_MEMORY * DAY_MEMORY
        level = 1.0 + DAY_MEMORY * (min(level, overdelivery) - 1.0)
        return level, kept * spread + (1.0 - kept) * self.day_noise * self.day_noise


_FIELDS = tuple(one.name for one in fields(Observed))


class Forecast(NamedTuple):
    """The hours that are over but not visible yet, in micros, and the level of the day that it is now."""

    mean: float
    variance: float
    """From the noise of the hours, and from the level of days that are over."""
    gain: float
    """By how much `mean` rises per unit of today's level."""
    today: float
    """Expected spend of the local day so far, the visible part included."""
    level: float
    spread: float

    def bound(self) -> float:
        """The upper bound of what is not visible yet."""
        return self.mean + UPPER * (self.variance + self.spread * self.gain * self.gain) ** 0.5


def live_at(entity: Entity, hour: datetime) -> int:
    """The daily budget that was live in the hour that starts then, in micros; 0 where the entity was paused."""
    budget, status = entity.daily_budget, entity.status
    landed = hour + _LANDS_WITHIN
    for step in reversed(entity.trail):
        if step.at < landed:
            break
        if step.setting is Setting.DAILY_BUDGET:
            budget = step.before if isinstance(step.before, int) else 0
        elif step.setting is Setting.STATUS:
            status = Status.ENABLED if step.before == Status.ENABLED else Status.PAUSED
    return budget or 0 if status is Status.ENABLED else 0


def count_hour(observed: Observed, entity: Entity, day: LocalDay, hour: datetime, spend: int) -> None:
    """Take in an hour that became visible; hours come in order."""
    if hour == day.start:
        observed.level, observed.spread = observed.next_day(
            observed.level, observed.spread, entity.delivery.overdelivery
        )
        observed.today = 0
    budget = live_at(entity, hour)
    observed.level = observed.level_under(observed.level, observed.budget, budget)
    observed.budget = budget or observed.budget
    if budget:
        rest = observed.level - observed.today / budget
        if rest > _LEAST_REST:
            share = share_of_rest(observed.hours, day, day.place(hour))
            seen = (spend / share + observed.today) / budget
            noise = observed.hour_noise * rest
            gain = observed.spread / (observed.spread + noise * noise)
            observed.level = max(_LEAST_LEVEL, observed.level + gain * (seen - observed.level))
            observed.spread *= 1.0 - gain
    observed.today += spend
    observed.visible += spend


def share_of_rest(weights: Sequence[float], day: LocalDay, index: int, part: float = 1.0) -> float:
    """The share that an hour, or part of it, has in what is left of its day from its start on."""
    hours = day.hours
    left = weights[index:] if hours is WHOLE_DAY else [weights[hour] for hour in hours[index:]]
    return left[0] * part / sum(left)


def forecast(observed: Observed, entity: Entity, days: LocalDays, now: datetime) -> Forecast:
    """What was probably spent in the hours that are not visible yet."""
    hour = datetime.fromisoformat(observed.seen)
    mean, variance, gain, today = 0.0, 0.0, 0.0, float(observed.today)
    level, spread, overdelivery = observed.level, observed.spread, entity.delivery.overdelivery
    last = observed.budget
    steady = not entity.trail or entity.trail[-1].at < hour
    day = days.at(hour)
    while hour <= now:
        if hour >= day.end:
            day = days.at(hour)
        if hour == day.start:
            variance += spread * gain * gain
            gain, today = 0.0, 0.0
            level, spread = observed.next_day(level, spread, overdelivery)
        if hour == now:
            break
        budget = live_at(entity, now if steady else hour)
        if budget:
            level, last = observed.level_under(level, last, budget), budget
            share = share_of_rest(observed.hours, day, day.place(hour), min(1.0, (now - hour) / HOUR))
            expected = expected_spend(budget, level, today, share, overdelivery)
            mean, today = mean + expected, today + expected
            variance += (observed.hour_noise * expected) ** 2
            gain += budget * share if expected else 0.0
        hour += HOUR
    return Forecast(mean, variance, gain, today, level, spread)


def expected_spend(budget: float, level: float, today: float, share: float, overdelivery: float) -> float:
    """What this share of the rest of the day probably spends, after `today`; never more than the platform may."""
    wanted = (budget * level - today) * share
    if wanted <= 0:
        return 0.0
    most = overdelivery * budget - today
    return min(wanted, most) if most > 0 else wanted
