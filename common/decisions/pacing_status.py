"""Stopping an entity at its allocation, starting it again, and the platform's own total as the backstop."""

from common.decisions.budget_limits import cooling
from common.decisions.outlook import Outlook
from common.decisions.pacing_track import Move, PacingTrack
from common.domain.change import Change, Reason, Setting, Status
from common.domain.manifest import Entity
from common.domain.money import budget_step, show

LANDED = 0.0005
"""Of the money: with less than this left an entity that was stopped stays so."""


def backstop(entity: Entity, currency: str) -> Move | None:
    """The platform's total set to the allocation, in amounts that the currency can name, where it has another."""
    unit = budget_step(currency)
    before, after = entity.total_budget, (entity.allocation or 0) // unit * unit
    if not entity.delivery.takes_total_budget or before == after:
        return None
    change = Change(entity_id=entity.entity_id, setting=Setting.TOTAL_BUDGET, before=before, after=after)
    reason = Reason(code="total_budget", measured=before, limit=after, entity_id=entity.entity_id)
    total = show(after, currency)
    why = f"{entity.called}: {total} as the platform's own total, so that it keeps the allocation by itself."
    return Move(reason, (change,), why)


def stop(outlook: Outlook, track: PacingTrack, *, waits: bool = False) -> Move:
    """All of the money may be spent before anything else could help: nothing but a pause keeps the entity within it.

    Args:
        waits: the daily budget may not be written now; else it is lowered too, for when it is turned on again.
    """
    entity, most, money = outlook.entity, outlook.spent.most, outlook.horizon.money
    changes = [_status(entity, Status.PAUSED)]
    budget = track.down(outlook.wanted())
    if outlook.horizon.final and budget < outlook.budget and not waits:
        changes.append(
            Change(entity_id=entity.entity_id, setting=Setting.DAILY_BUDGET, before=outlook.budget, after=budget)
        )
    why = f"{entity.called}: paused. Up to {track.show(most)} may be spent by now, of {track.show(money)}."
    return Move(_stopped(outlook), tuple(changes), why)


def restart(outlook: Outlook, track: PacingTrack) -> Move:
    """What was feared to be spent was not: the rest can still be."""
    entity, money = outlook.entity, outlook.horizon.money
    if outlook.rest < LANDED * money or outlook.overspends() or outlook.budget > outlook.raisable():
        return Move(_stopped(outlook))
    frozen = track.frozen(outlook)
    if frozen is not None:
        return Move(frozen)
    last = next((step.at for step in reversed(entity.trail) if step.setting is Setting.STATUS and step.auto), None)
    if last is not None and cooling(last, track.now, track.rails.cooldown_hours):
        hours, limit = track.hours_since(last), track.rails.cooldown_hours
        return Move(Reason(code="cooldown_hours", measured=hours, limit=limit, entity_id=entity.entity_id))
    reason = Reason(code="restarted", measured=outlook.spent.most, limit=money, entity_id=entity.entity_id)
    why = f"{entity.called}: on again. {track.show(outlook.rest)} are still to be spent."
    return Move(reason, (_status(entity, Status.ENABLED),), why)


def _stopped(outlook: Outlook) -> Reason:
    return Reason(
        code="stopped_at_allocation",
        measured=outlook.spent.most,
        limit=outlook.horizon.money,
        entity_id=outlook.entity.entity_id,
    )


def _status(entity: Entity, status: Status) -> Change:
    return Change(entity_id=entity.entity_id, setting=Setting.STATUS, before=entity.status.value, after=status.value)
