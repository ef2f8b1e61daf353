"""Events on the topic `optimization-events`: CloudEvents 1.0 in JSON, with ids that a repeated attempt repeats."""

from enum import StrEnum
from typing import Any

from common.domain.calendar import Instant
from common.domain.model import Frozen, Id

TOPIC = "optimization-events"


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


class Event(Frozen):
    """`tenants/{t}/outbox/{event_id}`: waits there from the commit it belongs to until it was published."""

    specversion: str = "1.0"
    id: Id
    source: str
    type: EventType
    time: Instant
    subject: str
    datacontenttype: str = "application/json"
    data: dict[str, Any]
