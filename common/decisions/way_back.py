"""The way back to the plan: changes that return live allocations to the active version, as far as they can go."""

from collections.abc import Sequence
from typing import NamedTuple

from common.decisions.facts import Facts
from common.decisions.rebasing import bearing, most_spent, shared
from common.domain.change import Change, OptimizationType, Proposal, Reason, Setting
from common.domain.manifest import Entity
from common.domain.money import show, split

RULE = "return_to_plan"
"""Names the rule, and the reason for which it always waits for a person."""


class Aim(NamedTuple):
    """One channel on its way back: micros that it has, that it will have, and that the plan gives it."""

    channel: str
    entities: tuple[Entity, ...]
    """Those whose allocations can move in the direction in which it goes."""
    fixed: int
    """What the others keep."""
    live: int
    planned: int
    target: int


def way_back(facts: Facts) -> Proposal | None:
    """What would return the track's live allocations to its plan; `None` where they are on it. Pure.

    Each channel goes to the plan's budget. None goes under what is spent or may be, nothing that a pause covers is
    raised, and what is raised stays under the track's ceiling. What can't go back fully goes as far as it can; where
    nothing can move there are no changes, and the sentence says why.
    """
    bearers = bearing(facts.manifest)
    channels = sorted({*bearers, *(line.channel for line in facts.slice.channels)})
    aims = _under_ceiling([_aim(channel, bearers.get(channel, []), facts) for channel in channels], facts)
    if all(aim.live == aim.planned for aim in aims):
        return None
    changes = [change for aim in aims for change in _changes(aim, facts)]
    return Proposal(
        proposal_id=f"{RULE}-v{facts.plan.version}",
        type=OptimizationType.REVERT,
        rule=RULE,
        changes=tuple(changes),
        why=_why(aims, facts),
        evidence={"plan_version": facts.plan.version},
        reasons=(Reason(code=RULE),),
    )


def _aim(channel: str, entities: Sequence[Entity], facts: Facts) -> Aim:
    line = facts.slice.line(channel)
    planned, live = 0 if line is None else line.budget, sum(one.allocation or 0 for one in entities)
    movable = tuple(one for one in entities if _moves(one, facts, up=planned > live))
    fixed = live - sum(one.allocation or 0 for one in movable)
    least = fixed + sum(most_spent(one, facts.spend) for one in movable)
    return Aim(channel, movable, fixed, live, planned, max(planned, min(least, live)) if movable else live)


def _moves(entity: Entity, facts: Facts, *, up: bool) -> bool:
    """Whether an allocation can move: not where its spend is unknown or over it, and not up under a pause."""
    if entity.entity_id not in facts.spend or most_spent(entity, facts.spend) > (entity.allocation or 0):
        return False
    return not up or facts.manifest.pause_over(entity) is None


def _under_ceiling(aims: Sequence[Aim], facts: Facts) -> list[Aim]:
    """The raises cut down, in proportion, to what the track's ceiling leaves once the others are lowered."""
    ceiling = facts.envelope.ceilings.get(facts.manifest.track_id) if facts.envelope is not None else None
    most = facts.slice.budget if ceiling is None else ceiling.total
    wanted = [max(0, aim.target - aim.live) for aim in aims]
    room = max(0, most - sum(min(aim.target, aim.live) for aim in aims))
    granted = wanted if sum(wanted) <= room else split(room, wanted)
    return [
        aim._replace(target=aim.live + more) if want else aim
        for aim, want, more in zip(aims, wanted, granted, strict=True)
    ]


def _changes(aim: Aim, facts: Facts) -> list[Change]:
    if not aim.entities or aim.target == aim.live:
        return []
    allocations = shared(aim.target - aim.fixed, aim.entities, facts.spend)
    return [
        Change(entity_id=one.entity_id, setting=Setting.ALLOCATION, before=one.allocation, after=after)
        for one, after in zip(aim.entities, allocations, strict=True)
        if after != one.allocation
    ]


def _why(aims: Sequence[Aim], facts: Facts) -> str:
    moved = [aim for aim in aims if aim.target != aim.live]
    steps = "; ".join(f"{aim.channel} from {_shown(aim.live, facts)} to {_shown(aim.target, facts)}" for aim in moved)
    short = [
        f" {aim.channel} stays {_shown(abs(aim.target - aim.planned), facts)}"
        f" {'over' if aim.target > aim.planned else 'under'} its plan: {_hindrance(aim, facts)}."
        for aim in aims
        if aim.target != aim.planned
    ]
    return f"Back to plan v{facts.plan.version}: {steps or 'nothing can move'}.{''.join(short)}"


def _hindrance(aim: Aim, facts: Facts) -> str:
    """Why a channel does not go back fully."""
    bearers = bearing(facts.manifest).get(aim.channel, [])
    if not bearers:
        return "nothing live bears a budget there"
    if any(one.entity_id not in facts.spend for one in bearers):
        return "not all of its spend is known"
    if aim.target > aim.planned:
        return "what is spent, or may be, can't be taken back"
    return "the track's ceiling leaves no more" if aim.entities else "a pause stands over it"


def _shown(micros: int, facts: Facts) -> str:
    return show(micros, facts.tenant.currency)
