"""Who may see a tenant, and who may decide what: the tenant's own list of people, their roles and their limits."""

from datetime import datetime

from common.domain.approval import Approval, ApprovalState
from common.domain.errors import Refused
from common.domain.money import show
from common.domain.plan_draft import DraftState, PlanDraft
from common.domain.tenant import Approver, Role, Tenant

DECIDES = frozenset({Role.APPROVER, Role.PLANNER, Role.OPERATOR})
"""Roles that answer approvals; a viewer only looks."""

_CLOSED = {
    ApprovalState.APPROVED: ("decided", "was already approved by {who}"),
    ApprovalState.REJECTED: ("decided", "was already rejected by {who}"),
    ApprovalState.EXPIRED: ("expired", "expired; a fresh proposal comes if it is still wanted"),
    ApprovalState.SUPERSEDED: ("superseded", "was replaced by a newer proposal or plan version"),
}

_DRAFT_CLOSED = {
    DraftState.APPROVED: ("decided", "was already approved by {who}"),
    DraftState.REJECTED: ("decided", "was already rejected by {who}"),
    DraftState.EXPIRED: ("expired", "expired; nothing was changed"),
    DraftState.SUPERSEDED: ("superseded", "was replaced by a newer draft or plan version"),
}
_PLANS = frozenset({Role.PLANNER})


def role_of(tenant: Tenant, email: str) -> Approver | None:
    """The person as the tenant's document lists them; `None`: they may not even know that the tenant exists."""
    wanted = email.lower()
    return next((person for person in tenant.approvers if person.email == wanted and person.roles), None)


def sees(tenant: Tenant, email: str) -> bool:
    """Whether the person may look at the tenant."""
    return role_of(tenant, email) is not None


def why_closed(approval: Approval, now: datetime) -> Refused | None:
    """Why nobody may decide the approval any more: it was decided, or its time is over."""
    if approval.state is not ApprovalState.PENDING:
        code, words = _CLOSED[approval.state]
        who = ", ".join(decision.by for decision in approval.decisions)
        return Refused(f"{approval.approval_id} {words.format(who=who)}", code)
    if now >= approval.expires_at:
        when = f"{approval.expires_at:%Y-%m-%d %H:%M} UTC"
        return Refused(f"{approval.approval_id} expired at {when}; nothing was changed", "expired")
    return None


def why_draft_closed(draft: PlanDraft, now: datetime) -> Refused | None:
    """Why nobody may decide or edit the draft any more: it was decided, replaced, or its time is over."""
    if draft.state is not DraftState.PENDING:
        code, words = _DRAFT_CLOSED[draft.state]
        who = ", ".join(decision.by for decision in draft.decisions)
        return Refused(f"the draft {draft.draft_id} {words.format(who=who)}", code)
    if now >= draft.expires_at:
        when = f"{draft.expires_at:%Y-%m-%d %H:%M} UTC"
        return Refused(f"the draft {draft.draft_id} expired at {when}; nothing was changed", "expired")
    return None


def why_not_plan(tenant: Tenant, draft: PlanDraft, email: str, now: datetime) -> Refused | None:
    """Why the person may not approve this draft now: planners alone do, up to their limit, and each of them once."""
    refusal = why_draft_closed(draft, now) or why_not_planner(tenant, email) or _over_limit(tenant, draft, email)
    if refusal is not None:
        return refusal
    if email.lower() in planners_agreed(tenant, draft):
        return Refused(f"{email} has approved this already; it needs a second, different planner", "same_person")
    return None


def why_not_planner(tenant: Tenant, email: str) -> Refused | None:
    """Why the person may not edit or decide drafts of the tenant's plans."""
    if why_not_answer(tenant, email, _PLANS) is None:
        return None
    planners = [one.email for one in tenant.approvers if Role.PLANNER in one.roles]
    who = f"its planners do: {', '.join(planners)}" if planners else "it has no planner: ask an administrator for one"
    return Refused(f"{email} may not decide about the plans of {tenant.name}; {who}", "not_yours")


def planners_agreed(tenant: Tenant, draft: PlanDraft) -> tuple[str, ...]:
    """Who approved the draft so far. While it waits only those count who may still decide it."""
    people = tuple(decision.by for decision in draft.decisions if decision.approve)
    if draft.state is not DraftState.PENDING:
        return people
    return tuple(
        email
        for email in people
        if why_not_planner(tenant, email) is None and _over_limit(tenant, draft, email) is None
    )


def why_not_answer(tenant: Tenant, email: str, roles: frozenset[Role] = DECIDES) -> Refused | None:
    """Why the person may not do for the tenant what these roles do."""
    person = role_of(tenant, email)
    if person is not None and roles & set(person.roles):
        return None
    ask = "ask an administrator to add them to the tenant's approvers"
    return Refused(f"{email} may not decide for {tenant.name}; {ask}", "not_yours")


def why_not(tenant: Tenant, approval: Approval, email: str, now: datetime) -> Refused | None:
    """Why the person may not approve this now; `None` where they may. A rejection asks for the role alone."""
    refusal = why_closed(approval, now) or why_not_answer(tenant, email)
    if refusal is not None:
        return refusal
    refusal = _over_limit(tenant, approval, email)
    if refusal is not None:
        return refusal
    if email.lower() in agreed(tenant, approval):
        return Refused(f"{email} has approved this already; it needs a second, different person", "same_person")
    if approval.resumes and not _an_operator_can_still_agree(tenant, approval, email):
        return Refused("this lifts an emergency pause: an operator must approve it", "not_yours")
    return None


def agreed(tenant: Tenant, approval: Approval) -> tuple[str, ...]:
    """Who said yes so far. While it waits only those count who may still decide it: the list is today's."""
    people = tuple(decision.by for decision in approval.decisions if decision.approve)
    if approval.state is not ApprovalState.PENDING:
        return people
    return tuple(
        email
        for email in people
        if why_not_answer(tenant, email) is None and _over_limit(tenant, approval, email) is None
    )


def _over_limit(tenant: Tenant, approval: Approval | PlanDraft, email: str) -> Refused | None:
    person = role_of(tenant, email)
    if person is None or person.limit is None or approval.money <= person.limit:
        return None
    most, limit = show(approval.money, tenant.currency), show(person.limit, tenant.currency)
    return Refused(f"this moves {most}; {email} may decide up to {limit}", "over_limit")


def _an_operator_can_still_agree(tenant: Tenant, approval: Approval, email: str) -> bool:
    people = (*agreed(tenant, approval), email)
    listed = (role_of(tenant, one) for one in people)
    return len(people) < approval.people_needed or any(one and Role.OPERATOR in one.roles for one in listed)
