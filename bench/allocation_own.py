"""Trimtab as the bench plays it: the deep review's own code for shifts, on sound evidence."""

from bench.allocation_play import Allocations, Sighted
from common.decisions.guardrails.increases import amount
from common.decisions.review import budget
from common.decisions.review.response import learn
from common.decisions.review.soundness import sound


class Trimtab:
    """Remembers nothing: what it needs is in the evidence."""

    guarded = True

    def wants(self, sighted: Sighted) -> Allocations | None:
        """What the review's shift makes of the allocations."""
        evidence, _ = sound(sighted.evidence)
        proposals = budget.propose(evidence, learn(evidence)).proposals
        changes = [change for proposal in proposals for change in proposal.changes]
        return {change.entity_id: amount(change.after) for change in changes} or None
