"""What becomes of each judgement: which are written down, which a person must decide, and which are known already.

Pure: a judgement, the facts, and what people are being asked about the same settings give the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from common.decisions.facts import Facts
from common.decisions.guardrails import is_shadow, rollout, shadowed
from common.decisions.requests import declined_today
from common.domain.change import Judgement, OptimizationType, Reason, Verdict
from common.domain.change_set import ChangeSetState, Origin
from common.domain.guardrails import ExternalChangePolicy
from common.domain.manifest import HandEdit, Manifest
from common.use_cases.remember import WHOLE_TRACK
from common.use_cases.waiting import Request, others_are_asked


class Asked(NamedTuple):
    """What people are being asked about the same settings; and what they were asked for too long."""

    still: Sequence[Request] = ()
    too_long: Sequence[Request] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A judgement as the rollout lets it stand, what becomes of it, and the reasons for that."""

    judgement: Judgement
    state: ChangeSetState
    reasons: tuple[Reason, ...] = ()
    said: bool = False
    """It is known already and not written down again."""


def answer_to(judged: Judgement, facts: Facts, origin: Origin, asked: Asked) -> Answer:
    """What becomes of one judgement."""
    judgement = rollout(judged, facts.tenant.guardrails)
    state, reasons = _state_for(judgement, facts), judgement.reasons
    match state:
        case ChangeSetState.INTENDED:
            return Answer(judgement, state)
        case ChangeSetState.PENDING:
            return _asked_before(judgement, facts, origin, asked) or Answer(judgement, state, reasons)
        case ChangeSetState.SHADOWED:
            tried = shadowed(judgement.proposal)
            return Answer(judgement, state, tried, said=_said_today(tried, facts))
        case ChangeSetState.BLOCKED:
            return Answer(judgement, state, reasons, said=_said_today(reasons, facts))
        case _:
            return Answer(judgement, state, reasons)


def _asked_before(judgement: Judgement, facts: Facts, origin: Origin, asked: Asked) -> Answer | None:
    """Why a person is not asked for this: they said no today, or nothing in time, or are asked for something else."""
    proposal = judgement.proposal
    undo = proposal.type is OptimizationType.UNDO_EXTERNAL
    if origin.own and declined_today(proposal, facts):
        state, code = ChangeSetState.REJECTED, "declined_today"
    elif undo and any(one.asks_for(proposal, facts) for one in asked.too_long):
        state, code = ChangeSetState.EXPIRED, "nobody_decided"
    elif others_are_asked(proposal, asked.still):
        state, code = ChangeSetState.PENDING, "awaiting_person"
    else:
        return None
    reasons = tuple(Reason(code=code, entity_id=entity) for entity in proposal.entities)
    return Answer(judgement, state, reasons, said=True)


def by_state(answers: Sequence[Answer]) -> dict[ChangeSetState, list[Judgement]]:
    """What is to be written down, by what becomes of it, in the order given."""
    groups: dict[ChangeSetState, list[Judgement]] = {}
    for one in answers:
        if not one.said:
            groups.setdefault(one.state, []).append(one.judgement)
    return groups


def edits_left(
    manifest: Manifest, facts: Facts, answers: Sequence[Answer], waiting: Sequence[Request]
) -> tuple[HandEdit, ...]:
    """The edits by hand that are not answered: not proposed to be undone yet, or a person is being asked about them."""
    if facts.tenant.guardrails.external_change_policy is ExternalChangePolicy.ADOPT:
        return ()
    asked = {field for request in waiting for field in request.puts_back}
    answered = {
        change.field
        for one in answers
        if one.state is not ChangeSetState.PENDING and one.judgement.proposal.type is OptimizationType.UNDO_EXTERNAL
        for change in one.judgement.proposal.changes
    }
    return tuple(one for one in manifest.edits if one.field not in answered - asked)


def _state_for(judgement: Judgement, facts: Facts) -> ChangeSetState:
    if is_shadow(judgement.proposal.type, facts.tenant.guardrails):
        return ChangeSetState.SHADOWED
    return {
        Verdict.AUTO: ChangeSetState.INTENDED,
        Verdict.NEEDS_APPROVAL: ChangeSetState.PENDING,
        Verdict.NEEDS_REPLAN: ChangeSetState.RECOMMENDED,
        Verdict.BLOCKED: ChangeSetState.BLOCKED,
    }[judgement.verdict]


def _said_today(reasons: Sequence[Reason], facts: Facts) -> bool:
    """Whether the day's folded reasons hold these already: hourly ticks don't write them down 24 times."""
    if facts.state.reasons_day != facts.today:
        return False
    said = {(folded.entity_id, folded.reason.code) for folded in facts.state.reasons}
    return {(reason.entity_id or WHOLE_TRACK, reason.code) for reason in reasons} <= said
