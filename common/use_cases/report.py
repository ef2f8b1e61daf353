"""Make a tenant's report: gather what it is about, build it, keep page and data where nobody can change them."""

from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from datetime import date, timedelta

from common.decisions.facts import Facts
from common.decisions.kpi import Kpis
from common.decisions.reporting.build import TenantMatter, TrackMatter, report_of
from common.decisions.spend import spend_of
from common.domain import paths
from common.domain.approval import Approval
from common.domain.canonical import canonical
from common.domain.errors import Refused
from common.domain.paths import Track
from common.domain.plan_draft import PlanDraft
from common.domain.report import Report, ReportIndex
from common.domain.tenant import GlobalControl, Tenant
from common.domain.track_days import TrackDays
from common.ports.documents import Conflict, Create, Query
from common.ports.objects import AlreadyThere, Objects
from common.use_cases.connections import connections_of
from common.use_cases.load import LoadedTrack, decode, hold, load_track, read_one
from common.use_cases.performance import Known, Recorded, record_days
from common.use_cases.plan_drafts import drafts_waiting
from common.use_cases.ports import Ports
from common.use_cases.queries import waiting
from common.use_cases.report_log import Log, kept_log, log_file, log_since_plan
from common.web import report_view

_DAY = timedelta(days=1)


def make_report(ports: Ports, tenant_id: str) -> ReportIndex:
    """Make the report of the tenant's day, and keep it. Making the same again gives the one that is there.

    Raises:
        NotFound: there is no such tenant.
        InvalidInput: its locale is none.
        Refused: there is nowhere to keep it.
        Unavailable: the storage did not take it; come again.
    """
    objects, newest = storage(ports), reports_of(ports, tenant_id, newest=1)
    matter = _matter(ports, tenant_id, kept_log(ports, objects, newest[0]) if newest else {}, ask=True)
    log = (entry for track in matter.tracks for entry in (track.began, *track.entries))
    return keep_report(ports, objects, report_of(matter), log_file(log))


def gathered(ports: Ports, tenant_id: str, *, ask: bool = True) -> Report:
    """The report as it would be made now.

    Args:
        ask: the sources, for days that are not recorded yet, which are then kept.

    Raises:
        NotFound: there is no such tenant.
    """
    return report_of(_matter(ports, tenant_id, {}, ask=ask))


def _matter(ports: Ports, tenant_id: str, known: Log, *, ask: bool) -> TenantMatter:
    found = ports.documents.read(paths.tenant(tenant_id), paths.GLOBAL_CONTROL)
    tenant = hold(Tenant, found[0], paths.tenant(tenant_id)).value
    control = GlobalControl() if found[1] is None else decode(GlobalControl, found[1])
    now = ports.clock.now()
    approvals = [one for one in waiting(ports, tenant_id) if one.expires_at > now]
    drafts = [one for one in drafts_waiting(ports, tenant_id) if one.expires_at > now]
    return TenantMatter(
        tenant=tenant,
        control=control,
        now=now,
        drafts=drafts,
        pages_url=ports.pages_url,
        connections=connections_of(ports, tenant_id),
        tracks=[
            _track(ports, Track(tenant_id, track_id), approvals, drafts, known, ask=ask) for track_id in tenant.tracks
        ],
    )


def keep_report(ports: Ports, objects: Objects, report: Report, log: bytes | None = None) -> ReportIndex:
    """Write page and data, each once, then the index that tells of them.

    Args:
        log: what it was made of, for the next one.
    """
    index = ReportIndex.of(report)
    place = paths.report(index.tenant_id, index.report_id)
    known = ports.documents.read(place)[0]
    if known is not None:
        return decode(ReportIndex, known)
    for path, body, content_type in (
        (index.page, report_view.report_page(report), "text/html; charset=utf-8"),
        (index.data, canonical(report.body()), "application/json"),
        *([] if log is None else [(index.log, log, "application/gzip")]),
    ):
        with suppress(AlreadyThere):  # the same content: a run before this one wrote it, and went no further
            objects.create(path, body, content_type=content_type)
    try:
        ports.documents.commit(Create(place, index.body()))
    except Conflict:
        return read_one(ports.documents, ReportIndex, place).value
    return index


def reports_of(ports: Ports, tenant_id: str, *, newest: int = 30) -> list[ReportIndex]:
    """A tenant's newest reports, the newest first."""
    query = Query(paths.reports(tenant_id), where={"tenant_id": tenant_id}, descending=True, limit=newest)
    found = [decode(ReportIndex, document) for document in ports.documents.query(query).documents]
    return sorted(found, key=lambda index: index.made_at, reverse=True)


def report_page(ports: Ports, tenant_id: str, report_id: str) -> bytes:
    """The page of a report.

    Raises:
        NotFound: the tenant has no such report.
    """
    index = read_one(ports.documents, ReportIndex, paths.report(tenant_id, report_id)).value
    return storage(ports).read(index.page)


def report_data(ports: Ports, tenant_id: str, report_id: str) -> bytes:
    """The same as JSON.

    Raises:
        NotFound: the tenant has no such report.
    """
    index = read_one(ports.documents, ReportIndex, paths.report(tenant_id, report_id)).value
    return storage(ports).read(index.data)


def storage(ports: Ports) -> Objects:
    """Where reports are kept.

    Raises:
        Refused: nowhere.
    """
    if ports.objects is None:
        raise Refused(
            "there is nowhere to keep reports: set TRIMTAB_OBJECTS to gcs:BUCKET[/PREFIX] or folder:PATH", "no_objects"
        )
    return ports.objects


def _track(
    ports: Ports, track: Track, approvals: Sequence[Approval], drafts: Sequence[PlanDraft], log: Log, *, ask: bool
) -> TrackMatter:
    """A track as it is now, with its log since the plan version became active and what its sources told."""
    loaded = load_track(ports, track)
    known: Known = {}
    if ask:
        record_days(ports, loaded, known)
    manifest, now = loaded.manifest.value, ports.clock.now()
    began, *following = log_since_plan(ports, track, manifest, log)
    facts = Facts(now, loaded.tenant, loaded.plan, manifest, loaded.memory, spend_of(manifest, loaded.memory))
    kpis, recorded = _told(ports, loaded, facts.calendar.day_of(began.at), facts, known)
    return TrackMatter(
        facts=facts,
        kpis=kpis,
        recorded=recorded,
        began=began,
        entries=following,
        approvals=[one for one in approvals if one.track_id == track.track_id],
        drafts=[one for one in drafts if track.track_id in one.tracks],
    )


def _told(
    ports: Ports, loaded: LoadedTrack, since: date, facts: Facts, known: Known
) -> tuple[Kpis, Mapping[date, int]]:
    """The KPI of the whole days since the plan version became active, and the spend of all days of the flight."""
    flight = loaded.plan.flight
    last = min(facts.today - _DAY, flight.end)
    if last < flight.start:
        return Kpis(None, {}), {}
    records = Recorded.read(ports, loaded, flight.start, last, known)
    since = max(since, flight.start)
    kpis = records.kpis(since, last) if since <= last else Kpis(None, {})
    spending = {name for name, one in facts.spend.items() if one.visible}
    return kpis, _by_day(records.days(flight.start, last), spending)


def _by_day(days: TrackDays, spending: Set[str]) -> dict[date, int]:
    """What the track spent on each day of which nothing is missing: every campaign that spends was told of."""
    spent: dict[date, dict[str, int]] = {}
    for row in days.rows:
        if row.spend is not None:
            spent.setdefault(row.day, {})[row.entity_id] = row.spend
    return {day: sum(told.values()) for day, told in spent.items() if spending <= told.keys()}
