"""Sweep up after runs that died: leftovers in the outbox, approvals and drafts past their time, leases that ran out.

And what is due besides: the digests. Who needs it, `needy` finds; the daily visit sweeps whether it is needed or not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from common.domain import paths
from common.domain.change_set import Origin
from common.domain.errors import Busy
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.tenant import Tenant
from common.ports.documents import Conflict
from common.use_cases.apart import Apart
from common.use_cases.approvals import expire
from common.use_cases.emergency_pause import reinforce
from common.use_cases.ledger import Ledger
from common.use_cases.load import Held, hold, load_track, read_one
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
        NotFound: there is no such tenant, or one of its documents is gone. All else was swept.
        InvalidInput: one of its documents is broken. All else was swept.
        Unavailable: the bus did not take what was left for it; the next sweep goes on.
    """
    tenant, apart = read_one(ports.documents, Tenant, paths.tenant(tenant_id)).value, Apart(ports.journal)
    swept = sweep_up(ports, tenant, manifests_of(ports, tenant, apart), apart, run=run)
    apart.end()
    return swept


def manifests_of(ports: Ports, tenant: Tenant, apart: Apart) -> list[Held[Manifest]]:
    """The manifests of a tenant's tracks, in their order, without those that are gone or broken."""
    places = [Track(tenant.tenant_id, track_id).manifest for track_id in tenant.tracks]
    documents = ports.documents.read(*places)
    steps = (partial(hold, Manifest, document, place) for document, place in zip(documents, places, strict=True))
    found = [apart.run(step, None, read="manifest") for step in steps]
    return [one for one in found if one is not None]


def sweep_up(ports: Ports, tenant: Tenant, manifests: Sequence[Held[Manifest]], apart: Apart, *, run: str) -> Swept:
    """Sweep a tenant that was read, as `sweep` does. What can't be swept stops nothing else."""
    tenant_id = tenant.tenant_id
    expired = apart.run(lambda: _expire(ports, tenant_id), 0, sweep="approvals")
    expired += apart.run(lambda: _expire_drafts(ports, tenant_id), 0, sweep="drafts")
    driven: list[str] = []
    busy: list[str] = []
    for manifest in manifests:
        if manifest.value.due is None and manifest.value.see_to_it_at is None:
            continue
        track = Track(tenant_id, manifest.value.track_id)
        came_to = apart.run(partial(_drive, ports, track, run), None, sweep="track", track=track.track_id)
        if came_to is not None:
            (driven if came_to else busy).append(track.track_id)
    published = apart.run(lambda: publish_leftovers(ports, tenant_id), 0, sweep="outbox")
    told = apart.run(lambda: send_digests(ports, tenant), 0, sweep="digests")
    return Swept(published, expired, tuple(driven), tuple(busy), told)


def _drive(ports: Ports, track: Track, run: str) -> bool:
    """Bring the track to rest as it is by now, and stop what a pause covers; whether nobody else is at it.

    The tenant is read with it where it has changed: calls go to the accounts that it names now.
    """
    origin = Origin(cadence="housekeeping", window=ports.clock.now(), by="trimtab")
    manifest = load_track(ports, track).manifest
    try:
        if manifest.value.due != manifest.value.see_to_it_at:  # from before the field, by which it is found
            manifest = Ledger(track, manifest, ports.clock.now()).commit(ports)
        reinforce(ports, track, bring_to_rest(ports, track, manifest, run), origin, run)
    except (Busy, Conflict):
        return False
    return True


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
