"""A draft of the next plan version: made when live has moved from the plan, or by a person; decided once."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from common.domain.approval import Decision
from common.domain.calendar import Instant
from common.domain.canonical import digest
from common.domain.drift import Drift
from common.domain.model import Frozen, Id, Name
from common.domain.money import Micros
from common.domain.plan import PlanTerms


class DraftState(StrEnum):
    """A draft waits, then ends once."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class PlanDraft(Frozen):
    """`tenants/{t}/plan_drafts/{id}`: what vN+1 would say. An edit makes a new draft that supersedes this one."""

    draft_id: Id
    tenant_id: Name
    plan_id: Id
    based_on: Annotated[int, Field(ge=1)]
    """vN, the version that is active while it waits."""
    plan: PlanTerms
    """vN+1, whole: a version that could be approved as it stands."""
    tracks: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Those whose slices differ from vN's, and those whose drift it answers."""
    drift: dict[Name, Drift] = {}
    """How far each of these was from vN when it was drafted."""
    by: str
    """`trimtab`, or the person who edited it or asked for it."""
    edits: Id | None = None
    """The draft that was edited into this one."""
    money: Micros
    """How much of the budgets it moves against vN: the larger of what lines gain and what they lose."""
    people_needed: Annotated[int, Field(ge=1, le=2)] = 1
    state: DraftState = DraftState.PENDING
    created_at: Instant
    expires_at: Instant
    decisions: tuple[Decision, ...] = ()
    superseded_by: Id | None = None

    @model_validator(mode="after")
    def _is_the_next(self) -> Self:
        if (self.plan.tenant_id, self.plan.plan_id, self.plan.version) != (
            self.tenant_id,
            self.plan_id,
            self.based_on + 1,
        ):
            raise ValueError(f"the plan of a draft on v{self.based_on} must be v{self.based_on + 1} of {self.plan_id}")
        return self

    @property
    def payload_digest(self) -> str:
        """What an approver agrees to: the exact terms, in place of the exact version."""
        return digest({"based_on": self.based_on, "plan": self.plan.body()})

    @property
    def called(self) -> str:
        """What a person calls it."""
        return f"{self.plan_id} v{self.plan.version}"
