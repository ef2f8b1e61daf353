"""Sweep up after runs that died: leftovers in the outbox, approvals and drafts past their time, leases that ran out.

The day's first sweep anchors the log.
"""

from collections.abc import Callable
from dataclasses import dataclass

from common.domain.change_set import Origin
from common.domain.errors import Busy
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.ports.documents import Conflict
from common.use_cases.anchor import anchor
from common.use_cases.approvals import expire
from common.use_cases.emergency_pause import exposed, reinforce
from common.use_cases.load import read_one
from common.use_cases.notify import send_digests
from common.use_cases.people import with_people_listed
from common.use_cases.plan_drafts import drafts_waiting, expire_draft
from common.use_cases.ports import Ports
from common.use_cases.publish import publish_leftovers
from common.use_cases.queries import waiting
from common.use_cases.rest import bring_to_rest


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep of a tenant did."""

    published: int
    expired: int
    """Requests and drafts of plan versions."""
    driven: tuple[str, ...]
    """Tracks that were brought to rest."""
    busy: tuple[str, ...]
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
    expired = _expire(ports, tenant_id) + _expire_drafts(ports, tenant_id)
    driven: list[str] = []
    busy: list[str] = []
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
            busy.append(track_id)
    published = publish_leftovers(ports, tenant_id)
    told = send_digests(ports, tenant)
    anchored = anchor(ports, tenant_id, manifests)
    return Swept(published, expired, tuple(driven), tuple(busy), told, anchored)


def unfinished(manifest: Manifest) -> bool:
    """Whether the track has anything to bring to rest."""
    return bool(manifest.in_flight or manifest.unsettled or manifest.queue or exposed(manifest))


def _expire(ports: Ports, tenant_id: str) -> int:
    late = [one for one in waiting(ports, tenant_id) if one.expires_at <= ports.clock.now()]
    return sum(_ended(expire, ports, tenant_id, one.approval_id) for one in late)


def _expire_drafts(ports: Ports, tenant_id: str) -> int:
    """Those whose time is over, and those on a plan version that is not active any more."""
    return sum(_ended(expire_draft, ports, tenant_id, one.draft_id) for one in drafts_waiting(ports, tenant_id))


def _ended(end: Callable[[Ports, str, str], bool], ports: Ports, tenant_id: str, name: str) -> bool:
    try:
        return end(ports, tenant_id, name)
    except Conflict:
        return False  # decided at this very moment, or the track moved: the next sweep looks again
