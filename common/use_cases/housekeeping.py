"""Sweep up after runs that died: leftovers in the outbox, approvals past their time, leases that ran out.

The day's first sweep anchors the log.
"""

from dataclasses import dataclass

from common.domain.approval import Approval, ApprovalState
from common.domain.change_set import Origin
from common.domain.errors import Busy
from common.domain.manifest import Manifest
from common.domain.model import parse
from common.domain.paths import Track
from common.ports.documents import Conflict, Query
from common.use_cases.anchor import anchor
from common.use_cases.approvals import expire
from common.use_cases.emergency_pause import exposed, reinforce
from common.use_cases.load import read_one
from common.use_cases.notify import send_digests
from common.use_cases.people import with_people_listed
from common.use_cases.ports import Ports
from common.use_cases.publish import publish_leftovers
from common.use_cases.rest import bring_to_rest


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep of a tenant did."""

    published: int
    expired: int
    driven: tuple[str, ...]
    """Tracks that were brought to rest."""
    waiting: tuple[str, ...]
    """Tracks that somebody is driving, or that can't be settled yet."""
    told: int = 0
    """Notices that went out in digests."""
    anchored: bool = False
    """Whether it wrote the day's anchor."""


def sweep(ports: Ports, tenant_id: str, *, run: str) -> Swept:
    """Sweep one tenant. Doing it twice at once is harmless.

    Raises:
        Unavailable: the bus or the object storage did not take what was left for them; the next sweep goes on.
    """
    expired = _expire(ports, tenant_id)
    driven: list[str] = []
    waiting: list[str] = []
    manifests: list[Manifest] = []
    now = ports.clock.now()
    tenant = with_people_listed(ports, tenant_id)
    for track_id in tenant.tracks:
        track = Track(tenant_id, track_id)
        manifest = read_one(ports.documents, Manifest, track.manifest)
        manifests.append(manifest.value)
        if not unfinished(manifest.value):
            continue
        try:
            rested = bring_to_rest(ports, track, manifest, run)
            reinforce(ports, track, rested, Origin(cadence="housekeeping", window=now, by="trimtab"), run)
            driven.append(track_id)
        except (Busy, Conflict):
            waiting.append(track_id)
    published = publish_leftovers(ports, tenant_id)
    told = send_digests(ports, tenant)
    anchored = anchor(ports, tenant_id, manifests)
    return Swept(published, expired, tuple(driven), tuple(waiting), told, anchored)


def unfinished(manifest: Manifest) -> bool:
    """Whether the track has anything to bring to rest."""
    return bool(manifest.in_flight or manifest.unsettled or manifest.queue or exposed(manifest))


def _expire(ports: Ports, tenant_id: str) -> int:
    count = 0
    query: Query | None = Query(f"tenants/{tenant_id}/approvals", where={"state": ApprovalState.PENDING.value})
    while query is not None:
        page = ports.documents.query(query)
        for document in page.documents:
            approval = parse(Approval, document.data, document.path)
            if approval.expires_at <= ports.clock.now():
                count += _expired(ports, approval)
        query = page.next
    return count


def _expired(ports: Ports, approval: Approval) -> int:
    try:
        return int(expire(ports, approval.tenant_id, approval.approval_id))
    except Conflict:
        return 0  # decided at this very moment, or the track moved: the next sweep looks again
