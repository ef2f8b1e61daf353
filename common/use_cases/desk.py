"""What the pages for people read: only of tenants whose list names the person."""

from collections.abc import Iterable

from common.decisions.access import sees
from common.decisions.facts import Facts
from common.domain import paths
from common.domain.approval import Approval, ApprovalState
from common.domain.change import Reason
from common.domain.change_set import ChangeSet
from common.domain.errors import NotFound
from common.domain.log_entry import LogEntry
from common.domain.paths import Track
from common.domain.tenant import Tenant
from common.ports.documents import Query
from common.use_cases.load import LoadedTrack, decode, facts_of, hold, load_track
from common.use_cases.ports import Ports
from common.use_cases.queries import entries, every, tenants, waiting
from common.use_cases.rest import obstacles_now
from common.web.approval_view import Matter

NOTHING_HERE = "There is nothing here, or it is not yours to see."
"""The same words for what does not exist and for what is somebody else's: an id tells nobody anything."""


def tenants_seen_by(ports: Ports, email: str) -> list[Tenant]:
    """The tenants that name the person, by name."""
    return sorted((one for one in tenants(ports) if sees(one, email)), key=lambda one: one.name.lower())


def tenant_seen_by(ports: Ports, tenant_id: str, email: str) -> Tenant:
    """One tenant.

    Raises:
        NotFound: there is none, or the person may not see it; in the same words.
    """
    document = ports.documents.read(paths.tenant(tenant_id))[0]
    tenant = None if document is None else decode(Tenant, document)
    if tenant is None or not sees(tenant, email):
        raise NotFound(NOTHING_HERE)
    return tenant


def waiting_at(ports: Ports, places: Iterable[Tenant]) -> list[tuple[Tenant, Approval]]:
    """Everything that waits for a person at these tenants."""
    return [(tenant, approval) for tenant in places for approval in waiting(ports, tenant.tenant_id)]


def matter(ports: Ports, tenant: Tenant, approval_id: str, email: str) -> Matter:
    """An approval of a tenant that the person sees.

    Raises:
        NotFound: it has no such approval.
    """
    approval, change_set = approval_of(ports, tenant, approval_id)
    loaded = load_track(ports, Track(tenant.tenant_id, approval.track_id))
    facts = facts_of(ports, loaded)
    pending = approval.state is ApprovalState.PENDING
    return Matter(
        tenant=tenant,
        approval=approval,
        change_set=change_set,
        facts=facts,
        obstacles=_obstacles(ports, loaded, change_set, email) if pending else (),
        entries=tuple(entries_of(ports, tenant.tenant_id, change_set.change_set_id)),
        fresh=None if pending else _fresh(ports, approval),
    )


def approval_of(ports: Ports, tenant: Tenant, approval_id: str) -> tuple[Approval, ChangeSet]:
    """An approval and the change set that it is about.

    Raises:
        NotFound: the tenant has no such approval.
    """
    places = (paths.approval(tenant.tenant_id, approval_id), paths.change_set(tenant.tenant_id, approval_id))
    approval, change_set = ports.documents.read(*places)
    if approval is None:
        raise NotFound(NOTHING_HERE)
    return decode(Approval, approval), hold(ChangeSet, change_set, places[1]).value


def _obstacles(ports: Ports, loaded: LoadedTrack, change_set: ChangeSet, email: str) -> tuple[Reason, ...]:
    return obstacles_now(ports, loaded, change_set.but(decided_by=(email,)))


def _fresh(ports: Ports, approval: Approval) -> str | None:
    """A request that waits for one of the same settings."""
    fields = {change.field for change in approval.before}
    for other in waiting(ports, approval.tenant_id):
        if other.track_id == approval.track_id and fields & {change.field for change in other.before}:
            return other.approval_id
    return None


def change_set_seen(ports: Ports, tenant: Tenant, change_set_id: str) -> ChangeSet:
    """A change set of a tenant that the person sees.

    Raises:
        NotFound: the tenant has no such change set.
    """
    document = ports.documents.read(paths.change_set(tenant.tenant_id, change_set_id))[0]
    if document is None:
        raise NotFound(NOTHING_HERE)
    return decode(ChangeSet, document)


def entries_of(ports: Ports, tenant_id: str, change_set_id: str) -> list[LogEntry]:
    """What the log says of one change set, oldest first."""
    query = Query(paths.log(tenant_id), where={"change_set_id": change_set_id})
    return [decode(LogEntry, document) for document in every(ports, query)]


def newest_entries(ports: Ports, tenant: Tenant, tracks: Iterable[str], count: int) -> list[LogEntry]:
    """The newest entries of some tracks, newest first."""
    found = [entry for track_id in tracks for entry in entries(ports, Track(tenant.tenant_id, track_id), newest=count)]
    return sorted(found, key=lambda entry: (entry.at, entry.seq), reverse=True)[:count]


def track_seen(ports: Ports, tenant: Tenant, track_id: str) -> tuple[LoadedTrack, Facts]:
    """One of the tenant's tracks, with what is known of its spend."""
    loaded = load_track(ports, Track(tenant.tenant_id, track_id))
    return loaded, facts_of(ports, loaded)
