"""Sweep up after runs that died: leftovers in the outbox, approvals and drafts past their time, leases that ran out.

And what is due besides: the digests. Who needs it, `needy` finds; the daily visit sweeps whether it is needed or not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from common.domain import paths
from common.domain.change_set import Origin
from common.domain.errors import Busy
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.tenant import Tenant
from common.ports.documents import Conflict
from common.use_cases.approvals import expire
from common.use_cases.emergency_pause import reinforce
from common.use_cases.load import Held, hold, read_one
from common.use_cases.notify import send_digests
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


def sweep(ports: Ports, tenant_id: str, *, run: str) -> Swept:
    """Sweep one tenant. Doing it twice at once is harmless.

    Raises:
        NotFound: there is no such tenant, or one of its tracks has no manifest.
        Unavailable: the bus did not take what was left for it; the next sweep goes on.
    """
    tenant = read_one(ports.documents, Tenant, paths.tenant(tenant_id)).value
    return sweep_up(ports, tenant, manifests_of(ports, tenant), run=run)


def manifests_of(ports: Ports, tenant: Tenant) -> list[Held[Manifest]]:
    """The manifests of a tenant's tracks, in their order."""
    places = [Track(tenant.tenant_id, track_id).manifest for track_id in tenant.tracks]
    documents = ports.documents.read(*places)
    return [hold(Manifest, document, place) for document, place in zip(documents, places, strict=True)]


def sweep_up(ports: Ports, tenant: Tenant, manifests: Sequence[Held[Manifest]], *, run: str) -> Swept:
    """Sweep a tenant that was read, as `sweep` does."""
    expired = _expire(ports, tenant.tenant_id) + _expire_drafts(ports, tenant.tenant_id)
    driven: list[str] = []
    busy: list[str] = []
    for manifest in manifests:
        if manifest.value.see_to_it_at is None:
            continue
        track = Track(tenant.tenant_id, manifest.value.track_id)
        try:
            _drive(ports, track, run)
            driven.append(track.track_id)
        except (Busy, Conflict):
            busy.append(track.track_id)
    published = publish_leftovers(ports, tenant.tenant_id)
    return Swept(published, expired, tuple(driven), tuple(busy), send_digests(ports, tenant))


def _drive(ports: Ports, track: Track, run: str) -> None:
    """Bring the track to rest as it is by now, and stop what a pause covers."""
    origin = Origin(cadence="housekeeping", window=ports.clock.now(), by="trimtab")
    manifest = read_one(ports.documents, Manifest, track.manifest)
    reinforce(ports, track, bring_to_rest(ports, track, manifest, run), origin, run)


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
