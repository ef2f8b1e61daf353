"""What the pages for people read: only of tenants whose list names the person."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from common.decisions.access import sees
from common.decisions.facts import Facts
from common.decisions.staleness import outdated
from common.domain import paths
from common.domain.approval import Approval, ApprovalState
from common.domain.change import Reason
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.errors import NotFound
from common.domain.log_entry import LogEntry
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.tenant import Tenant
from common.ports.documents import Query
from common.use_cases.load import LoadedTrack, decode, facts_of, hold, load_track
from common.use_cases.ports import Ports
from common.use_cases.queries import change_set_of, entries, every, tenants_naming, waiting
from common.use_cases.rest import obstacles_now
from common.use_cases.waiting import approval_for
from common.web.approval_view import Matter

NOTHING_HERE = "There is nothing here, or it is not yours to see."
"""The same words for what does not exist and for what is somebody else's: an id tells nobody anything."""


def tenants_seen_by(ports: Ports, email: str) -> list[Tenant]:
    """The tenants that name the person, by name."""
    return sorted((one for one in tenants_naming(ports, email) if sees(one, email)), key=lambda one: one.name.lower())


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
    """Everything at these tenants that can still be decided: what nobody decided in time is swept up later."""
    now = ports.clock.now()
    found = ((tenant, approval) for tenant in places for approval in waiting(ports, tenant.tenant_id))
    return [(tenant, approval) for tenant, approval in found if approval.expires_at > now]


def outdated_among(ports: Ports, approvals: Iterable[Approval]) -> frozenset[tuple[str, str]]:
    """Those, by tenant and id, that nobody can approve any more: the plan or a setting moved since they were asked."""
    asked = [(approval, Track(approval.tenant_id, approval.track_id).manifest) for approval in approvals]
    places = list(dict.fromkeys(place for _, place in asked))
    found = zip(places, ports.documents.read(*places) if places else (), strict=True)
    manifests = {place: hold(Manifest, document, place).value for place, document in found}
    return frozenset(
        (one.tenant_id, one.approval_id)
        for one, place in asked
        if outdated(one.plan_version, one.before, manifests[place])
    )


def matter(ports: Ports, tenant: Tenant, approval_id: str, email: str) -> Matter:
    """An approval of a tenant that the person sees.

    Raises:
        NotFound: it has no such approval.
    """
    approval, change_set = approval_of(ports, tenant, approval_id)
    loaded = load_track(ports, Track(tenant.tenant_id, approval.track_id))
    pending, part = approval.state is ApprovalState.PENDING, part_approved(ports, approval, change_set)
    asked = change_set.but(decided_by=(email,))
    obstacles = obstacles_now(ports, loaded, asked) if pending else ()
    return Matter(
        tenant=tenant,
        approval=approval,
        change_set=change_set,
        facts=facts_of(ports, loaded),
        obstacles=obstacles,
        possible=_possible(ports, loaded, asked, obstacles),
        part=part,
        entries=_entries(ports, change_set, part),
        fresh=None if pending else _fresh(ports, approval),
    )


def _possible(ports: Ports, loaded: LoadedTrack, asked: ChangeSet, obstacles: Collection[Reason]) -> frozenset[str]:
    """The parts that may be approved: all of them where nothing stands in the way, else those that may go alone."""
    names = frozenset(one.proposal_id for one in asked.proposals)
    if not obstacles:
        return names
    if len(names) == 1 or outdated(asked.plan_version, asked.changes, loaded.manifest.value):
        return frozenset()
    return frozenset(name for name in names if not obstacles_now(ports, loaded, asked.part({name})))


def _entries(ports: Ports, change_set: ChangeSet, part: ChangeSet | None) -> tuple[LogEntry, ...]:
    """What the log says of a request, and of the part of it that went ahead, oldest first."""
    names = [one.change_set_id for one in (change_set, part) if one is not None]
    found = [entry for name in names for entry in entries_of(ports, change_set.tenant_id, name)]
    return tuple(sorted(found, key=lambda entry: entry.seq))


def part_approved(ports: Ports, approval: Approval, change_set: ChangeSet) -> ChangeSet | None:
    """The part that was approved and goes ahead under an id of its own; `None` where that is no part, or nothing is."""
    if approval.state is not ApprovalState.APPROVED or change_set.state is not ChangeSetState.SUPERSEDED:
        return None
    child = change_set.part(approval.decisions[-1].proposals).change_set_id
    return change_set_of(ports, approval.tenant_id, child)


def part_of(ports: Ports, tenant: Tenant, change_set: ChangeSet) -> ChangeSet | None:
    """The same, from the change set: `None` too where nobody was asked about it."""
    if change_set.state is not ChangeSetState.SUPERSEDED:
        return None
    approval = ports.documents.read(paths.approval(tenant.tenant_id, change_set.change_set_id))[0]
    return None if approval is None else part_approved(ports, decode(Approval, approval), change_set)


def part_asked(found: Matter, proposals: Collection[str]) -> Matter:
    """The same with only some of the parts: what a person confirms who chose these."""
    part = found.change_set.part(proposals)
    alone = approval_for(part, found.facts)
    asked = found.approval.but(summary=alone.summary, money=alone.money, resumes=alone.resumes)
    return replace(found, approval=asked, change_set=part)


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
