"""What of an agent's advice is followed: it is held against what exists, like any input from outside.

It may drop a proposal of the statistics, put one in other words, and add some of its own. It never touches an amount of
theirs: a field that they want to write is closed to it, even where it dropped what would have written it. Whatever is
not followed leaves a reason, and the rest of the advice is looked at all the same.
"""

from collections.abc import Iterable, Iterator, Sequence

from common.decisions.review.evidence import Evidence, Found
from common.decisions.review.outside_text import harmless, plain_sentence
from common.decisions.review.telling import invents
from common.decisions.review.wishes import refused, wanted
from common.domain.advice import STATISTICAL, Added, Advice, Dropped, Explained
from common.domain.change import Proposal, Reason

MOST = 50
"""Parts of each kind of advice that are looked at."""


def admitted(advice: Advice, found: Found, evidence: Evidence) -> Found:
    """What the statistics found, as the agent would have it, as far as that may be; with a reason for the rest."""
    if advice.agent == STATISTICAL or advice.failure is not None:
        return found
    kept = _without(advice.drop[:MOST], found.proposals)
    told = _in_other_words(advice.explain[:MOST], kept.proposals)
    added = _besides(advice.add[:MOST], advice.agent, found.proposals, evidence)
    reasons = (*kept.reasons, *told.reasons, *added.reasons, *_too_many(advice), *_withheld(evidence))
    return Found((*told.proposals, *added.proposals), (*found.reasons, *reasons))


def _without(drop: Iterable[Dropped], proposals: Sequence[Proposal]) -> Found:
    kept, reasons = _by_id(proposals), list[Reason]()
    for part in drop:
        proposal = kept.get(part.proposal_id)
        objections = _objections(part, proposal)
        reasons += objections
        if proposal is not None and not objections:
            del kept[part.proposal_id]
            names = proposal.entities or (None,)
            reasons += (Reason(code="dropped_by_agent", measured=part.why, entity_id=name) for name in names)
    return Found(tuple(kept.values()), tuple(reasons))


def _in_other_words(explain: Iterable[Explained], proposals: Sequence[Proposal]) -> Found:
    """The sentence alone is replaced, once; the evidence stays what it is."""
    kept, reasons, told = _by_id(proposals), list[Reason](), set[str]()
    for part in explain:
        proposal = None if part.proposal_id in told else kept.get(part.proposal_id)
        objections = _objections(part, proposal)
        if proposal is not None and invents(part.why, proposal):
            objections.append(refused("number", next(iter(proposal.entities), None)))
        reasons += objections
        if proposal is not None and not objections:
            kept[part.proposal_id] = proposal.but(why=part.why)
            told.add(part.proposal_id)
    return Found(tuple(kept.values()), tuple(reasons))


def _besides(add: Iterable[Added], agent: str, proposals: Sequence[Proposal], evidence: Evidence) -> Found:
    written = {change.field: one.proposal_id for one in proposals for change in one.changes}
    added, reasons = list[Proposal](), list[Reason]()
    for part in add:
        proposal, objections = wanted(part, agent, written, evidence)
        reasons += objections
        if proposal is not None:
            added.append(proposal)
            written |= {change.field: proposal.proposal_id for change in proposal.changes}
    return Found(tuple(added), tuple(reasons))


def _objections(part: Dropped | Explained, proposal: Proposal | None) -> list[Reason]:
    """What is wrong with what it says of a proposal, whatever it says."""
    if proposal is None:
        return [refused("unknown_proposal", measured=part.proposal_id)]
    if not plain_sentence(part.why):
        return [refused("text", next(iter(proposal.entities), None))]
    return []


def _too_many(advice: Advice) -> Iterator[Reason]:
    for parts in (advice.drop, advice.explain, advice.add):
        if len(parts) > MOST:
            yield refused("too_many", measured=len(parts), limit=MOST)


def _withheld(evidence: Evidence) -> Iterator[Reason]:
    """Names that the agent was not shown. Somebody may have meant one to be read as an order: a person should know."""
    for entity in evidence.facts.manifest.entities.values():
        if entity.name and not harmless(entity.name):
            yield Reason(code="name_withheld", entity_id=entity.entity_id)


def _by_id(proposals: Sequence[Proposal]) -> dict[str, Proposal]:
    return {one.proposal_id: one for one in proposals}
