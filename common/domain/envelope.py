"""The envelope: how much of the master plan's cap each track may allocate."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from common.domain.change_set import Headroom
from common.domain.model import Frozen, Id
from common.domain.money import Micros


class Ceiling(Frozen):
    """The most that a track's allocations may add up to."""

    total: Micros
    periods: dict[str, Micros] = {}
    """By the period's start date, where the plan has periods."""


class Envelope(Frozen):
    """`tenants/{t}/envelopes/{p}`: written only when a ceiling changes, in the commit of the change that needs it."""

    plan_id: Id
    plan_version: Annotated[int, Field(ge=1)]
    """The highest version of the plan that any track was moved to."""
    master_cap: Micros
    ceilings: dict[Id, Ceiling]
    held: dict[Id, Headroom] = {}
    """By change set: what was taken for a change that has not ended yet."""

    @model_validator(mode="after")
    def _under_cap(self) -> Self:
        total = sum(ceiling.total for ceiling in self.ceilings.values())
        if total > self.master_cap:
            raise ValueError(f"ceilings add up to {total} micros, over the master cap of {self.master_cap}")
        return self

    @property
    def free(self) -> int:
        """Micros of the cap that no ceiling has taken."""
        return self.master_cap - sum(ceiling.total for ceiling in self.ceilings.values())
