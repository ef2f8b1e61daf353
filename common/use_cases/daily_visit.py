"""The daily visit to a tenant, in its sweep hour: the whole sweep, and what is looked at once a day.

That is the list of its people, the anchor of its logs, whether the logs verify, what waits for people, whether each
cadence has done its work, and the inputs of decisions, which are archived.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.state import TrackState
from common.domain.tenant import Tenant
from common.domain.tick import Cadence, TenantTick
from common.use_cases.anchor import anchor
from common.use_cases.apart import Apart
from common.use_cases.archived_inputs import archive_inputs
from common.use_cases.housekeeping import Swept, manifests_of, sweep, sweep_up
from common.use_cases.load import Held, decode, tenant_and_plan
from common.use_cases.missed_turns import tell_missed
from common.use_cases.people import with_people_listed
from common.use_cases.ports import Ports
from common.use_cases.queries import waiting
from common.use_cases.verify_daily import verify_daily


@dataclass(frozen=True, slots=True)
class Visited:
    """What a daily visit found and did."""

    swept: Swept
    anchored: bool
    """Whether it wrote the day's anchor."""
    waiting: int
    """Requests that wait for a person."""
    broken: tuple[str, ...] = ()
    """Tracks whose logs are not whole."""
    missed: tuple[tuple[str, Cadence], ...] = ()
    """Tracks, and the cadences whose last turns there was nobody to take."""
    archived: int = 0
    """Decisions whose inputs went to object storage."""


def housekeep(ports: Ports, tick: TenantTick) -> Swept | Visited:
    """What a tenant's message of housekeeping asks for: the visit, or the sweep alone."""
    run = ports.new_run()
    return visit(ports, tick.tenant_id, run=run) if tick.daily else sweep(ports, tick.tenant_id, run=run)


def visit(ports: Ports, tenant_id: str, *, run: str) -> Visited:
    """Visit one tenant. Doing it twice tells the same twice, and changes nothing more.

    Raises:
        NotFound: there is no such tenant, or one of its documents is gone. All else was done.
        InvalidInput: one of its documents is broken. All else was done.
        Unavailable: the bus or the object storage did not take what was left for them; come again.
    """
    tenant, apart = with_people_listed(ports, tenant_id), Apart(ports.journal)
    manifests = manifests_of(ports, tenant, apart)
    swept = sweep_up(ports, tenant, manifests, apart, run=run)
    waits = apart.run(lambda: _waiting(ports, tenant_id), 0, visit="approvals")
    missed = apart.run(lambda: tuple(_missed(ports, tenant, manifests)), (), visit="turns")
    values = [one.value for one in manifests]
    broken = apart.run(lambda: verify_daily(ports, tenant_id, values), (), visit="logs")
    anchored = anchor(ports, tenant_id, values)
    archived = apart.run(lambda: archive_inputs(ports, tenant_id), 0, visit="inputs")
    apart.end()
    return Visited(swept, anchored, waits, broken, missed, archived)


def _waiting(ports: Ports, tenant_id: str) -> int:
    count = len(waiting(ports, tenant_id))
    ports.journal.write("approvals_waiting", tenant=tenant_id, waiting=count)
    return count


def _missed(ports: Ports, tenant: Tenant, manifests: Sequence[Held[Manifest]]) -> Iterator[tuple[str, Cadence]]:
    """The cadences of each track that are behind."""
    tracks = [Track(tenant.tenant_id, one.value.track_id) for one in manifests]
    documents = ports.documents.read(*(track.state for track in tracks))
    for track, held, document in zip(tracks, manifests, documents, strict=True):
        windows = {} if document is None else decode(TrackState, document).windows
        plan = tenant_and_plan(ports, held.value)[1]
        for cadence in tell_missed(ports, tenant, plan, track, windows):
            yield track.track_id, cadence
