"""One draft of a plan version: look at it, approve it, edit it, or reject it with a reason."""

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from common.decisions.access import why_draft_closed, why_not_planner
from common.domain.errors import InvalidInput, Refused
from common.domain.tenant import Tenant
from common.use_cases.plan_desk import draft_matter
from common.use_cases.plan_drafts import approve_draft, edit_draft, reject_draft
from common.web.draft_form import edit_view, fields_of, typed_terms
from common.web.draft_view import DraftMatter, DraftView, draft_view
from functions.approval.office import me, office, page, shown_in, signed, tenant_of
from functions.approval.problems import STATUS, faults_said, note

pages = Blueprint("draft", __name__)
Answer = str | tuple[str, int] | Response


@pages.get("/t/<tenant_id>/drafts/<draft_id>")
def look(tenant_id: str, draft_id: str) -> str:
    """The draft with all that a person needs to decide it."""
    return _shown(_view(tenant_of(tenant_id, draft_id), draft_id))


def _view(tenant: Tenant, draft_id: str) -> DraftView:
    return draft_view(draft_matter(office().ports, tenant, draft_id), me().email)


def _shown(view: DraftView, *, problem: str = "", notice: str = "") -> str:
    form = signed(_purpose(view), view.digest)
    return page(
        "draft.html", view=view, form=form, problem=problem, notice=notice, reason=request.form.get("reason", "")
    )


def _purpose(view: DraftView, *, sure: bool = False) -> str:
    return f"{'confirm' if sure else 'decide'} draft {view.tenant_id}/{view.draft_id}"


@pages.post("/t/<tenant_id>/drafts/<draft_id>")
def decide(tenant_id: str, draft_id: str) -> Answer:
    """Take the person's answer, on what they saw."""
    tenant, ports = tenant_of(tenant_id, draft_id), office().ports
    view = _view(tenant, draft_id)
    sure = request.form.get("confirmed") == "yes"
    seen, answer = shown_in(_purpose(view, sure=sure)), request.form.get("answer")
    if answer not in ("approve", "reject"):
        abort(400)
    try:
        if answer == "reject":
            reason = request.form.get("reason", "")[:1000]
            reject_draft(ports, tenant_id, draft_id, by=me().email, seen=seen, reason=reason)
        elif view.may_approve and view.people_needed > 1 and not sure:
            return page("draft_confirm.html", view=view, form=signed(_purpose(view, sure=True), seen))
        else:
            approve_draft(ports, tenant_id, draft_id, by=me().email, seen=seen, run=ports.new_run())
    except (Refused, InvalidInput) as error:
        return _not_done(tenant, draft_id, error)
    return _to(tenant_id, draft_id)


def _to(tenant_id: str, draft_id: str) -> Response:
    return redirect(url_for("draft.look", tenant_id=tenant_id, draft_id=draft_id), 303)


def _not_done(tenant: Tenant, draft_id: str, error: Refused | InvalidInput) -> Answer:
    """Show how it stands now, and why the answer did not count; what was typed stays in its field."""
    if isinstance(error, InvalidInput):
        error = Refused(f"it can't be the plan as things stand: {faults_said(error)}", "not_allowed")
    note(error)
    said = f"{str(error)[0].upper()}{str(error)[1:]}."
    if error.code == "no_reason":
        return _shown(_view(tenant, draft_id), problem=said), STATUS[error.code]
    return _shown(_view(tenant, draft_id), notice=f"Your answer changed nothing. {said}"), STATUS.get(error.code, 409)


@pages.get("/t/<tenant_id>/drafts/<draft_id>/edit")
def ask_edit(tenant_id: str, draft_id: str) -> str:
    """The form, as the draft has it. Writes nothing."""
    tenant = tenant_of(tenant_id, draft_id)
    return _form(draft_matter(office().ports, tenant, draft_id))


def _form(found: DraftMatter, error: InvalidInput | None = None, *, cannot: str = "") -> str:
    tenant, draft = found.tenant, found.draft
    refusal = why_draft_closed(draft, found.now) or why_not_planner(tenant, me().email)
    typed = {} if error is None else fields_of(request.form)
    return page(
        "draft_edit.html",
        view=edit_view(tenant, draft, found.before, typed, () if error is None else error.faults),
        cannot=cannot or ("" if refusal is None else f"{str(refusal)[0].upper()}{str(refusal)[1:]}."),
        form=signed(_edits(tenant.tenant_id, draft.draft_id), draft.payload_digest),
    )


def _edits(tenant_id: str, draft_id: str) -> str:
    return f"edit draft {tenant_id}/{draft_id}"


@pages.post("/t/<tenant_id>/drafts/<draft_id>/edit")
def edit(tenant_id: str, draft_id: str) -> Answer:
    """Save what was typed as a new draft in place of the one that was shown, or show every fault of it."""
    tenant, ports = tenant_of(tenant_id, draft_id), office().ports
    found = draft_matter(ports, tenant, draft_id)
    seen = shown_in(_edits(tenant_id, draft_id))
    try:
        terms = typed_terms(found.draft, fields_of(request.form))
        made = edit_draft(ports, tenant_id, draft_id, terms, by=me().email, seen=seen)
    except InvalidInput as error:
        return _form(found, error), 422
    except Refused as refusal:
        return _not_done(tenant, draft_id, refusal)
    return _to(tenant_id, made.draft_id)
