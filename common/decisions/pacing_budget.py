"""The daily budget of one entity: what is wanted, how far the limits let it go, and whether it is worth a write."""

from typing import NamedTuple

from common.decisions.budget_limits import BudgetLimits, budget_limits, even_pace, must_wait
from common.decisions.exposure import cap_in_danger
from common.decisions.outlook import Outlook
from common.decisions.pacing_status import LANDED, stop
from common.decisions.pacing_track import Move, PacingTrack
from common.domain.change import Change, Reason, Setting

WORTH = 0.004
"""Of the money that is left: a correction that moves less today can wait."""
LEAST_STEP = 0.02
"""Of the daily budget: a smaller step is no correction."""
DEMAND_ROOM = 2.0
"""More than so many times the best day of a week buys nothing: the demand is not there."""


class Bound(NamedTuple):
    """How far a budget may go, and the code of what holds it there."""

    budget: float
    code: str


def correct(outlook: Outlook, track: PacingTrack) -> Move:
    """Bring the daily budget to where it should be, as far as that is allowed and worth a write.

    On the last day the platform's own total does the braking where there is one. A period that others follow ends
    with a pause, not with a low budget, from which the limits would let it climb back only over days.
    """
    wanted = outlook.wanted()
    if outlook.last_day and (outlook.backstopped or not outlook.horizon.final):
        wanted = max(wanted, outlook.budget)
    safe = outlook.safe(wanted)
    if safe < wanted and not outlook.horizon.final and outlook.overspends():
        return stop(outlook, track)
    if safe > outlook.budget:
        return _raise(outlook, safe, track)
    return _lower(outlook, safe, track, held=safe < wanted)


def _raise(outlook: Outlook, wanted: float, track: PacingTrack) -> Move:
    if not _worth(outlook, wanted):
        return _stay(outlook, "on_pace", wanted, outlook.budget)
    frozen = track.frozen(outlook)
    if frozen is not None:
        return Move(frozen)
    limits = _limits(outlook, track)
    bound = min(_demand(outlook, track), _highest(outlook, limits))
    budget = track.down(min(wanted, bound.budget))
    if budget - outlook.budget < LEAST_STEP * outlook.budget:
        return _stay(outlook, bound.code, wanted, bound.budget)
    waits = must_wait(limits, track.rails, track.now, danger=False)
    if waits is not None:
        return _wait(outlook, waits, limits, track)
    return _write(outlook, budget, "raised" if wanted <= bound.budget else bound.code, wanted, bound.budget, track)


def _lower(outlook: Outlook, wanted: float, track: PacingTrack, *, held: bool) -> Move:
    """Down to `wanted`. `held`: more would be wanted, but could overspend before the next check."""
    if not held and not _worth(outlook, wanted):
        return _stay(outlook, "on_pace", wanted, outlook.budget)
    limits = _limits(outlook, track)
    danger = held and cap_in_danger(outlook.entity, outlook.spent, outlook.flight_left, outlook.horizon.money)
    lowest = limits.lowest(danger=danger)
    budget = track.up(lowest) if wanted <= lowest else track.down(wanted)
    if outlook.budget - budget < (0 if held else LEAST_STEP * outlook.budget) or budget >= outlook.budget:
        return _stay(outlook, "limit_binds:learning_step_pct" if wanted < lowest else "on_pace", wanted, lowest)
    waits = must_wait(limits, track.rails, track.now, danger=danger)
    if waits is not None:
        overspends = held and outlook.overspends()
        return stop(outlook, track, waits=True) if overspends else _wait(outlook, waits, limits, track)
    code = "cap_in_danger" if held else "limit_binds:learning_step_pct" if wanted < lowest else "lowered"
    return _write(outlook, budget, code, wanted, lowest, track)


def _worth(outlook: Outlook, wanted: float) -> bool:
    least = WORTH * max(outlook.rest, LANDED * outlook.horizon.money)
    return outlook.moves(wanted) >= least and abs(wanted - outlook.budget) >= LEAST_STEP * outlook.budget


def _limits(outlook: Outlook, track: PacingTrack) -> BudgetLimits:
    clock = track.clock(track.flight.end)
    return budget_limits(
        outlook.entity,
        track.rails,
        track.now,
        pace=even_pace(outlook.allocation - outlook.spent.most, outlook.flight_left.days),
        day_start=clock.day_start,
        days_left=clock.days_after + 1,
        degraded=track.facts.tenant.degraded_attribution,
    )


def _highest(outlook: Outlook, limits: BudgetLimits) -> Bound:
    return min(
        Bound(limits.person_from - 1, "limit_binds:daily_budget_step_pct"),
        Bound(limits.week_highest, "limit_binds:daily_budget_7d_pct"),
        Bound(limits.learning_highest, "limit_binds:learning_step_pct"),
        Bound(outlook.raisable(), "limit_binds:exposure"),
    )


def _demand(outlook: Outlook, track: PacingTrack) -> Bound:
    """An entity that can't spend its budget is not pushed further; the even pace of the whole flight is always fair.

    Days on which it was turned off say nothing about demand.
    """
    best = outlook.observed.best_day
    if best is None or any(step.setting is Setting.STATUS for step in outlook.entity.trail):
        return Bound(float("inf"), "demand_limited")
    return Bound(max(DEMAND_ROOM * best, outlook.allocation / track.flight.days), "demand_limited")


def _write(outlook: Outlook, budget: int, code: str, wanted: float, bound: float, track: PacingTrack) -> Move:
    entity_id = outlook.entity.entity_id
    change = Change(entity_id=entity_id, setting=Setting.DAILY_BUDGET, before=outlook.budget, after=budget)
    reason = _reason(outlook, code, wanted, bound)
    level = f"{100 * outlook.forecast.level:.0f}%"
    why = (
        f"{outlook.entity.called}: {track.show(budget)} a day instead of {track.show(outlook.budget)}."
        f" {track.show(outlook.rest)} are left for {outlook.days:.1f} days, and a day spends about {level} of its"
        " budget."
    )
    return Move(reason, (change,), why)


def _stay(outlook: Outlook, code: str, wanted: float, bound: float) -> Move:
    return Move(_reason(outlook, code, wanted, bound))


def _wait(outlook: Outlook, code: str, limits: BudgetLimits, track: PacingTrack) -> Move:
    measured, limit = float(limits.writes_today), float(track.rails.budget_writes_per_day)
    if code == "cooldown_hours" and limits.last_automatic is not None:
        measured, limit = track.hours_since(limits.last_automatic), track.rails.cooldown_hours
    return Move(Reason(code=code, measured=measured, limit=limit, entity_id=outlook.entity.entity_id))


def _reason(outlook: Outlook, code: str, wanted: float, bound: float) -> Reason:
    limit = None if bound == float("inf") else round(bound)
    return Reason(code=code, measured=round(wanted), limit=limit, entity_id=outlook.entity.entity_id)
