"""Allocations under a channel's budget: what is spent stays where it was spent, the rest is shared out as it was."""

from collections.abc import Mapping, Sequence

from common.decisions.facts import NOTHING_SPENT, Spent
from common.domain.change import Setting
from common.domain.log_entry import LoggedChange
from common.domain.manifest import Entity, Manifest
from common.domain.money import split
from common.domain.plan import PlanTrack


def bearing(manifest: Manifest) -> dict[str, list[Entity]]:
    """The entities that bear an allocation, by channel in order of its name."""
    found: dict[str, list[Entity]] = {}
    for entity in sorted(manifest.entities.values(), key=lambda entity: entity.channel):
        if entity.allocation is not None:
            found.setdefault(entity.channel, []).append(entity)
    return found


def most_spent(entity: Entity, spent: Mapping[str, Spent]) -> int:
    """Micros that an entity has spent by now, or may have: its allocation can't go lower."""
    return spent.get(entity.entity_id, NOTHING_SPENT).most


def shared(budget: int, entities: Sequence[Entity], spent: Mapping[str, Spent]) -> list[int]:
    """A budget as allocations of these entities, in their order, to the micro; at least what each may have spent.

    A budget above what they have raises none of them less than it was, and one below lowers none of them more.
    """
    floors = [most_spent(entity, spent) for entity in entities]
    unspent = [max(0, (entity.allocation or 0) - floor) for entity, floor in zip(entities, floors, strict=True)]
    return [floor + part for floor, part in zip(floors, split(budget - sum(floors), unspent), strict=True)]


def rebased(manifest: Manifest, piece: PlanTrack, spent: Mapping[str, Spent]) -> tuple[LoggedChange, ...]:
    """Each channel's allocations under its new budget, to the micro; nothing for channels no longer planned.

    What is spent, or may be, stays where it was spent; what the budget leaves is shared out as the unspent money was.
    """
    changes: list[LoggedChange] = []
    for channel, entities in bearing(manifest).items():
        line = piece.line(channel)
        for entity, wanted in zip(entities, shared(0 if line is None else line.budget, entities, spent), strict=True):
            if wanted != entity.allocation:
                change = LoggedChange(
                    entity_id=entity.entity_id,
                    setting=Setting.ALLOCATION.value,
                    before=entity.allocation,
                    after=wanted,
                )
                changes.append(change)
    return tuple(changes)
