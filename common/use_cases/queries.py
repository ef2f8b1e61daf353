"""Read what people ask for: what waits, what was done and why."""

from collections.abc import Iterator
from datetime import UTC, datetime

from common.domain import paths
from common.domain.approval import Approval, ApprovalState
from common.domain.change_set import ChangeSet
from common.domain.log_entry import LogEntry
from common.domain.manifest import Manifest
from common.domain.model import parse
from common.domain.paths import Track
from common.domain.plan import MediaPlan
from common.domain.state import TrackState
from common.domain.tenant import Tenant
from common.ports.documents import Document, Query
from common.use_cases.load import decode, read_one
from common.use_cases.ports import Ports


def every(ports: Ports, query: Query | None) -> Iterator[Document]:
    """All documents of a query, page by page."""
    while query is not None:
        page = ports.documents.query(query)
        yield from page.documents
        query = page.next


def until(field: str, instant: datetime) -> tuple[str, str]:
    """What `Query.up_to` asks for where a field's instant is to be reached: to the second, and none too few.

    Bodies write `09:00:00Z` and `09:00:00.5Z`, of which the former is the greater text.
    """
    return field, f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def tenants(ports: Ports) -> list[Tenant]:
    """Every tenant."""
    return [decode(Tenant, document) for document in every(ports, Query("tenants"))]


def tenants_naming(ports: Ports, email: str) -> list[Tenant]:
    """The tenants that name a person, by whatever role."""
    named = Query("tenants", holding=("people", email.lower()))
    return [decode(Tenant, document) for document in every(ports, named)]


def waiting(ports: Ports, tenant_id: str) -> list[Approval]:
    """The tenant's approvals that wait for a person."""
    query = Query(f"tenants/{tenant_id}/approvals", where={"state": ApprovalState.PENDING.value})
    return [decode(Approval, document) for document in every(ports, query)]


def manifest_of(ports: Ports, track: Track) -> Manifest:
    """A track's live state."""
    return read_one(ports.documents, Manifest, track.manifest).value


def state_of(ports: Ports, track: Track) -> TrackState | None:
    """What a track remembers; `None` before its first tick."""
    document = ports.documents.read(track.state)[0]
    return None if document is None else decode(TrackState, document)


def change_set_of(ports: Ports, tenant_id: str, change_set_id: str) -> ChangeSet:
    """One change set."""
    return read_one(ports.documents, ChangeSet, paths.change_set(tenant_id, change_set_id)).value


def newest_plan(ports: Ports, tenant_id: str, plan_id: str) -> MediaPlan:
    """The highest version of a plan."""
    query = Query(paths.plan_versions(tenant_id, plan_id), where={"plan_id": plan_id}, descending=True, limit=1)
    document = ports.documents.query(query).documents[0]
    return parse(MediaPlan, document.data, document.path)


def plan_ids(ports: Ports, tenant: Tenant) -> list[str]:
    """The plans that the tenant's tracks are on; more than one only where a track was moved to another."""
    tracks = (Track(tenant.tenant_id, track_id) for track_id in tenant.tracks)
    return list(dict.fromkeys(manifest_of(ports, track).plan_id for track in tracks))


def plan_versions(ports: Ports, tenant_id: str, plan_id: str) -> list[MediaPlan]:
    """Every version of a plan, newest first."""
    query = Query(paths.plan_versions(tenant_id, plan_id), where={"plan_id": plan_id}, descending=True)
    return [decode(MediaPlan, document) for document in every(ports, query)]


def entries(ports: Ports, track: Track, *, since: int = 0, newest: int | None = None) -> Iterator[LogEntry]:
    """A track's log from sequence `since` on, oldest first; or its newest entries, newest first."""
    descending = newest is not None
    query = Query(
        paths.log(track.tenant_id),
        where={"track_id": track.track_id},
        start=track.log_id(since),
        end=f"{track.track_id}-:",
        descending=descending,
        limit=min(newest or 300, 300),
    )
    for count, document in enumerate(every(ports, query)):
        if newest is not None and count >= newest:
            return
        yield decode(LogEntry, document)
