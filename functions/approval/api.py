"""The same as the pages, for programs: JSON under `/api/v1`, described by `/api/v1/openapi.json`.

Who is asking is told as for the pages. A decision carries what was seen, and its body is `application/json`, which no
form of another site can send.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from flask import Blueprint, Response, jsonify

from common.decisions.access import role_of, why_closed, why_not, why_not_answer
from common.decisions.connections import listed, truth_of
from common.decisions.facts import Facts
from common.domain.approval import Approval
from common.domain.change_set import ChangeSet
from common.domain.errors import Busy, NotFound, Refused
from common.domain.tenant import KillSwitch, Tenant
from common.ports.documents import Conflict
from common.use_cases.approvals import reject
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.configure import control_of
from common.use_cases.connections import connections_of
from common.use_cases.desk import (
    approval_of,
    change_set_seen,
    entries_of,
    matter,
    newest_entries,
    tenants_seen_by,
    track_seen,
    waiting_at,
)
from common.use_cases.revert import preview, revert
from common.web.approval_view import approval_view
from common.web.waiting_view import in_order
from functions.approval import api_models as models
from functions.approval.api_io import body_as, query_as, said, why
from functions.approval.office import me, office, tenant_of
from functions.approval.problems import note, note_missing

api = Blueprint("api", __name__, url_prefix="/api/v1")
PAGE_SIZE = 50


@api.get("/openapi.json")
def openapi() -> Response:
    """What the API can do."""
    return jsonify(_document())


@cache
def _document() -> dict[str, Any]:
    from functions.approval.api_document import document  # most requests do without

    return document()


@api.get("/approvals")
def list_waiting() -> Response:
    """Everything that waits at the tenants that the person sees."""
    asked, ports, email = query_as(models.WaitingQuery), office().ports, me().email
    places = tenants_seen_by(ports, email) if asked.tenant is None else [tenant_of(asked.tenant)]
    now = ports.clock.now()
    found = in_order(waiting_at(ports, places), now)
    items = [_waiting(tenant, one, why_not(tenant, one, email, now)) for tenant, one in found]
    start = (asked.page - 1) * PAGE_SIZE
    return said(
        models.WaitingPage(
            items=tuple(items[start : start + PAGE_SIZE]),
            total=len(items),
            mine=sum(one.why_not is None for one in items),
            page=asked.page,
            pages=max(1, -(-len(items) // PAGE_SIZE)),
        )
    )


def _waiting(tenant: Tenant, approval: Approval, refusal: Refused | None) -> models.Waiting:
    return models.Waiting(
        tenant_id=tenant.tenant_id,
        track_id=approval.track_id,
        approval_id=approval.approval_id,
        summary=approval.summary,
        money=approval.money,
        currency=tenant.currency,
        expires_at=approval.expires_at,
        agreed=tuple(one.by for one in approval.decisions if one.approve),
        people_needed=approval.people_needed,
        resumes=approval.resumes,
        why_not=why(refusal),
        seen=approval.payload_digest,
    )


@api.get("/tenants/<tenant_id>/approvals/<approval_id>")
def one_approval(tenant_id: str, approval_id: str) -> Response:
    """One request with all that a person needs to decide it."""
    tenant, email, now = tenant_of(tenant_id, approval_id), me().email, office().ports.clock.now()
    found = matter(office().ports, tenant, approval_id, email)
    view, approval = approval_view(found, email), found.approval
    return said(
        models.ApprovalDetail(
            approval=approval,
            change_set=found.change_set,
            part=found.part,
            currency=tenant.currency,
            seen=approval.payload_digest,
            why_not=why(why_not(tenant, approval, email, now)),
            why_not_reject=why(why_closed(approval, now) or why_not_answer(tenant, email)),
            must_confirm=_must_confirm(approval),
            obstacles=found.obstacles,
            replaced_by=found.fresh,
            words=models.Words(
                summary=view.summary,
                stopped_by=tuple(view.stopped_by),
                if_approved=view.if_yes,
                if_rejected=view.if_no,
                if_nobody_decides=view.if_nothing,
            ),
            log=found.entries,
        )
    )


def _must_confirm(approval: Approval) -> bool:
    return approval.people_needed > 1 or approval.resumes


@api.post("/tenants/<tenant_id>/approvals/<approval_id>/decision")
def decide(tenant_id: str, approval_id: str) -> Response:
    """Approve a request or a part of it, or reject it with a reason."""
    answer = body_as(models.Answer)
    return said(_decided(tenant_of(tenant_id, approval_id), approval_id, answer))


def _decided(tenant: Tenant, approval_id: str, answer: models.Answer) -> models.Decided:
    ports, by, tenant_id = office().ports, me().email, tenant.tenant_id
    approval, change_set = approval_of(ports, tenant, approval_id)
    if answer.answer == "reject":
        ended = reject(ports, tenant_id, approval_id, by=by, seen=answer.seen, reason=answer.reason)
    else:
        refusal = why_not(tenant, approval, by, ports.clock.now())
        if refusal is None and _must_confirm(approval) and not answer.confirmed:
            raise Refused("this is large, or lifts a pause: say `confirmed` if you mean it", "not_confirmed")
        part = _part(change_set, answer.proposals)
        ended = approve_and_apply(ports, tenant_id, approval_id, by=by, seen=answer.seen, proposals=part)
    now, _ = approval_of(ports, tenant, approval_id)
    return models.Decided(approval=now, change_set=ended)


def _part(change_set: ChangeSet, chosen: Sequence[str]) -> Sequence[str]:
    """Nothing where all of it was chosen."""
    return () if set(chosen) == {one.proposal_id for one in change_set.proposals} else tuple(dict.fromkeys(chosen))


@api.post("/decisions")
def decide_several() -> Response:
    """Decide several requests, each on what was seen of it."""
    return said(models.Results(results=tuple(map(_one_of_several, body_as(models.Several).decisions))))


def _one_of_several(answer: models.OneOfSeveral) -> models.OneResult:
    decided, error = None, None
    try:
        decided = _decided(tenant_of(answer.tenant_id, answer.approval_id), answer.approval_id, answer)
    except Refused as refusal:
        note(refusal)
        error = why(refusal)
    except NotFound as missing:
        note_missing()
        error = models.WhyNot(code="not_found", detail=str(missing))
    except (Busy, Conflict):
        error = models.WhyNot(code="busy", detail="something is being changed there right now; decide again")
    return models.OneResult(tenant_id=answer.tenant_id, approval_id=answer.approval_id, decided=decided, why_not=error)


@api.get("/tenants")
def list_tenants() -> Response:
    """The tenants that the person sees."""
    return said(models.Tenants(items=tuple(map(_tenant_line, tenants_seen_by(office().ports, me().email)))))


def _tenant_line(tenant: Tenant) -> models.TenantLine:
    person = role_of(tenant, me().email)
    return models.TenantLine(
        tenant_id=tenant.tenant_id,
        name=tenant.name,
        currency=tenant.currency,
        time_zone=tenant.time_zone,
        vertical=tenant.vertical,
        roles=() if person is None else person.roles,
    )


@api.get("/tenants/<tenant_id>")
def one_tenant(tenant_id: str) -> Response:
    """How a tenant stands."""
    tenant, ports = tenant_of(tenant_id), office().ports
    switches = [("every tenant", control_of(ports).kill_switch), ("this tenant", tenant.kill_switch)]
    connections = connections_of(ports, tenant_id)
    return said(
        models.TenantState(
            tenant=_tenant_line(tenant),
            degraded_attribution=tenant.degraded_attribution,
            kill_switches=tuple(_switch(of, one) for of, one in switches if one.on),
            tracks=tuple(_track(track_seen(ports, tenant, track_id)[1]) for track_id in tenant.tracks),
            connections=tuple(listed(connections)),
            ga4_source_of_truth=truth_of(connections).met,
            waiting=len(waiting_at(ports, [tenant])),
        )
    )


def _switch(of: Any, switch: KillSwitch) -> models.Switch:
    return models.Switch(of=of, by=switch.by, reason=switch.reason)


def _track(facts: Facts) -> models.TrackView:
    manifest = facts.manifest
    bearing = [one for one in manifest.entities.values() if one.allocation is not None]
    spend = {one.entity_id: facts.spend.get(one.entity_id) for one in bearing}
    return models.TrackView(
        track_id=manifest.track_id,
        plan_version=manifest.plan_version,
        flight=facts.plan.flight,
        entities=tuple(
            models.EntityState(entity=one, spent=0 if (found := spend[one.entity_id]) is None else found.visible)
            for one in bearing
        ),
        pauses=manifest.pauses,
        freezes=facts.state.freezes,
    )


@api.get("/tenants/<tenant_id>/log")
def log(tenant_id: str) -> Response:
    """What was done, newest first."""
    tenant, asked = tenant_of(tenant_id), query_as(models.LogQuery)
    tracks = [one for one in tenant.tracks if asked.track in (None, one)]
    return said(models.Log(items=tuple(newest_entries(office().ports, tenant, tracks, asked.count))))


@api.get("/tenants/<tenant_id>/changes/<change_set_id>")
def change(tenant_id: str, change_set_id: str) -> Response:
    """One change set, and what the log says of it."""
    tenant, ports = tenant_of(tenant_id, change_set_id), office().ports
    return _told(change_set_seen(ports, tenant, change_set_id))


def _told(change_set: ChangeSet) -> Response:
    entries = entries_of(office().ports, change_set.tenant_id, change_set.change_set_id)
    return said(models.ChangeSetWithLog(change_set=change_set, log=tuple(entries)))


@api.get("/tenants/<tenant_id>/changes/<change_set_id>/undo")
def ask_undo(tenant_id: str, change_set_id: str) -> Response:
    """What undoing a change set would do now. Writes nothing."""
    tenant, ports = tenant_of(tenant_id, change_set_id), office().ports
    change_set_seen(ports, tenant, change_set_id)
    found = preview(ports, tenant_id, change_set_id)
    return said(
        models.UndoPreview(
            proposals=found.proposals,
            verdict=found.verdict,
            reasons=tuple(reason for one in found.judgements for reason in one.reasons),
            obstacles=found.obstacles,
            seen=found.digest,
        )
    )


@api.post("/tenants/<tenant_id>/changes/<change_set_id>/undo")
def undo(tenant_id: str, change_set_id: str) -> Response:
    """Undo exactly what was seen."""
    tenant, ports, asked = tenant_of(tenant_id, change_set_id), office().ports, body_as(models.Undo)
    change_set_seen(ports, tenant, change_set_id)
    ended = revert(ports, tenant_id, change_set_id, by=me().email, seen=asked.seen)
    return _told(ended)
