"""How much money a person answers for who says yes: what their limit is held against, and the rule of two people.

Taking money away weighs as much as giving it: undoing a change is no smaller a decision than making it.
"""

from collections.abc import Sequence

from common.decisions.facts import Facts
from common.domain.change import Change, Setting, Status, Value
from common.domain.manifest import Entity

SPEED = 2
"""A daily budget that moves with its allocation is only how fast that is spent. One that alone would move more than
this many times as much over the days left is a step of its own, whatever allocation it travels with."""


def money_moved(changes: Sequence[Change], facts: Facts) -> int:
    """Micros over the flight that the changes of one proposal move; never negative.

    What leaves one allocation and comes to another counts once. An entity's other settings count as far as they move
    more than its allocation does: by entity the largest of them.
    """
    allocated = {one.entity_id: _delta(one) for one in changes if one.setting is Setting.ALLOCATION}
    most = {entity_id: abs(delta) for entity_id, delta in allocated.items()}
    together = frozenset(one.entity_id for one in changes)
    for change in changes:
        moved = _moved(change, abs(allocated.get(change.entity_id, 0)), together, facts)
        most[change.entity_id] = max(most.get(change.entity_id, 0), moved)
    come = sum(delta for delta in allocated.values() if delta > 0)
    gone = -sum(delta for delta in allocated.values() if delta < 0)
    beside = sum(most.values()) - sum(abs(delta) for delta in allocated.values())
    return max(come, gone) + beside


def _moved(change: Change, allocated: int, together: frozenset[str], facts: Facts) -> int:
    """What one setting moves; `allocated`: what its entity's allocation moves beside it; `together`: all entities."""
    if change.before == change.after:
        return 0
    match change.setting:
        case Setting.ALLOCATION:
            return abs(_delta(change))
        case Setting.DAILY_BUDGET:
            over_the_flight = abs(_delta(change)) * facts.days_left()
            return over_the_flight if over_the_flight > SPEED * allocated else 0
        case Setting.TOTAL_BUDGET:
            return _backstop(change, facts.manifest.entities.get(change.entity_id))
        case _:
            return _at_stake(change.entity_id, together, facts)


def _backstop(change: Change, entity: Entity | None) -> int:
    """The platform's own total: the difference; all of the allocation once nothing holds it; what a first one holds."""
    allocation = entity.allocation if entity is not None else None
    if change.after is None:
        return _amount(change.before) if allocation is None else allocation
    if change.before is None:
        return max(0, (allocation or 0) - _amount(change.after))
    return abs(_delta(change))


def _at_stake(entity_id: str, together: frozenset[str], facts: Facts) -> int:
    """What follows an entity's status, bid or geos: what it may still spend, all of it where that is not known.

    What bears no allocation of its own answers for its share of the one above it: an equal one for each of its kind in
    the same group that is live or changed with it, rounded up.
    """
    entity = facts.manifest.entities.get(entity_id)
    bearer = None if entity is None else _bearer(entity, facts)
    if entity is None or bearer is None:
        return 0
    spent = facts.spend.get(bearer.entity_id)
    unspent = max(0, (bearer.allocation or 0) - (0 if spent is None else spent.most))
    return unspent if bearer is entity else -(-unspent // _sharing(entity, together, facts))


def _bearer(entity: Entity, facts: Facts) -> Entity | None:
    above: Entity | None = entity
    for _ in facts.manifest.entities:
        if above is None or above.allocation is not None:
            return above
        above = facts.manifest.entities.get(above.parent) if above.parent else None
    return None


def _sharing(entity: Entity, together: frozenset[str], facts: Facts) -> int:
    group = (one for one in facts.manifest.entities.values() if (one.parent, one.kind) == (entity.parent, entity.kind))
    return sum(1 for one in group if one.status is Status.ENABLED or one.entity_id in together)


def _delta(change: Change) -> int:
    return _amount(change.after) - _amount(change.before)


def _amount(value: Value) -> int:
    return value if isinstance(value, int) else 0
