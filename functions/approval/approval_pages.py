"""One approval: look at it, approve it or a part of it, or reject it with a reason."""

from collections.abc import Sequence

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from common.domain.errors import Refused
from common.domain.tenant import Tenant
from common.use_cases.approvals import reject
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.desk import matter, part_asked
from common.web.approval_view import ApprovalView, Matter, approval_view
from functions.approval.office import me, office, page, shown_in, signed, tenant_of
from functions.approval.problems import STATUS, note

pages = Blueprint("approval", __name__)
Answer = str | tuple[str, int] | Response


@pages.get("/t/<tenant_id>/approvals/<approval_id>")
def look(tenant_id: str, approval_id: str) -> str:
    """The approval with all that a person needs to decide it."""
    return _shown(_view(_matter(tenant_of(tenant_id, approval_id), approval_id)))


def _matter(tenant: Tenant, approval_id: str) -> Matter:
    return matter(office().ports, tenant, approval_id, me().email)


def _view(found: Matter) -> ApprovalView:
    return approval_view(found, me().email)


def _shown(view: ApprovalView, *, problem: str = "", notice: str = "") -> str:
    form = signed(_purpose(view), view.digest)
    reason = request.form.get("reason", "")
    return page("approval.html", view=view, form=form, problem=problem, notice=notice, reason=reason)


def _purpose(view: ApprovalView, *, sure: bool = False) -> str:
    return f"{'confirm' if sure else 'decide'} {view.tenant_id}/{view.approval_id}"


@pages.post("/t/<tenant_id>/approvals/<approval_id>")
def decide(tenant_id: str, approval_id: str) -> Answer:
    """Take the person's answer, on what they saw."""
    tenant = tenant_of(tenant_id, approval_id)
    found = _matter(tenant, approval_id)
    view = _view(found)
    sure = request.form.get("confirmed") == "yes"
    seen = shown_in(_purpose(view, sure=sure))
    answer = request.form.get("answer")
    if answer not in ("approve", "reject"):
        abort(400)
    try:
        if answer == "reject":
            reject(
                office().ports,
                tenant_id,
                approval_id,
                by=me().email,
                seen=seen,
                reason=request.form.get("reason", "")[:1000],
            )
        else:
            part = _part(view)
            if view.open and not view.cannot and not sure and (view.people_needed > 1 or view.resumes):
                return _confirm(found, part, seen)
            approve_and_apply(office().ports, tenant_id, approval_id, by=me().email, seen=seen, proposals=part)
    except Refused as refusal:
        return _not_done(tenant, approval_id, refusal)
    return redirect(url_for("approval.look", tenant_id=tenant_id, approval_id=approval_id), 303)


def _confirm(found: Matter, part: Sequence[str], seen: str) -> str:
    """Ask once more, about what was chosen."""
    view = _view(part_asked(found, part) if part else found)
    whole = len(found.change_set.proposals) if part else 0
    return page("confirm.html", view=view, chosen=part, whole=whole, form=signed(_purpose(view, sure=True), seen))


def _part(view: ApprovalView) -> Sequence[str]:
    """The proposals that were picked; empty where that is all of them, or there is only one."""
    chosen = request.form.getlist("proposal")
    if len(view.proposals) > 1 and not chosen and view.open:
        raise Refused("pick at least one part to approve, or reject the whole", "no_part")
    return () if set(chosen) == {one.proposal_id for one in view.proposals} else tuple(dict.fromkeys(chosen))


def _not_done(tenant: Tenant, approval_id: str, refusal: Refused) -> Answer:
    """Show how it stands now, and why the answer did not count; what was typed stays in its field."""
    note(refusal)
    said = f"{str(refusal)[0].upper()}{str(refusal)[1:]}."
    view = _view(_matter(tenant, approval_id))
    if refusal.code == "no_reason":
        return _shown(view, problem=said), STATUS[refusal.code]
    return _shown(view, notice=f"Your answer changed nothing. {said}"), STATUS.get(refusal.code, 409)
