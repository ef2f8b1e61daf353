"""Events on the topic `optimization-events`: CloudEvents 1.0 in JSON, with ids that a repeated attempt repeats."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from common.domain.calendar import Instant
from common.domain.change_set import ChangeSetState
from common.domain.drift import Drift
from common.domain.guardrails import ExternalChangePolicy
from common.domain.log_entry import LoggedChange
from common.domain.model import Frozen, Id
from common.domain.state import Freeze

TOPIC = "optimization-events"
TYPE = "ce-type"
"""The attribute of a message that has its event's type: subscriptions pick what they need by it,"""
IMPORTANCE = "importance"
"""and by how soon somebody should know of it (`common.decisions.notices`)."""


class EventType(StrEnum):
    """What happened."""

    APPLIED = "optimization.applied"
    PENDING_APPROVAL = "optimization.pending_approval"
    REJECTED = "optimization.rejected"
    EXPIRED = "optimization.expired"
    FAILED = "optimization.failed"
    SUPERSEDED = "optimization.superseded"
    PREEMPTED = "optimization.preempted"
    EXTERNAL_CHANGE = "manifest.external_change"
    PLAN_ACTIVATED = "plan.activated"
    REVISE_RECOMMENDED = "plan.revise.recommended"
    SAFEGUARD_ENTERED = "safeguard.entered"
    SAFEGUARD_LEFT = "safeguard.left"
    ATTRIBUTION_DEGRADED = "tenant.attribution_degraded"
    ATTRIBUTION_RESTORED = "tenant.attribution_restored"


class EventData(Frozen):
    """What an event tells: the log entry that it belongs to, and what only some types have (null in the others)."""

    tenant_id: Id
    track_id: Id
    revision: int | None = Field(ge=0, description="The manifest's, where it was raised; consumers order by it.")
    seq: int = Field(ge=0, description="Of the log entry.")
    plan_version: int = Field(ge=1)
    change_set_id: Id | None
    by: str = Field(description="`trimtab`, a person's e-mail address, or who edited by hand.")
    why: str
    changes: tuple[LoggedChange, ...] = Field(
        description="Settings with their values before and after; money in micros."
    )
    state: ChangeSetState | None = Field(
        default=None, description="How the change set ended, with optimization.applied, .failed and .preempted."
    )
    degraded: bool = Field(default=False, description="The tenant has no GA4: the tighter limits hold.")
    emergency: bool = Field(default=False, description="An emergency pause, or the end of one's change set.")
    expires_at: Instant | None = Field(
        default=None, description="Until when a person may decide, with optimization.pending_approval."
    )
    repeats: bool = Field(
        default=False,
        description="People know already: it takes the place of a request for the same settings and about as much"
        " money, with optimization.pending_approval; or a pause was sent again and nothing of it was taken.",
    )
    reason: str | None = Field(default=None, description="What the person said, with optimization.rejected.")
    policy: ExternalChangePolicy | None = Field(
        default=None, description="What follows from an edit by hand, with manifest.external_change."
    )
    cause: str | None = Field(
        default=None,
        description="What asks for a new plan version, with plan.revise.recommended: `drift` or `structural`.",
    )
    drift: Drift | None = Field(
        default=None, description="How far live has moved from the plan, and through what, where that is the cause."
    )
    new_crossing: bool = Field(default=False, description="Drift has crossed the threshold just now.")
    drafted: bool = Field(
        default=False,
        description="A draft was made with this: drift has crossed the threshold, or moved materially since the last.",
    )
    draft_id: Id | None = Field(
        default=None, description="The draft of the next version, with plan.revise.recommended and what becomes of it."
    )
    safeguard: Freeze | None = Field(
        default=None, description="What freezes increases, with safeguard.entered and safeguard.left."
    )
    plan_id: Id | None = Field(default=None, description="The plan, with plan.activated.")
    digest: str | None = Field(default=None, description="Of the plan version, with plan.activated.")


class Event(Frozen):
    """A CloudEvent on the topic. Until it is published it waits in `tenants/{t}/outbox/{event_id}`."""

    specversion: Literal["1.0"] = "1.0"
    id: Id = Field(description="The same for every attempt to publish it: consumers drop what they have seen.")
    source: str = Field(description="`//trimtab/tenants/TENANT/tracks/TRACK`")
    type: EventType
    time: Instant
    subject: str = Field(description="`TENANT/TRACK`")
    datacontenttype: Literal["application/json"] = "application/json"
    data: EventData
