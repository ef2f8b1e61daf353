"""A change set in words and by type, for the log and for people."""

from common.domain.change import OptimizationType
from common.domain.change_set import ChangeSet


def sentence(change_set: ChangeSet) -> str:
    """A change set in words: its proposals' sentences."""
    return " ".join(dict.fromkeys(proposal.why for proposal in change_set.proposals))


def types_of(change_set: ChangeSet) -> dict[str, OptimizationType]:
    """By entity, the kind of change: what the trail remembers it as."""
    return {entity: proposal.type for proposal in change_set.proposals for entity in proposal.entities}
