"""What no increase gets past, whoever wants it: pauses, freezes, missing spend, the flight's dates, exposure."""

from collections.abc import Iterator

from common.decisions.exposure import exposure
from common.decisions.guardrails.context import Context, Step
from common.decisions.guardrails.findings import Finding, ask, block
from common.decisions.spend import stale_spend
from common.domain.change import Proposal, Setting
from common.domain.manifest import Entity

_SPENDS = frozenset({Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET, Setting.STATUS})


def obstacles(step: Step, context: Context) -> Iterator[Finding]:
    """Why this increase can't be; nothing for anything that is not one."""
    if not step.increase:
        return
    yield from _paused(step, context)
    yield from _frozen(step.entity, context)
    yield from _outside_flight(step, context)
    bearer = context.bearer(step.entity)
    if bearer is None:
        return
    if context.spent(bearer) is None:
        yield block("spend_unknown", bearer.entity_id)
        return
    stale = stale_spend(bearer, context.facts)
    if stale is not None:
        yield block(stale.code, bearer.entity_id, measured=stale.measured, limit=stale.limit)
    elif step.change.setting in _SPENDS and bearer is step.entity:
        yield from _exposed(step.proposal, bearer, context)


def _paused(step: Step, context: Context) -> Iterator[Finding]:
    """Any pause over the entity, or over what it is part of, but the one that this proposal lifts."""
    if not context.facts.manifest.pauses and not context.taken.paused:
        return
    lineage = context.lineage(step.entity)
    for pause in context.facts.manifest.pauses:
        if pause.pause_id != step.proposal.lifts_pause and any(pause.covers(each) for each in lineage):
            yield block("pause_in_force", step.entity.entity_id, measured=pause.reason, limit=pause.pause_id)
    if any(each.entity_id in context.taken.paused for each in lineage):
        yield block("pause_in_force", step.entity.entity_id, measured="pauses now")


def _frozen(entity: Entity, context: Context) -> Iterator[Finding]:
    for freeze in context.facts.state.freezes:
        if freeze.channel is None or freeze.channel == entity.channel:
            found, code = (ask, "signals_disagree") if freeze.person else (block, "increases_frozen")
            yield found(code, entity.entity_id, measured=freeze.code, limit=freeze.channel)


def _outside_flight(step: Step, context: Context) -> Iterator[Finding]:
    """Nothing is raised once the flight is over, and nothing is enabled before it begins."""
    flight, today = context.facts.plan.flight, context.facts.today
    if today > flight.end:
        yield block("outside_flight", step.entity.entity_id, measured=str(today), limit=str(flight.end))
    elif today < flight.start and step.change.setting is Setting.STATUS:
        yield block("outside_flight", step.entity.entity_id, measured=str(today), limit=str(flight.start))


def _exposed(proposal: Proposal, bearer: Entity, context: Context) -> Iterator[Finding]:
    """Whether more than the allocation could be spent before the next check can act, as things will then be."""
    then, spent = context.after(proposal, bearer), context.spent(bearer)
    if spent is None or not then.enabled:
        return
    if then.total_budget != bearer.total_budget:
        bearer = bearer.but(total_budget=then.total_budget)
    most = exposure(bearer, spent, then.daily_budget, context.left(bearer).check)
    if most > then.allocation:
        yield block("exposure_over_allocation", bearer.entity_id, measured=most, limit=then.allocation)
