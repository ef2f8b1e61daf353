"""An approval: what a person must decide, bound to exactly what they saw."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from common.domain.calendar import Instant
from common.domain.change import Change
from common.domain.model import Frozen, Id
from common.domain.money import Micros


class ApprovalState(StrEnum):
    """An approval waits, then ends once."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class Decision(Frozen):
    """One person's answer. `proposals` names the part that was approved; empty means all of it."""

    by: str
    at: Instant
    approve: bool
    reason: str | None = None
    proposals: tuple[Id, ...] = ()


class Approval(Frozen):
    """`tenants/{t}/approvals/{id}`: the id is its change set's. Created, then decided once."""

    approval_id: Id
    tenant_id: Id
    track_id: Id
    plan_id: Id
    plan_version: Annotated[int, Field(ge=1)]
    payload_digest: str
    before: tuple[Change, ...]
    """The changes with the values that were live when they were proposed."""
    money: Micros
    """How much the change moves over the flight."""
    told: Micros = 0
    """How much people were last told of at once: a request that takes the place of one about as large is no news."""
    resumes: bool = False
    """Whether it would lift an emergency pause: an operator must be among those who say yes."""
    people_needed: Annotated[int, Field(ge=1, le=2)] = 1
    state: ApprovalState = ApprovalState.PENDING
    created_at: Instant
    expires_at: Instant
    decisions: tuple[Decision, ...] = ()
    summary: str = ""
