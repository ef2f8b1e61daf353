"""Proposals that make no sense as they stand: of another type than they say, or against values that are not live."""

from collections.abc import Iterator

from common.decisions.guardrails.context import Context
from common.decisions.guardrails.findings import Finding, block
from common.domain.change import Change, OptimizationType, Proposal, Setting, Status, Value
from common.domain.manifest import Entity, EntityKind
from common.domain.verticals import Metric

T, S = OptimizationType, Setting
_BUDGETS = frozenset({S.DAILY_BUDGET, S.TOTAL_BUDGET})
_MONEY = _BUDGETS | {S.ALLOCATION}
SETTINGS: dict[OptimizationType, frozenset[Setting]] = {
    T.PACE: _BUDGETS | {S.STATUS},
    T.BUDGET_SHIFT: _MONEY,
    T.BID: frozenset({S.BID_TARGET}),
    T.AUDIENCE: frozenset({S.EXCLUDED_GEOS}),
    T.CREATIVE: frozenset({S.STATUS}),
    T.EMERGENCY_PAUSE: frozenset({S.STATUS}),
    T.RESUME: frozenset({S.STATUS}),
    T.SPEND_INCREASE: _MONEY,
    T.STRUCTURAL: frozenset(S),
    T.REVERT: frozenset(S),
    T.UNDO_EXTERNAL: frozenset(S) - {S.ALLOCATION},
}
"""What a proposal of each type may write. The limits go by setting; the type can't be used to get around them."""
_MAY_BE_EMPTY = frozenset({T.EMERGENCY_PAUSE, T.RESUME})


def malformed(proposal: Proposal, context: Context) -> Iterator[Finding]:
    """Everything that is wrong with the proposal itself. One with findings is judged no further."""
    if not proposal.changes and proposal.type not in _MAY_BE_EMPTY:
        yield block("nothing_to_do")
    if proposal.lifts_pause is not None and proposal.type is not T.RESUME:
        yield block("lifts_a_pause", measured=proposal.type.value, limit=T.RESUME.value)
    seen: set[tuple[str, Setting]] = set()
    for change in proposal.changes:
        key = change.entity_id, change.setting
        if key in seen:
            yield block("repeated_setting", change.entity_id, measured=change.setting.value)
        seen.add(key)
        entity = context.entities.get(change.entity_id)
        if entity is None:
            yield block("unknown_entity", change.entity_id)
        else:
            yield from _faults(proposal.type, change, entity)


def _faults(type_: OptimizationType, change: Change, entity: Entity) -> Iterator[Finding]:
    setting, entity_id = change.setting, entity.entity_id
    if setting not in SETTINGS[type_]:
        yield block("wrong_setting", entity_id, measured=setting.value, limit=type_.value)
    if type_ is T.CREATIVE and entity.kind is not EntityKind.AD:
        yield block("not_an_ad", entity_id, measured=entity.kind.value)
    if type_ is T.EMERGENCY_PAUSE and change.after != Status.PAUSED:
        yield block("not_a_pause", entity_id, measured=_shown(change))
    if type_ is T.RESUME and change.after != Status.ENABLED:
        yield block("not_a_resume", entity_id, measured=_shown(change))
    live = entity.value(setting)
    if not _bears(entity, setting, live):
        yield block("not_borne", entity_id, measured=setting.value)
    elif not _fits(change):
        yield block("bad_value", entity_id, measured=_shown(change))
    elif change.before != live and type_ is not T.EMERGENCY_PAUSE:
        yield block("changed_meanwhile", entity_id, measured=str(live), limit=str(change.before))


def _bears(entity: Entity, setting: Setting, live: Value) -> bool:
    """Whether the entity has such a setting at all."""
    match setting:
        case S.DAILY_BUDGET | S.ALLOCATION:
            return live is not None
        case S.TOTAL_BUDGET:
            return entity.delivery.takes_total_budget
        case S.BID_TARGET:
            return live is not None and entity.delivery.bid_metric in tuple(Metric)
        case _:
            return True


def _fits(change: Change) -> bool:
    value = change.after
    match change.setting:
        case S.STATUS:
            return value in tuple(Status)
        case S.EXCLUDED_GEOS:
            return isinstance(value, tuple)
        case S.TOTAL_BUDGET:
            return value is None or isinstance(value, int)
        case _:
            return isinstance(value, int)


def _shown(change: Change) -> str:
    return f"{change.setting.value}={change.after}"
