"""What is turned on or off: ads, resumed pauses, and what somebody else turned off."""

from collections.abc import Iterator

from common.decisions.guardrails.context import Context, Step
from common.decisions.guardrails.evidence import GOOD_MINUTES, number
from common.decisions.guardrails.findings import Finding, ask, block
from common.domain.change import OptimizationType, Proposal, Setting, Status
from common.domain.manifest import Entity, EntityKind


def status_findings(step: Step, context: Context) -> Iterator[Finding]:
    """All that is to be said about one entity that is turned on or off."""
    if step.entity.kind is EntityKind.AD:
        yield from _ad(step, context)
    if step.increase and step.proposal.type is not OptimizationType.RESUME:
        yield from _turned_off_by_another(step)


def resume_findings(proposal: Proposal, context: Context) -> Iterator[Finding]:
    """A pause is lifted by a person, or by the tenant's standing permission once its signal was good long enough."""
    if proposal.type is not OptimizationType.RESUME:
        return
    if proposal.lifts_pause is not None:
        yield from _of_this_pause(proposal, context)
    minutes, needed = number(proposal, GOOD_MINUTES), context.rails.auto_resume_minutes
    if needed is None or minutes is None or minutes < needed or proposal.lifts_pause is None:
        yield ask("resume_needs_person", measured=minutes, limit="never" if needed is None else needed)


def _of_this_pause(proposal: Proposal, context: Context) -> Iterator[Finding]:
    """It must stand, and only what it turned off comes back."""
    pauses = context.facts.manifest.pauses
    pause = next((pause for pause in pauses if pause.pause_id == proposal.lifts_pause), None)
    if pause is None:
        yield block("no_such_pause", measured=proposal.lifts_pause)
        return
    for entity_id in proposal.entities:
        if entity_id not in pause.entities:
            yield block("not_turned_off_by_pause", entity_id, limit=pause.pause_id)


def _ad(step: Step, context: Context) -> Iterator[Finding]:
    ad = step.entity
    if step.proposal.type is OptimizationType.CREATIVE and ad.policy_sensitive:
        yield ask("policy_sensitive", ad.entity_id)
    if not step.increase and ad.status is Status.ENABLED and not _others_live(step, context):
        yield ask("last_live_ad", ad.entity_id, measured=0, limit=1)


def _others_live(step: Step, context: Context) -> list[Entity]:
    """Ads of the same group that stay live whatever else of this proposal and this call lands."""
    off = {c.entity_id for c in step.proposal.changes if c.after == Status.PAUSED} | context.taken.stopped
    return [
        other
        for other in context.entities.values()
        if other.kind is EntityKind.AD
        and other.parent == step.entity.parent
        and other.status is Status.ENABLED
        and other.entity_id not in off
    ]


def _turned_off_by_another(step: Step) -> Iterator[Finding]:
    """Only what Trimtab itself turned off, and not in an emergency, comes back by itself.

    An ad is free to rotate in unless a person turned it off: its group's budget stays what it is.
    """
    last = next((past for past in reversed(step.entity.trail) if past.setting is Setting.STATUS), None)
    if step.undoes or (last is None and step.entity.kind is EntityKind.AD):
        return
    if last is None or not last.auto or last.type is OptimizationType.EMERGENCY_PAUSE:
        yield ask("not_turned_off_by_rule", step.entity.entity_id, measured=None if last is None else last.type)
