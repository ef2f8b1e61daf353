"""Before and after, setting by setting, with a bar where both are amounts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from common.decisions.facts import Spent
from common.domain.change import Change, Setting, Value
from common.domain.manifest import Entity, Manifest
from common.domain.money import MICROS, show
from common.web.words import label, own_name, percent

_MONEY = frozenset({Setting.ALLOCATION, Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET})


@dataclass(frozen=True, slots=True)
class Step:
    """One setting of one entity."""

    entity: str
    platform: str
    setting: str
    before: str
    after: str
    delta: str
    before_share: float
    """Length of the bar, 0 to 100; both are 0 where there is no bar."""
    after_share: float
    rises: bool
    context: str = ""
    """What the entity has spent of its allocation."""
    outcome: str = ""


def step(change: Change, entity: Entity | None, currency: str, *, outcome: str = "", spent: int | None = None) -> Step:
    """A change for a person."""
    before, after = change.before, change.after
    numbers = isinstance(before, int) and isinstance(after, int)
    most = max(before, after, 1) if isinstance(before, int) and isinstance(after, int) else 1
    return Step(
        entity=change.entity_id if entity is None else entity.called,
        platform="" if entity is None else own_name(entity.platform),
        setting=label(change.setting.value),
        before=worded(change.setting, before, currency),
        after=worded(change.setting, after, currency),
        delta=percent(before, after) if isinstance(before, int) and isinstance(after, int) else "",
        before_share=round(100 * before / most, 1) if numbers and isinstance(before, int) else 0,
        after_share=round(100 * after / most, 1) if numbers and isinstance(after, int) else 0,
        rises=change.is_increase,
        context=_context(entity, spent, currency),
        outcome=outcome,
    )


def _context(entity: Entity | None, spent: int | None, currency: str) -> str:
    if entity is None or spent is None or entity.allocation is None:
        return ""
    return f"{show(spent, currency)} of {show(entity.allocation, currency)} spent"


def steps(
    changes: Iterable[Change], manifest: Manifest, currency: str, spend: Mapping[str, Spent] | None = None
) -> list[Step]:
    """Changes for a person, in order."""
    known = {entity_id: one.visible for entity_id, one in (spend or {}).items()}
    return [
        step(change, manifest.entities.get(change.entity_id), currency, spent=known.get(change.entity_id))
        for change in changes
    ]


def worded(setting: Setting, value: Value, currency: str) -> str:
    """A setting's value: `1,234.56 EUR`, `on`, `none`."""
    if value is None or value == ():
        return "none"
    if setting is Setting.STATUS:
        return {"enabled": "on", "paused": "paused"}.get(str(value), str(value))
    if isinstance(value, int):
        return show(value, currency) if setting in _MONEY else f"{value / MICROS:g}"
    return ", ".join(value) if isinstance(value, tuple) else value


def a_day(changes: Sequence[Change], manifest: Manifest) -> int:
    """Micros a day by which the daily budgets of what is on would rise or fall."""
    total = 0
    for change in changes:
        entity = manifest.entities.get(change.entity_id)
        budget = 0 if entity is None else entity.daily_budget or 0
        if change.setting is Setting.DAILY_BUDGET and isinstance(change.after, int):
            total += change.after - (change.before if isinstance(change.before, int) else 0)
        elif change.setting is Setting.STATUS:
            total += budget if change.is_increase else -budget
    return total
