"""What an agent makes of a review: outside input; nothing of it is believed before it was held against what exists."""

from typing import Annotated

from pydantic import Field

from common.domain.change import OptimizationType, Setting
from common.domain.model import Frozen, Id

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
    why: Text


class Added(Frozen):
    """A proposal of its own: what it wants set together, of a type that the review may propose."""

    type: OptimizationType
    wishes: Annotated[tuple[Wish, ...], Field(min_length=1, max_length=20)]
    why: Text


class Advice(Frozen):
    """An agent's answer, kept as it was given among the inputs of the decision."""

    agent: str
    """`statistical`, or the model that answered."""
    drop: tuple[Dropped, ...] = ()
    explain: tuple[Explained, ...] = ()
    add: tuple[Added, ...] = ()
    failure: str | None = None
    """Why the agent that was to be asked gave no answer that can be used; the statistics stand then."""
