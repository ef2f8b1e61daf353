"""A tenant's plans: how far live is from them, their versions and drafts, and asking for the way back."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from common.domain.errors import Refused
from common.domain.tenant import Tenant
from common.use_cases.drift import drift_now
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
        one.drift.track_id: signed(_purpose(tenant.tenant_id, one.drift.track_id), one.drift.plan_version)
        for one in view.tracks
        if one.may_ask
    }
    return page("plan.html", view=view, forms=forms, notice=notice)


def _purpose(tenant_id: str, track_id: str) -> str:
    return f"way back {tenant_id}/{track_id}"


@pages.post("/t/<tenant_id>/tracks/<track_id>/way-back")
def way_back(tenant_id: str, track_id: str) -> Response | tuple[str, int] | str:
    """Ask a person to bring a track back to the plan version that was shown. Moves nothing by itself."""
    tenant, ports = tenant_of(tenant_id, track_id), office().ports
    track, seen = track_of(tenant, track_id), shown_in(_purpose(tenant_id, track_id))
    try:
        if drift_now(ports, track).plan_version != seen:
            raise Refused("another plan version became active meanwhile; look at it first", "stale")
        asked = return_to_plan(ports, track, by=me().email)
    except Refused as refusal:
        note(refusal)
        return _shown(tenant, notice=f"Nothing was asked for: {refusal}."), STATUS.get(refusal.code, 409)
    if asked is None:
        return _shown(tenant, notice=f"{track_id} is on its plan: there is nothing to bring back.")
    return redirect(url_for("approval.look", tenant_id=tenant_id, approval_id=asked.change_set_id), 303)
