"""Exposure: the most that an entity will have spent by the time somebody can act on it."""

from math import ceil

from common.decisions.facts import Spent
from common.decisions.time_left import TimeLeft
from common.domain.change import Status
from common.domain.manifest import Entity


def exposure(entity: Entity, spent: Spent, daily_budget: int, share: float) -> int:
    """Visible spend + upper bound of spend not yet visible + the most that can be spent meanwhile, in micros.

    The platform may spend `overdelivery` times the daily budget in a day, along its hours; a total budget that the
    platform keeps is a bound of its own.

    Args:
        daily_budget: the budget that is or would be live, in micros.
        share: of a usual day's spend, until somebody can act: `TimeLeft.check`; `TimeLeft.today` for the day's worst.
    """
    most = spent.visible + spent.unseen
    reached = most + ceil(entity.delivery.overdelivery * daily_budget * share)
    if entity.total_budget is not None and entity.delivery.takes_total_budget:
        return min(reached, max(most, entity.total_budget))
    return reached


def cap_in_danger(entity: Entity, spent: Spent, left: TimeLeft, money: int) -> bool:
    """Whether more than `money` could be spent before the day ends, at the budget that is live.

    Decreases are then excepted from the limits that only keep changes rare or small.

    Args:
        money: what may be spent until the next boundary, in micros: `horizon(...).money`.
    """
    if entity.status is not Status.ENABLED:
        return False
    return exposure(entity, spent, entity.daily_budget or 0, left.today) > money
