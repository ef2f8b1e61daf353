"""Plans, drafts and drift for programs: the same as their pages."""

from flask import Blueprint, Response

from common.decisions.access import planners_agreed, why_draft_closed, why_not_plan, why_not_planner
from common.domain.errors import InvalidInput, Refused
from common.domain.paths import Track
from common.domain.plan_draft import PlanDraft
from common.domain.tenant import Tenant
from common.use_cases.desk import tenants_seen_by
from common.use_cases.drift import drift_now
from common.use_cases.make_draft import draft_again
from common.use_cases.plan_desk import draft_matter, drafts_at, track_of, versions_at
from common.use_cases.plan_drafts import approve_draft, drafts_of, edit_draft, reject_draft, return_to_plan
from common.web.draft_view import draft_summary, draft_view
from functions.approval import api_plan_models as models
from functions.approval.api_io import body_as, query_as, said, why
from functions.approval.office import BadRequest, me, office, tenant_of
from functions.approval.problems import faults_said

api = Blueprint("api_plans", __name__, url_prefix="/api/v1")


@api.get("/drafts")
def list_drafts_waiting() -> Response:
    """Drafts that wait at the tenants that the person sees, by when they expire."""
    asked, ports = query_as(models.DraftsQuery), office().ports
    places = tenants_seen_by(ports, me().email) if asked.tenant is None else [tenant_of(asked.tenant)]
    found = sorted(drafts_at(ports, places), key=lambda one: one[1].expires_at)
    return said(models.Drafts(items=tuple(_line(*one) for one in found)))


@api.get("/tenants/<tenant_id>/drafts")
def list_drafts(tenant_id: str) -> Response:
    """Every draft of a tenant, the newest first."""
    tenant = tenant_of(tenant_id)
    return said(models.Drafts(items=tuple(_line(tenant, one) for one in drafts_of(office().ports, tenant_id))))


def _line(tenant: Tenant, draft: PlanDraft) -> models.DraftLine:
    return models.DraftLine(
        tenant_id=tenant.tenant_id,
        draft_id=draft.draft_id,
        plan_id=draft.plan_id,
        version=draft.plan.version,
        tracks=draft.tracks,
        summary=draft_summary(draft),
        state=draft.state,
        money=draft.money,
        currency=tenant.currency,
        by=draft.by,
        created_at=draft.created_at,
        expires_at=draft.expires_at,
        agreed=planners_agreed(tenant, draft),
        people_needed=draft.people_needed,
        why_not=why(why_not_plan(tenant, draft, me().email, office().ports.clock.now())),
        seen=draft.payload_digest,
    )


@api.get("/tenants/<tenant_id>/drafts/<draft_id>")
def one_draft(tenant_id: str, draft_id: str) -> Response:
    """One draft with all that a person needs to decide it."""
    tenant, email = tenant_of(tenant_id, draft_id), me().email
    found = draft_matter(office().ports, tenant, draft_id)
    view, draft = draft_view(found, email), found.draft
    return said(
        models.DraftDetail(
            draft=draft,
            before=found.before,
            live=tuple(found.drifts.values()),
            currency=tenant.currency,
            seen=draft.payload_digest,
            why_not=why(why_not_plan(tenant, draft, email, found.now)),
            why_not_answer=why(why_draft_closed(draft, found.now) or why_not_planner(tenant, email)),
            must_confirm=draft.people_needed > 1,
            ways_back=tuple(one.approval_id for one in found.ways_back),
            words=models.DraftWords(
                summary=view.summary,
                happened=view.happened,
                if_approved=view.if_yes,
                if_rejected=view.if_no,
                if_nobody_decides=view.if_nothing,
            ),
        )
    )


@api.post("/tenants/<tenant_id>/drafts/<draft_id>/decision")
def decide_draft(tenant_id: str, draft_id: str) -> Response:
    """Approve a draft, or reject it with a reason and see the way back that was asked for."""
    answer, tenant, ports, by = body_as(models.DraftAnswer), tenant_of(tenant_id, draft_id), office().ports, me().email
    draft = draft_matter(ports, tenant, draft_id).draft
    if answer.answer == "reject":
        done = reject_draft(ports, tenant_id, draft_id, by=by, seen=answer.seen, reason=answer.reason)
        return said(models.DraftDecided(draft=done.draft, ways_back=done.ways_back))
    refusal = why_not_plan(tenant, draft, by, ports.clock.now())
    if refusal is None and draft.people_needed > 1 and not answer.confirmed:
        raise Refused("this is large: say `confirmed` if you mean it", "not_confirmed")
    try:
        decided = approve_draft(ports, tenant_id, draft_id, by=by, seen=answer.seen, run=ports.new_run())
    except InvalidInput as error:
        raise Refused(f"it can't be the plan as things stand: {faults_said(error)}", "not_allowed") from error
    return said(models.DraftDecided(draft=decided, ways_back=()))


@api.post("/tenants/<tenant_id>/drafts/<draft_id>/edit")
def edit(tenant_id: str, draft_id: str) -> Response:
    """Put other terms in a draft's place: a new draft, which supersedes it."""
    asked = body_as(models.DraftEdit)
    tenant_of(tenant_id, draft_id)
    try:
        made = edit_draft(office().ports, tenant_id, draft_id, asked.plan, by=me().email, seen=asked.seen)
    except InvalidInput as error:
        raise BadRequest(error.subject, error.faults) from error
    return said(models.DraftMade(draft=made, seen=made.payload_digest))


@api.get("/tenants/<tenant_id>/plans")
def plans(tenant_id: str) -> Response:
    """The versions of a tenant's plans, with who approved each."""
    return said(models.Versions(items=tuple(versions_at(office().ports, tenant_of(tenant_id)))))


@api.get("/tenants/<tenant_id>/tracks/<track_id>/drift")
def drift(tenant_id: str, track_id: str) -> Response:
    """How far a track is from its plan now, and through what."""
    return said(drift_now(office().ports, track_of(tenant_of(tenant_id, track_id), track_id)))


@api.post("/tenants/<tenant_id>/tracks/<track_id>/way-back")
def way_back(tenant_id: str, track_id: str) -> Response:
    """Ask for a track to be brought back to its plan. Moves nothing before somebody approves it."""
    asked, ports = body_as(models.AskWayBack), office().ports
    track = track_of(tenant_of(tenant_id, track_id), track_id)
    _of_what_was_shown(track, asked.plan_version)
    return said(models.WayBack(change_set=return_to_plan(ports, track, by=me().email)))


@api.post("/tenants/<tenant_id>/tracks/<track_id>/draft")
def draft_track(tenant_id: str, track_id: str) -> Response:
    """Draft the next version from what is live. It waits for a decision like any other."""
    asked, track = body_as(models.AskDraft), track_of(tenant_of(tenant_id, track_id), track_id)
    _of_what_was_shown(track, asked.plan_version)
    made = draft_again(office().ports, track, by=me().email)
    return said(models.DraftMade(draft=made, seen=made.payload_digest))


def _of_what_was_shown(track: Track, plan_version: int) -> None:
    if drift_now(office().ports, track).plan_version != plan_version:
        raise Refused("another plan version became active meanwhile; look at it first", "stale")
