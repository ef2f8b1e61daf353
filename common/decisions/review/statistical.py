"""The statistics' own review: every rule's proposals put together, each setting written once."""

from collections.abc import Iterable, Sequence

from common.decisions.facts import Facts
from common.decisions.guardrails.frequency import review_cooldown
from common.decisions.review import audiences, bids, budget, creatives, spend_increase, structural
from common.decisions.review.evidence import Evidence, Found
from common.decisions.review.response import learn
from common.decisions.review.soundness import sound
from common.domain.change import Proposal, Reason, Setting


def review(evidence: Evidence) -> Found:
    """What should change, the rule that goes first first; and for every entity that is left alone, why.

    Bids come before budgets, and both before what looks into campaigns. A larger total is thought of last: what can be
    had by moving money costs nothing.
    """
    still = _standstill(evidence.facts)
    if still is not None:
        return Found(reasons=tuple(still.but(entity_id=name) for name in evidence.facts.manifest.entities))
    evidence, unsound = sound(evidence)
    responses = learn(evidence)
    shifts = budget.propose(evidence, responses)
    moving = {name for proposal in shifts.proposals for name in proposal.entities}
    found = (
        Found(reasons=unsound),
        bids.propose(evidence),
        shifts,
        audiences.propose(evidence),
        creatives.propose(evidence),
        Found() if shifts.proposals else structural.propose(evidence, responses),
        spend_increase.propose(evidence, responses, moving),
    )
    return together(found, evidence.facts)


def together(found: Sequence[Found], facts: Facts) -> Found:
    """One review out of what several rules found: the first to write a setting writes it, and nothing too early.

    A proposal that loses one setting loses all: it lands whole or not at all. What the guardrails would hold back for
    having been changed too short a time ago is not proposed: it has its turn another day.
    """
    writers: dict[tuple[str, Setting], str] = {}
    proposals: list[Proposal] = []
    reasons: list[Reason] = [reason for one in found for reason in one.reasons]
    for proposal in (proposal for one in found for proposal in one.proposals):
        obstacles = [*_outranked(proposal, writers), *_resting(proposal, facts)]
        reasons += obstacles
        if not obstacles:
            proposals.append(proposal)
            writers |= {change.field: proposal.proposal_id for change in proposal.changes}
    return Found(tuple(proposals), (*dict.fromkeys(reasons), *_left_alone(proposals, reasons, facts)))


def _standstill(facts: Facts) -> Reason | None:
    flight = facts.plan.flight
    if facts.today < flight.start:
        return Reason(code="not_begun", measured=str(facts.today), limit=str(flight.start))
    if facts.today > flight.end:
        return Reason(code="flight_over", measured=str(facts.today), limit=str(flight.end))
    return None


def _outranked(proposal: Proposal, writers: dict[tuple[str, Setting], str]) -> Iterable[Reason]:
    for change in proposal.changes:
        writer = writers.get(change.field)
        if writer is not None:
            name = change.entity_id
            yield Reason(code="outranked", entity_id=name, measured=change.setting.value, limit=writer)


def _resting(proposal: Proposal, facts: Facts) -> Iterable[Reason]:
    for change in proposal.changes:
        entity = facts.manifest.entities.get(change.entity_id)
        reason = None if entity is None else review_cooldown(entity, change.setting, facts)
        if reason is not None:
            yield reason


def _left_alone(proposals: Iterable[Proposal], reasons: Iterable[Reason], facts: Facts) -> Iterable[Reason]:
    """No rule had anything to say of these."""
    said = {name for one in proposals for name in one.entities} | {one.entity_id for one in reasons}
    return (Reason(code="nothing_to_improve", entity_id=name) for name in facts.manifest.entities if name not in said)
