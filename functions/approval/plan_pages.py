"""A tenant's plans: how far live is from them, their versions and drafts; asking for the next draft or the way back."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from common.domain.errors import Refused
from common.domain.paths import Track
from common.domain.tenant import Tenant
from common.use_cases.drift import drift_now
from common.use_cases.make_draft import draft_again
from common.use_cases.plan_desk import plan_matter, track_of
from common.use_cases.plan_drafts import return_to_plan
from common.web.plan_view import plan_view
from functions.approval.office import me, office, page, shown_in, signed, tenant_of
from functions.approval.problems import STATUS, note

pages = Blueprint("plan", __name__)


@pages.get("/t/<tenant_id>/plan")
def look(tenant_id: str) -> str:
    """Plan and live, side by side."""
    return _shown(tenant_of(tenant_id))


def _shown(tenant: Tenant, *, notice: str = "") -> str:
    view = plan_view(plan_matter(office().ports, tenant), me().email)
    forms = {
        f"{wish} {one.drift.track_id}": signed(
            _purpose(wish, track_of(tenant, one.drift.track_id)), one.drift.plan_version
        )
        for one in view.tracks
        for wish, may in ((_WAY_BACK, one.may_ask), (_DRAFT, one.may_draft))
        if may
    }
    return page("plan.html", view=view, forms=forms, notice=notice)


_WAY_BACK, _DRAFT = "way back", "draft again"
"""What can be asked for, as its form is signed."""


def _purpose(wish: str, track: Track) -> str:
    return f"{wish} {track.tenant_id}/{track.track_id}"


def _of_what_was_shown(wish: str, track: Track) -> None:
    if drift_now(office().ports, track).plan_version != shown_in(_purpose(wish, track)):
        raise Refused("another plan version became active meanwhile; look at it first", "stale")


@pages.post("/t/<tenant_id>/tracks/<track_id>/way-back")
def way_back(tenant_id: str, track_id: str) -> Response | tuple[str, int] | str:
    """Ask a person to bring a track back to the plan version that was shown. Moves nothing by itself."""
    tenant, ports = tenant_of(tenant_id, track_id), office().ports
    track = track_of(tenant, track_id)
    try:
        _of_what_was_shown(_WAY_BACK, track)
        asked = return_to_plan(ports, track, by=me().email)
    except Refused as refusal:
        note(refusal)
        return _shown(tenant, notice=f"Nothing was asked for: {refusal}."), STATUS.get(refusal.code, 409)
    if asked is None:
        return _shown(tenant, notice=f"{track_id} is on its plan: there is nothing to bring back.")
    return redirect(url_for("approval.look", tenant_id=tenant_id, approval_id=asked.change_set_id), 303)


@pages.post("/t/<tenant_id>/tracks/<track_id>/draft")
def draft(tenant_id: str, track_id: str) -> Response | tuple[str, int]:
    """Draft the next version from what is live, because a planner wants it. It waits for a decision like any other."""
    tenant = tenant_of(tenant_id, track_id)
    track = track_of(tenant, track_id)
    try:
        _of_what_was_shown(_DRAFT, track)
        made = draft_again(office().ports, track, by=me().email)
    except Refused as refusal:
        note(refusal)
        return _shown(tenant, notice=f"Nothing was drafted: {refusal}."), STATUS.get(refusal.code, 409)
    return redirect(url_for("draft.look", tenant_id=tenant_id, draft_id=made.draft_id), 303)
