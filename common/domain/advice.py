"""What an agent is asked in a review, and what it makes of it.

Its answer is outside input; nothing of it is believed before it was held against what exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from common.domain.change import OptimizationType, Proposal, Setting
from common.domain.model import Frozen, Id

STATISTICAL = "statistical"
"""The agent that leaves the statistics' proposals as they are."""


@dataclass(frozen=True, slots=True)
class Question:
    """What an agent is asked: the evidence as plain JSON values, and what the statistics propose."""

    evidence: Mapping[str, Any]
    proposals: tuple[Proposal, ...]
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The tenant's currency, vertical, KPI and guardrails; the entities that exist, with their settings."""


Text = Annotated[str, Field(max_length=1000)]


class Dropped(Frozen):
    """A proposal of the statistics that the agent would rather not make."""

    proposal_id: Id
    why: Text


class Explained(Frozen):
    """A proposal that it would keep, in other words for an account manager."""

    proposal_id: Id
    why: Text


class Wish(Frozen):
    """One value that it would set besides."""

    entity_id: Id
    setting: Setting
    after: int | str | tuple[str, ...]


class Added(Frozen):
    """A proposal of its own: what it wants set together, of a type that the review may propose."""

    type: OptimizationType
    wishes: Annotated[tuple[Wish, ...], Field(min_length=1, max_length=20)]
    why: Text


class Advice(Frozen):
    """An agent's answer, kept as it was given among the inputs of the decision."""

    agent: str
    """`STATISTICAL`, or the model that answered."""
    drop: tuple[Dropped, ...] = ()
    explain: tuple[Explained, ...] = ()
    add: tuple[Added, ...] = ()
    failure: str | None = None
    """Why the agent that was to be asked gave no answer that can be used; the statistics stand then."""
