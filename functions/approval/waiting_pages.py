"""The list of what waits, and decisions about several at once: a summary first, then each on what was shown.

Drafts of plan versions stand in the list too, but each is decided on its own page.
"""

from collections import Counter
from collections.abc import Iterator

from flask import Blueprint, abort, request

from common.decisions.access import why_closed, why_not, why_not_answer
from common.domain.approval import Approval
from common.domain.errors import Busy, NotFound, Refused
from common.domain.money import show
from common.domain.tenant import Tenant
from common.use_cases.approvals import reject
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.desk import approval_of, outdated_among, tenants_seen_by, waiting_at
from common.use_cases.plan_desk import drafts_at
from common.web.approval_view import FOLLOWED
from common.web.plan_view import draft_rows
from common.web.waiting_view import waiting_view
from functions.approval.office import me, office, page, shown_in, signed, tenant_of
from functions.approval.problems import Answer, message, note, note_missing

pages = Blueprint("waiting", __name__)
AT_ONCE = 100
"""Requests that may be decided together."""
ANSWERS = ("approve", "reject")


@pages.get("/")
def waiting() -> str:
    """Everything that waits at the tenants that the person sees."""
    ports, email = office().ports, me().email
    places, asked = tenants_seen_by(ports, email), request.args.get("tenant", "")
    chosen = asked if asked in {one.tenant_id for one in places} else ""
    seen, now = [one for one in places if chosen in ("", one.tenant_id)], ports.clock.now()
    found = waiting_at(ports, seen)
    view = waiting_view(found, email, now, page=request.args.get("page", 1, type=int))
    shown = {row.name for row in view.rows}
    return page(
        "waiting.html",
        here="waiting",
        view=view,
        drafts=draft_rows(drafts_at(ports, seen), email, now),
        outdated=outdated_among(ports, (one for _, one in found if (one.tenant_id, one.approval_id) in shown)),
        places=places,
        chosen=chosen,
        unknown=asked if asked != chosen else "",
        form=signed("pick"),
    )


@pages.post("/bulk")
def summary() -> str:
    """What deciding all that was picked would come to. Changes nothing."""
    shown_in("pick")
    answer = request.form.get("answer", "")
    if answer not in ANSWERS:
        abort(400)
    picked = list(_picked())
    email, now = me().email, office().ports.clock.now()
    left = [(one.summary, why) for tenant, one in picked if (why := _left_out(tenant, one, answer))]
    ready = [(tenant, one) for tenant, one in picked if not _left_out(tenant, one, answer)]
    totals: Counter[str] = Counter()
    for tenant, one in ready:
        totals[tenant.currency] += one.money
    return page(
        "bulk.html",
        answer=answer,
        ready=waiting_view(ready, email, now, size=AT_ONCE).rows,
        left=left,
        totals=[show(money, currency) for currency, money in sorted(totals.items())],
        form=signed(
            "decide picked", [answer, [[t.tenant_id, one.approval_id, one.payload_digest] for t, one in ready]]
        ),
    )


def _picked() -> Iterator[tuple[Tenant, Approval]]:
    for pick in dict.fromkeys(request.form.getlist("pick")[:AT_ONCE]):
        tenant_id, _, approval_id = pick.partition("/")
        tenant = tenant_of(tenant_id, approval_id)
        yield tenant, approval_of(office().ports, tenant, approval_id)[0]


def _left_out(tenant: Tenant, approval: Approval, answer: str) -> str:
    email, now = me().email, office().ports.clock.now()
    if answer == "reject":
        refusal = why_closed(approval, now) or why_not_answer(tenant, email)
    elif approval.resumes or approval.people_needed > 1:
        return "it is large, or lifts a pause: decide it on its own page"
    else:
        refusal = why_not(tenant, approval, email, now)
        if refusal is None and outdated_among(office().ports, [approval]):
            return "its settings or the plan moved since: nobody can approve it any more"
    return "" if refusal is None else str(refusal)


@pages.post("/bulk/decide")
def decide() -> str | Answer:
    """Decide each that was summed up, on exactly what was shown. One that fails does not stop the others."""
    answer, items = shown_in("decide picked")
    reason = request.form.get("reason", "").strip()[:1000]
    if answer == "reject" and not reason:
        return message(422, "A reason is needed", "Nothing was changed; go back and say why you reject these.")
    return page("bulk_done.html", done=[_decided(answer, reason, *item) for item in items])


def _decided(answer: str, reason: str, tenant_id: str, approval_id: str, seen: str) -> dict[str, object]:
    ports, by = office().ports, me().email
    told = {"tenant_id": tenant_id, "approval_id": approval_id, "summary": approval_id}
    try:
        told["summary"] = approval_of(ports, tenant_of(tenant_id), approval_id)[0].summary
        if answer == "reject":
            reject(ports, tenant_id, approval_id, by=by, seen=seen, reason=reason)
            return {**told, "good": True, "said": "Rejected."}
        ended = approve_and_apply(ports, tenant_id, approval_id, by=by, seen=seen)
    except (Refused, NotFound, Busy) as error:
        if isinstance(error, Refused):
            note(error)
        elif isinstance(error, NotFound):
            note_missing()
        return {**told, "good": False, "said": f"Not decided: {error}."}
    return {**told, "good": True, "said": f"Approved. {FOLLOWED.get(ended.state, '')}"}
