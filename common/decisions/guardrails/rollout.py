"""How far a type of change may go while a tenant tries it out: decide only, ask always, or act."""

from common.decisions.guardrails.findings import ask
from common.domain.change import Judgement, OptimizationType, Verdict
from common.domain.guardrails import Guardrails, Mode


def rollout(judgement: Judgement, rails: Guardrails) -> Judgement:
    """The answer as the type's mode lets it stand: under `advise` what would happen by itself waits for a person.

    For answers that nobody has approved yet. A mode holds for the types that the tenant names, emergency pauses
    included: a tenant that does not name them keeps them, whatever else is tried out; one that does wants nothing
    changed. Under `shadow` the verdict stays what it would have been; the caller records it and changes nothing.
    """
    if judgement.verdict is not Verdict.AUTO or rails.mode_of(judgement.proposal.type) is not Mode.ADVISE:
        return judgement
    finding = ask("advise_mode", measured=judgement.proposal.type.value)
    return judgement.but(verdict=finding.verdict, reasons=(finding.reason,))


def is_shadow(type_: OptimizationType, rails: Guardrails) -> bool:
    """Whether changes of this type are decided and logged, but never made."""
    return rails.mode_of(type_) is Mode.SHADOW
