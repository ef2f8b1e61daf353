"""How far and how often a daily budget may move by itself: stated once, for pacing and for the guardrails.

All amounts are micros. A value counts as live from the instant at which it landed until the next one landed.
"""

from datetime import datetime
from math import ceil, floor
from typing import NamedTuple

from common.domain.calendar import HOUR
from common.domain.change import Setting
from common.domain.guardrails import Guardrails
from common.domain.manifest import Entity

DAY = 24 * HOUR
WEEK = 7 * DAY
LAST_DAYS = 3
"""In a flight's last days the learning phase no longer matters."""
UNLIMITED = 2**62


class BudgetLimits(NamedTuple):
    """The limits of an entity's daily budget at one instant."""

    base: int
    """The higher of the even pace and the value 24 hours ago."""
    person_from: int
    """A raise that reaches this is a spend increase: a person decides."""
    week_lowest: int
    """The lowest value of seven days."""
    week_highest: int
    """A raise may go to here, this value included: `daily_budget_7d_pct` over the lowest, or back to the highest."""
    phase_lowest: int
    """The lowest value within `learning_hours`, that steps up are measured against."""
    phase_highest: int
    """The highest one, that steps down are measured against."""
    learning_highest: int
    learning_lowest: int
    writes_today: int
    """Budget writes of Trimtab in this local day, edits by hand not counted."""
    last_automatic: datetime | None
    """When a daily budget was last changed automatically, as far as the trail goes back."""

    @property
    def highest(self) -> int:
        """The most that an automatic raise may go to."""
        return min(self.person_from - 1, self.week_highest, self.learning_highest)

    def lowest(self, *, danger: bool) -> int:
        """The least that an automatic decrease may go to; anything while a cap is in danger."""
        return 0 if danger else self.learning_lowest


def even_pace(unspent: int, days: float) -> int:
    """The daily budget that spends the unspent allocation evenly: over the days left, weighted by weekday.

    Args:
        unspent: allocation less visible spend less the upper bound of spend not yet visible; negative counts as none.
        days: `TimeLeft.days`.
    """
    return floor(unspent / days) if unspent > 0 and days > 0 else 0


def budget_limits(
    entity: Entity, rails: Guardrails, now: datetime, *, pace: int, day_start: datetime, days_left: int, degraded: bool
) -> BudgetLimits:
    """The limits by the entity's trail.

    Args:
        pace: `even_pace`, in micros.
        day_start: when the tenant's local day began.
        days_left: days of the flight, today included.
        degraded: whether the tenant is without GA4, which tightens the step.
    """
    seen = _trailing(entity, now, rails.learning_hours, day_start)
    step = rails.degraded_step_pct if degraded else rails.daily_budget_step_pct
    base = max(pace, seen.day_ago)
    learns = entity.delivery.learning and days_left > LAST_DAYS
    return BudgetLimits(
        base=base,
        person_from=ceil(base * (100 + step) / 100),
        week_lowest=seen.week_lowest,
        week_highest=max(floor(seen.week_lowest * (100 + rails.daily_budget_7d_pct) / 100), seen.week_highest),
        phase_lowest=seen.phase_lowest,
        phase_highest=seen.phase_highest,
        learning_highest=floor(seen.phase_lowest * (100 + rails.learning_step_pct) / 100) if learns else UNLIMITED,
        learning_lowest=ceil(seen.phase_highest * (100 - rails.learning_step_pct) / 100) if learns else 0,
        writes_today=seen.writes_today,
        last_automatic=seen.last_automatic,
    )


def must_wait(limits: BudgetLimits, rails: Guardrails, now: datetime, *, danger: bool) -> str | None:
    """Why pacing may not write this budget now, as the guardrail's name; `None` where it may.

    Args:
        danger: the write is a decrease while a cap is in danger, which waits for nothing.
    """
    if danger:
        return None
    if limits.writes_today >= rails.budget_writes_per_day:
        return "budget_writes_per_day"
    return "cooldown_hours" if cooling(limits.last_automatic, now, rails.cooldown_hours) else None


def cooling(last_automatic: datetime | None, now: datetime, hours: float) -> bool:
    """Whether the last automatic change of a field is less than so many hours ago."""
    return last_automatic is not None and now - last_automatic < hours * HOUR


_DAILY_BUDGET = Setting.DAILY_BUDGET
_BUDGETS = (Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET)


class _Trailing(NamedTuple):
    day_ago: int
    week_lowest: int
    week_highest: int
    phase_lowest: int
    phase_highest: int
    writes_today: int
    last_automatic: datetime | None


def _trailing(entity: Entity, now: datetime, learning_hours: float, day_start: datetime) -> _Trailing:
    """One pass back over the trail. A value that was null was not live: it bounds nothing."""
    live = entity.daily_budget or 0
    if not entity.trail:
        return _Trailing(live, live, live, live, live, 0, None)
    day_ago = week_lowest = week_highest = phase_lowest = phase_highest = live
    day_from, week_from, phase_from = now - DAY, now - WEEK, now - learning_hours * HOUR
    writes, last_automatic = 0, None
    for step in reversed(entity.trail):
        setting, at = step.setting, step.at
        if at <= week_from:
            break
        if setting is _DAILY_BUDGET:
            before = step.before
            if isinstance(before, int) and not week_lowest <= before <= week_highest:
                week_lowest, week_highest = min(week_lowest, before), max(week_highest, before)
            if at > phase_from:
                phase_lowest, phase_highest = week_lowest, week_highest
            if at > day_from:
                day_ago = before if isinstance(before, int) else 0
            if last_automatic is None and step.auto:
                last_automatic = at
        if at >= day_start and setting in _BUDGETS and step.type is not None:
            writes += 1
    return _Trailing(day_ago, week_lowest, week_highest, phase_lowest, phase_highest, writes, last_automatic)
