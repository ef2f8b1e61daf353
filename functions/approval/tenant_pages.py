"""A tenant: how its tracks stand, what was done, one change, and undoing it."""

from collections.abc import Iterable

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from common.decisions.access import why_not_answer
from common.domain.calendar import TenantCalendar
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.errors import Refused
from common.domain.paths import Track
from common.domain.tenant import Tenant
from common.use_cases.configure import control_of
from common.use_cases.connections import connections_of
from common.use_cases.desk import (
    change_set_seen,
    entries_of,
    newest_entries,
    part_of,
    tenants_seen_by,
    track_seen,
    waiting_at,
)
from common.use_cases.plan_desk import drafts_at
from common.use_cases.queries import manifest_of
from common.use_cases.revert import preview, revert
from common.web.change_view import change_view, revert_view
from common.web.log_view import LogLine, log_lines
from common.web.tenant_view import tenant_view
from functions.approval.office import me, office, page, shown_in, signed, tenant_of
from functions.approval.problems import STATUS, note

pages = Blueprint("tenant", __name__)
LATELY, AT_FIRST, MOST = 8, 50, 500


@pages.get("/tenants")
def all_tenants() -> str:
    """The tenants that the person sees."""
    return page("tenants.html", here="tenants", places=tenants_seen_by(office().ports, me().email))


@pages.get("/t/<tenant_id>")
def one_tenant(tenant_id: str) -> str:
    """How a tenant stands."""
    tenant, ports = tenant_of(tenant_id), office().ports
    facts = [track_seen(ports, tenant, track_id)[1] for track_id in tenant.tracks]
    lines = _lines(tenant, tenant.tracks, LATELY)
    count, drafts = len(waiting_at(ports, [tenant])), len(drafts_at(ports, [tenant]))
    view = tenant_view(tenant, control_of(ports), facts, connections_of(ports, tenant_id))
    return page("tenant.html", view=view, lines=lines, waiting=count, drafts=drafts)


@pages.get("/t/<tenant_id>/log")
def log(tenant_id: str) -> str:
    """What was done, newest first."""
    tenant = tenant_of(tenant_id)
    chosen = request.args.get("track", "")
    unknown = chosen if chosen and chosen not in tenant.tracks else ""
    tracks = [chosen] if chosen and not unknown else tenant.tracks
    count = min(max(request.args.get("count", AT_FIRST, type=int), 1), MOST)
    lines = _lines(tenant, tracks, count)
    more = min(count * 2, MOST) if len(lines) == count < MOST else 0
    return page("log.html", tenant=tenant, lines=lines, chosen="" if unknown else chosen, unknown=unknown, more=more)


def _lines(tenant: Tenant, tracks: Iterable[str], count: int) -> list[LogLine]:
    found = newest_entries(office().ports, tenant, tracks, count)
    return log_lines(found, TenantCalendar.of(tenant.time_zone))


@pages.get("/t/<tenant_id>/changes/<change_set_id>")
def change(tenant_id: str, change_set_id: str) -> str:
    """One change set: what it wanted, what became of it, who decided."""
    tenant, ports = tenant_of(tenant_id, change_set_id), office().ports
    change_set = change_set_seen(ports, tenant, change_set_id)
    manifest = manifest_of(ports, Track(tenant_id, change_set.track_id))
    entries = entries_of(ports, tenant_id, change_set_id)
    view = change_view(tenant, change_set, manifest, entries, part_of(ports, tenant, change_set))
    return page("change.html", tenant=tenant, view=view, notice="")


@pages.get("/t/<tenant_id>/changes/<change_set_id>/undo")
def ask_undo(tenant_id: str, change_set_id: str) -> str:
    """What undoing a change set would do now. Writes nothing."""
    tenant = tenant_of(tenant_id, change_set_id)
    return _undo_page(tenant, change_set_seen(office().ports, tenant, change_set_id))


def _undo_page(tenant: Tenant, change_set: ChangeSet, problem: str = "") -> str:
    ports, tenant_id, change_set_id = office().ports, tenant.tenant_id, change_set.change_set_id
    found = preview(ports, tenant_id, change_set_id)
    manifest = manifest_of(ports, Track(tenant_id, change_set.track_id))
    refusal = why_not_answer(tenant, me().email)
    return page(
        "undo.html",
        tenant=tenant,
        change_set_id=change_set_id,
        view=revert_view(found.proposals, found.judgements, found.verdict, found.obstacles, manifest, tenant.currency),
        cannot="" if refusal is None else str(refusal),
        form=signed(_purpose(tenant_id, change_set_id), found.digest),
        problem=problem,
    )


def _purpose(tenant_id: str, change_set_id: str) -> str:
    return f"undo {tenant_id}/{change_set_id}"


@pages.post("/t/<tenant_id>/changes/<change_set_id>/undo")
def undo(tenant_id: str, change_set_id: str) -> Response | tuple[str, int]:
    """Undo exactly what was shown."""
    tenant = tenant_of(tenant_id, change_set_id)
    change_set = change_set_seen(office().ports, tenant, change_set_id)
    seen = shown_in(_purpose(tenant_id, change_set_id))
    try:
        ended = revert(office().ports, tenant_id, change_set_id, by=me().email, seen=seen)
    except Refused as refusal:
        note(refusal)
        said = f"Nothing was changed: {refusal}."
        return _undo_page(tenant, change_set, said), STATUS.get(refusal.code, 409)
    if ended.state is ChangeSetState.PENDING:
        where = url_for("approval.look", tenant_id=tenant_id, approval_id=ended.change_set_id)
    else:
        where = url_for("tenant.change", tenant_id=tenant_id, change_set_id=ended.change_set_id)
    return redirect(where, 303)
