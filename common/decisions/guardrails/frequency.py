"""How often something may be changed by itself: cooldowns, and budget writes in a day."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from common.decisions.budget_limits import cooling
from common.decisions.facts import Facts
from common.decisions.guardrails.context import Context, Step
from common.decisions.guardrails.findings import Finding, ask
from common.domain.calendar import HOUR
from common.domain.change import OptimizationType, Reason, Setting, Verdict
from common.domain.manifest import Entity

REVIEW = frozenset(
    {
        OptimizationType.BUDGET_SHIFT,
        OptimizationType.BID,
        OptimizationType.AUDIENCE,
        OptimizationType.CREATIVE,
        OptimizationType.SPEND_INCREASE,
    }
)
"""What the deep review proposes; it waits longer between changes of one field."""
RUN = timedelta(minutes=30)
"""A review has its turn in the same minute of each day: what a run takes until a change lands is not waited for."""
_SPENDS = (Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET, Setting.STATUS)
_BUDGETS = (Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET)


def frequency_findings(step: Step, context: Context) -> Iterator[Finding]:
    """Whether it is too early for this change.

    Excepted are decreases while a cap is in danger; a backstop that is set for the first time, for the same reason;
    and, from cooldowns, what lifts a pause (the standing permission says how long that waits) and what puts an edit by
    hand back to the value that stood before.
    """
    setting, entity = step.change.setting, step.entity
    if setting is Setting.TOTAL_BUDGET and step.change.before is None:
        return
    if setting in _SPENDS and not step.increase and context.in_danger(entity):
        return
    if step.proposal.type is not OptimizationType.RESUME and not step.undoes:
        yield from _cooldown(step, context)
    if setting in _BUDGETS:
        yield from _writes_of_the_day(step, context)


def _writes_of_the_day(step: Step, context: Context) -> Iterator[Finding]:
    """Those that landed, those of this proposal, and those of proposals that were let through."""
    entity, most = step.entity, context.rails.budget_writes_per_day
    writes = context.limits(entity, entity.allocation or 0).writes_today
    if writes + len(_BUDGETS) <= most:
        return
    own = {change.setting for change in step.proposal.changes if change.entity_id == entity.entity_id}
    writes += sum(setting in own or (entity.entity_id, setting) in context.taken.fields for setting in _BUDGETS)
    if writes > most:
        yield ask("budget_writes_per_day", entity.entity_id, writes, most)


def review_cooldown(entity: Entity, setting: Setting, facts: Facts) -> Reason | None:
    """Why the review leaves a setting of an entity alone: it was changed automatically too short a time ago."""
    hours, last = facts.tenant.guardrails.review_cooldown_hours, _last_automatic(entity, setting)
    if last is None or not cooling(last, facts.now + RUN, hours):
        return None
    measured = (facts.now - last) / HOUR
    return Reason(code="review_cooldown_hours", measured=measured, limit=hours, entity_id=entity.entity_id)


def _cooldown(step: Step, context: Context) -> Iterator[Finding]:
    entity, setting, now = step.entity, step.change.setting, context.facts.now
    if step.proposal.type in REVIEW:
        waits = review_cooldown(entity, setting, context.facts)
        if waits is not None:
            yield Finding(Verdict.NEEDS_APPROVAL, waits)
        return
    last, hours = _last_automatic(entity, setting), context.rails.cooldown_hours
    if last is not None and cooling(last, now, hours):
        yield ask("cooldown_hours", entity.entity_id, (now - last) / HOUR, hours)


def _last_automatic(entity: Entity, setting: Setting) -> datetime | None:
    return next((past.at for past in reversed(entity.trail) if past.setting is setting and past.auto), None)
