"""The people of a played scenario: they decide what waits, requests and drafts of the next plan version alike."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from common.domain.approval import Approval, Decision
from common.domain.errors import Busy, Refused, Unavailable
from common.domain.plan_draft import PlanDraft
from common.ports.documents import Conflict
from common.use_cases.approvals import reject
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.plan_drafts import approve_draft, drafts_waiting, reject_draft
from common.use_cases.ports import Ports
from common.use_cases.queries import waiting
from sandbox.tenancy import CLIENT, PEOPLE

LOOKS_AFTER = timedelta(hours=8)
"""Until a person has looked at what was paused and had it mended, and is ready to turn it on again."""

Person = Callable[[Approval | PlanDraft], bool | str | None]
"""Answers what waits: `True` for yes, a sentence for no, `None` to leave it waiting."""


def answer_requests(ports: Ports, tenant_id: str, person: Person) -> int:
    """Let the person decide the requests that wait. Returns how many were answered."""
    now = ports.clock.now()
    looked_at = (one for one in waiting(ports, tenant_id) if not one.resumes or now - one.created_at >= LOOKS_AFTER)
    return sum(_answer(ports, one, person(one)) for one in looked_at)


def answer_drafts(ports: Ports, tenant_id: str, person: Person) -> int:
    """Let the person decide the drafts that wait. Returns how many were answered."""
    return sum(_answer_draft(ports, one, person(one)) for one in drafts_waiting(ports, tenant_id))


def _answer(ports: Ports, approval: Approval, answer: bool | str | None) -> bool:
    named, seen = (approval.tenant_id, approval.approval_id), approval.payload_digest
    try:
        if isinstance(answer, str):
            reject(ports, *named, by=CLIENT, seen=seen, reason=answer)
        elif answer:
            for by in _still_needed(approval.decisions, approval.people_needed):
                approve_and_apply(ports, *named, by=by, seen=seen)
    except (Refused, Conflict):
        return False  # stale by now: it expires, or a newer proposal supersedes it
    return answer is not None


def _answer_draft(ports: Ports, draft: PlanDraft, answer: bool | str | None) -> bool:
    named, seen = (draft.tenant_id, draft.draft_id), draft.payload_digest
    try:
        if isinstance(answer, str):
            reject_draft(ports, *named, by=CLIENT, seen=seen, reason=answer)
        elif answer:
            for by in _still_needed(draft.decisions, draft.people_needed):
                approve_draft(ports, *named, by=by, seen=seen, run=ports.new_run())
    except (Refused, Conflict, Busy, Unavailable):
        return False  # stale by now, or something is under way: they look again in an hour
    return answer is not None


def _still_needed(decisions: Sequence[Decision], people: int) -> list[str]:
    """As many people as it needs, but for those who said yes before."""
    already = {decision.by for decision in decisions}
    return [person for person in PEOPLE if person not in already][: people - len(already)]
