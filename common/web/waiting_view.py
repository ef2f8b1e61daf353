"""The list of what waits: the most urgent first, then the most money."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.decisions.access import agreed, why_not
from common.domain.approval import Approval
from common.domain.calendar import TenantCalendar
from common.domain.money import show
from common.domain.tenant import Tenant
from common.web.words import until, when

_SOON = (timedelta(hours=6), timedelta(hours=24), timedelta(hours=72))
"""Deadlines up to which things are as urgent as each other; within these the larger sum comes first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that waits."""

    tenant_id: str
    approval_id: str
    tenant: str
    track: str
    summary: str
    money: str
    until: str
    deadline: str
    people: str
    """`1 of 2 agreed`; empty where one is enough."""
    soon: bool
    resumes: bool
    not_yours: str
    """Why the person may not approve it; empty where they may."""

    @property
    def name(self) -> tuple[str, str]:
        """What names it among the requests of all tenants."""
        return self.tenant_id, self.approval_id


@dataclass(frozen=True, slots=True)
class WaitingView:
    """One page of the list."""

    rows: list[Row]
    total: int
    mine: int
    """How many of all the person may decide."""
    page: int
    pages: int


def waiting_view(
    found: Iterable[tuple[Tenant, Approval]], email: str, now: datetime, *, page: int = 1, size: int = 50
) -> WaitingView:
    """The page of the list that the person asked for; the last one where there are fewer."""
    judged = [(tenant, one, why_not(tenant, one, email, now)) for tenant, one in in_order(found, now)]
    pages = max(1, -(-len(judged) // size))
    page = min(max(1, page), pages)
    shown = judged[(page - 1) * size : page * size]
    rows = [_row(tenant, one, "" if refusal is None else str(refusal), now) for tenant, one, refusal in shown]
    return WaitingView(rows, len(judged), sum(refusal is None for _, _, refusal in judged), page, pages)


def in_order(found: Iterable[tuple[Tenant, Approval]], now: datetime) -> list[tuple[Tenant, Approval]]:
    """What can still be decided, the most urgent first, then the most money."""
    return sorted((one for one in found if one[1].expires_at > now), key=lambda one: _urgency(one[1], now))


def _urgency(approval: Approval, now: datetime) -> tuple[bool, int, int, datetime]:
    left = approval.expires_at - now
    bucket = sum(left > limit for limit in _SOON)
    return not approval.resumes, bucket, -approval.money, approval.expires_at


def _row(tenant: Tenant, approval: Approval, not_yours: str, now: datetime) -> Row:
    needed = approval.people_needed
    return Row(
        tenant_id=tenant.tenant_id,
        approval_id=approval.approval_id,
        tenant=tenant.name,
        track=approval.track_id,
        summary=approval.summary,
        money=show(approval.money, tenant.currency),
        until=until(approval.expires_at, now),
        deadline=when(approval.expires_at, TenantCalendar.of(tenant.time_zone)),
        people=f"{len(agreed(tenant, approval))} of {needed} agreed" if needed > 1 else "",
        soon=approval.expires_at - now <= _SOON[1],
        resumes=approval.resumes,
        not_yours=not_yours,
    )
