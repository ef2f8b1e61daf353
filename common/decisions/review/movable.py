"""How much of each allocation a shift may move today without a person: between which amounts it may end."""

from collections.abc import Mapping
from typing import NamedTuple

from common.decisions.facts import Facts
from common.decisions.guardrails.allocations import automatic_movement
from common.decisions.guardrails.context import Context
from common.decisions.guardrails.frequency import review_cooldown
from common.decisions.review.standing_still import off
from common.decisions.spend import stale_spend
from common.domain.change import Reason, Setting
from common.domain.manifest import Entity


class Room(NamedTuple):
    """Micros that an allocation may become; both are what it is where it must stay, with the reason."""

    least: int
    most: int
    reason: Reason | None = None


def rooms(facts: Facts) -> Mapping[str, Room]:
    """By entity id, for every entity that has an allocation."""
    context = Context(facts)
    bearing = [one for one in facts.manifest.entities.values() if one.allocation is not None]
    return {one.entity_id: _room(one, bearing, context) for one in bearing}


def _room(entity: Entity, bearing: list[Entity], context: Context) -> Room:
    allocation = entity.allocation or 0
    still = _stands_still(entity, context)
    if still is not None:
        return Room(allocation, allocation, still)
    facts, rails = context.facts, context.rails
    spent = facts.spend[entity.entity_id].most
    limit = rails.degraded_shift_pct if facts.tenant.degraded_attribution else rails.shift_max_pct
    gives = max(0, int(limit * (allocation - spent) / 100))
    gross, net = automatic_movement(entity.channel, context)
    week = rails.shift_max_pct_7d * (facts.manifest.allocated(entity.channel) - net) / 100 - gross
    mine = _share(entity, [one for one in bearing if one.channel == entity.channel])
    moves = max(0, int(week * mine))
    gets = moves
    line = facts.line(entity)
    if line is None or _takes_nothing(entity, facts):
        gets = 0
    elif line.max_budget is not None:
        free = line.max_budget - facts.manifest.allocated(entity.channel)
        gets = max(0, min(gets, int(free * mine)))
    return Room(allocation - min(gives, moves), allocation + gets)


def _share(entity: Entity, siblings: list[Entity]) -> float:
    """The entity's part of what its channel may move: by its allocation."""
    whole = sum(one.allocation or 0 for one in siblings)
    return (entity.allocation or 0) / whole if whole else 1 / len(siblings)


def _takes_nothing(entity: Entity, facts: Facts) -> bool:
    """Whether nobody could let it have more now: its increases are frozen, or its spend is too old to know."""
    frozen = any(not one.person and one.channel in (None, entity.channel) for one in facts.state.freezes)
    return frozen or stale_spend(entity, facts) is not None


def _stands_still(entity: Entity, context: Context) -> Reason | None:
    facts, name = context.facts, entity.entity_id
    if name not in facts.spend:
        return Reason(code="spend_unknown", entity_id=name)
    return off(entity, facts) or review_cooldown(entity, Setting.ALLOCATION, facts)
