"""What an edit by hand that is adopted changes in our own ledger."""

from collections.abc import Iterable, Mapping

from common.decisions.facts import Spent
from common.domain.change import Setting
from common.domain.log_entry import LoggedChange
from common.domain.manifest import Entity, HandEdit, Manifest


def taken_along(found: Iterable[HandEdit], manifest: Manifest, spent: Mapping[str, Spent]) -> tuple[LoggedChange, ...]:
    """Allocations that follow a platform's own total which somebody lowered under them. Pure.

    Never under what is spent, or may be, and not where that is unknown. A raised total gives nobody more money.
    """
    totals = ((manifest.entities[one.entity_id], one.found) for one in found if _lowers(one))
    lowered = ((entity, _least(entity, total, spent)) for entity, total in totals)
    return tuple(
        LoggedChange(
            entity_id=entity.entity_id, setting=Setting.ALLOCATION.value, before=entity.allocation, after=after
        )
        for entity, after in lowered
        if after is not None
    )


def _lowers(edit: HandEdit) -> bool:
    """Whether it lowered a platform's own total, or set one where there was none."""
    if edit.setting is not Setting.TOTAL_BUDGET or not isinstance(edit.found, int):
        return False
    return not isinstance(edit.expected, int) or edit.found < edit.expected


def _least(entity: Entity, total: object, spent: Mapping[str, Spent]) -> int | None:
    """The allocation under this total; `None` where it stays as it is."""
    known = spent.get(entity.entity_id)
    if not entity.delivery.takes_total_budget or not isinstance(total, int) or known is None:
        return None
    after = max(total, known.most)
    return after if after < (entity.allocation or 0) else None
