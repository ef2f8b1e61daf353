"""What waits for a person, as whoever operates the system is told."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from common.domain.approval import Approval
from common.domain.tick import Cadence
from common.use_cases.ports import Ports

WARNED_BEFORE = timedelta(hours=6)
"""How long before its time is over somebody hears that an approval still waits."""


def tell_waiting(ports: Ports, tenant_id: str, waiting: Iterable[Approval]) -> None:
    """Tell how many of a tenant's approvals wait; for the daily visit, which has read them."""
    ports.journal.write("approvals_waiting", tenant=tenant_id, waiting=sum(1 for _ in waiting))


def tell_expiring(ports: Ports, waiting: Iterable[Approval], window: datetime) -> None:
    """Tell of those whose last six hours begin in this window of five minutes: so each is told of once.

    Ask the store for those that wait with `expires_at` from `window + WARNED_BEFORE` up to five minutes later.
    """
    first = window + WARNED_BEFORE
    last = first + Cadence.HOUSEKEEPING.every
    for one in waiting:
        if first <= one.expires_at < last:
            ports.journal.write(
                "approval_expiring",
                severity="WARNING",
                tenant=one.tenant_id,
                approval=one.approval_id,
                expires_at=one.expires_at.isoformat(),
            )
