"""How far a type of change may go while a tenant tries it out: decide only, ask always, or act."""

from common.decisions.guardrails.findings import ask
from common.domain.change import Judgement, OptimizationType, Proposal, Reason, Verdict
from common.domain.guardrails import Guardrails, Mode

CAP_PROTECTING = frozenset({"cap_in_danger", "stopped_at_allocation"})
"""Pacing's reasons for lowering or stopping what could overspend its allocation before the next check."""


def rollout(judgement: Judgement, rails: Guardrails) -> Judgement:
    """The answer as the type's mode lets it stand: under `advise` what would happen by itself waits for a person.

    Not where waiting would cost money that nobody approved: what pacing lowers or stops to keep a cap goes out at once.

    For answers that nobody has approved yet. A mode holds for the types that the tenant names, emergency pauses
    included: a tenant that does not name them keeps them, whatever else is tried out; one that does wants nothing
    changed. Under `shadow` the verdict stays what it would have been; the caller records it and changes nothing.
    """
    if judgement.verdict is not Verdict.AUTO or acts(judgement.proposal, rails):
        return judgement
    if is_shadow(judgement.proposal.type, rails):
        return judgement
    finding = ask("advise_mode", measured=judgement.proposal.type.value)
    return judgement.but(verdict=finding.verdict, reasons=(finding.reason,))


def acts(proposal: Proposal, rails: Guardrails) -> bool:
    """Whether the proposal goes out by itself where the guardrails allow it."""
    mode = rails.mode_of(proposal.type)
    return mode is Mode.ENFORCE or (mode is Mode.ADVISE and protects_cap(proposal))


def protects_cap(proposal: Proposal) -> bool:
    """Whether pacing lowers or stops something because it could overspend its allocation; nothing of it is a raise."""
    return (
        proposal.type is OptimizationType.PACE
        and any(reason.code in CAP_PROTECTING for reason in proposal.reasons)
        and not any(change.is_increase for change in proposal.changes)
    )


def is_shadow(type_: OptimizationType, rails: Guardrails) -> bool:
    """Whether changes of this type are decided and logged, but never made."""
    return rails.mode_of(type_) is Mode.SHADOW


def shadowed(proposal: Proposal) -> tuple[Reason, ...]:
    """What a wish that is only tried out leaves among the day's reasons: its own reasons, marked as not acted upon."""
    own = proposal.reasons or tuple(
        Reason(code=proposal.type.value, entity_id=one) for one in proposal.entities or (None,)
    )
    return tuple(reason.but(code=f"shadowed:{reason.code}"[:200]) for reason in own)
