"""The hourly pacing decision: the daily budgets that bring every entity to the end of its flight on its allocation.

Each hour the money that is left is spread over the days that are left, and the daily budget is what makes the platform
spend today's part: (spent today + today's part) / delivery level. As the end comes near, the budget is held down to
where the most that can be spent before the next check still fits.
"""

from typing import NamedTuple

from common.decisions.budget_limits import cooling
from common.decisions.facts import Facts
from common.decisions.guardrails.rollout import CAP_PROTECTING
from common.decisions.pacing_budget import correct
from common.decisions.pacing_status import backstop, restart, stop
from common.decisions.pacing_track import Move, PacingTrack
from common.domain.change import OptimizationType, Proposal, Reason, Status
from common.domain.manifest import Entity
from common.domain.state import TrackState

RULE = "pacing"


class Decided(NamedTuple):
    """What pacing wants; and for every entity that bears a budget the reason, also where it wants nothing."""

    proposals: tuple[Proposal, ...]
    reasons: tuple[Reason, ...]


def decide(facts: Facts) -> Decided:
    """Decide about every entity of the track that has an allocation and a daily budget."""
    track = PacingTrack(facts)
    proposals: list[Proposal] = []
    reasons: list[Reason] = []
    for entity in facts.manifest.entities.values():
        if entity.allocation is None or entity.daily_budget is None:
            continue
        total = backstop(entity, facts.tenant.currency)
        if total is not None and _turned_down(total, track) is None:
            proposals.append(_proposal(f"{entity.entity_id}:total", total))
        move = _move(entity, track)
        no = _turned_down(move, track)
        if no is not None:
            move = Move(no)
        reasons.append(move.reason)
        if move.changes:
            proposals.append(_proposal(entity.entity_id, move))
    return Decided(tuple(proposals), tuple(reasons))


def learned(state: TrackState, facts: Facts) -> TrackState:
    """A track's state, which somebody else may have written meanwhile, with what these facts had learned."""
    return state.but(pacing=facts.state.pacing)


def _move(entity: Entity, track: PacingTrack) -> Move:
    standstill = _standstill(entity, track)
    if standstill is not None:
        return Move(standstill)
    outlook = track.outlook(entity)
    if entity.status is Status.PAUSED:
        return restart(outlook, track)
    if not outlook.backstopped and outlook.spent.most >= outlook.horizon.money:
        return stop(outlook, track)
    return correct(outlook, track)


def _turned_down(move: Move, track: PacingTrack) -> Reason | None:
    """Why a move waits that its platform turned down a few hours ago; one that keeps money safe never does."""
    if move.reason.code in CAP_PROTECTING:
        return None
    for change in move.changes:
        turned = track.facts.manifest.turned(change.entity_id, change.setting)
        if turned is not None and cooling(turned.at, track.now, track.rails.cooldown_hours):
            hours = round(track.hours_since(turned.at), 1)
            return Reason(code="turned_down", measured=turned.code, limit=hours, entity_id=change.entity_id)
    return None


def _standstill(entity: Entity, track: PacingTrack) -> Reason | None:
    """Why there is nothing to decide about an entity."""
    entity_id, flight = entity.entity_id, track.flight
    if track.today < flight.start:
        return Reason(code="not_begun", measured=str(track.today), limit=str(flight.start), entity_id=entity_id)
    if track.today > flight.end:
        return Reason(code="flight_over", measured=str(track.today), limit=str(flight.end), entity_id=entity_id)
    pause = track.facts.manifest.pause_over(entity)
    if pause is not None:
        return Reason(code="paused", measured=pause.reason, limit=pause.pause_id, entity_id=entity_id)
    known = track.facts.state.pacing.get(entity_id)
    if known is None or entity_id not in track.facts.spend:
        return Reason(code="awaiting_data", entity_id=entity_id)
    if entity.status is Status.PAUSED and not known["stopped"]:
        return Reason(code="paused", entity_id=entity_id)
    return None


def _proposal(name: str, move: Move) -> Proposal:
    return Proposal(
        proposal_id=f"{RULE}:{name}",
        type=OptimizationType.PACE,
        rule=RULE,
        changes=move.changes,
        why=move.why,
        reasons=(move.reason,),
    )
