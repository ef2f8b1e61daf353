"""What planners decide about a draft of the next plan version: edit, approve, reject; and what time decides: expiry."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from common.decisions.access import planners_agreed, why_not_plan
from common.decisions.drafting import Making, changed_tracks, draft_for
from common.domain import paths
from common.domain.approval import Decision
from common.domain.change_set import ChangeSet
from common.domain.errors import Refused
from common.domain.event import EventType
from common.domain.log_entry import EntryKind
from common.domain.paths import Track
from common.domain.plan import MediaPlan, PlanTerms
from common.domain.plan_draft import DraftState, PlanDraft
from common.ports.documents import Conflict, Create, Query
from common.use_cases import drafts
from common.use_cases.activate_plan import activate_once
from common.use_cases.draft_case import Case, draft_of, sound
from common.use_cases.ledger import Telling
from common.use_cases.load import Held, decode
from common.use_cases.ports import Ports
from common.use_cases.queries import every
from common.use_cases.return_to_plan import return_to_plan

__all__ = [
    "Rejected",
    "approve_draft",
    "draft_of",
    "drafts_of",
    "drafts_waiting",
    "edit_draft",
    "expire_draft",
    "reject_draft",
    "return_to_plan",
]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A draft that was rejected, and the requests that would return live to the plan, one for each track away."""

    draft: PlanDraft
    ways_back: tuple[ChangeSet, ...] = ()
    refused: tuple[str, ...] = ()
    """Why there is no way back now for some of them, a sentence each."""


def drafts_waiting(ports: Ports, tenant_id: str) -> list[PlanDraft]:
    """The tenant's drafts that wait for a planner, by plan."""
    query = Query(paths.plan_drafts(tenant_id), where={"state": DraftState.PENDING.value})
    return [decode(PlanDraft, document) for document in every(ports, query)]


def drafts_of(ports: Ports, tenant_id: str) -> list[PlanDraft]:
    """Every draft of the tenant, the newest first."""
    query = Query(paths.plan_drafts(tenant_id), where={"tenant_id": tenant_id})
    found = [decode(PlanDraft, document) for document in every(ports, query)]
    return sorted(found, key=lambda draft: (draft.created_at, draft.draft_id), reverse=True)


def edit_draft(ports: Ports, tenant_id: str, draft_id: str, terms: PlanTerms, *, by: str, seen: str) -> PlanDraft:
    """Put other terms in the draft's place: a new draft, which supersedes it. The same terms again change nothing.

    Args:
        by: the planner's e-mail address, already verified.
        seen: the payload digest of the draft as it was shown to them.

    Returns:
        The new draft.

    Raises:
        NotFound: no such draft.
        InvalidInput: the terms can't be the next version; every fault is listed, and nothing was written.
        Refused: it is decided, expired, replaced, made on an old version, not what was shown, or not theirs to edit.
    """
    by = by.lower()
    while True:
        case = Case(ports, tenant_id, draft_id)
        case.must_be_open()
        case.must_be_a_planner(by)
        case.must_be_what_was_seen(seen)
        terms = sound(case, terms)
        if terms == case.draft.plan:
            return case.draft
        with suppress(Conflict):
            return _edited(case, terms, by)


def _edited(case: Case, terms: PlanTerms, by: str) -> PlanDraft:
    ports, old = case.ports, case.draft
    newest = drafts.newest_of(ports, old.tenant_id, old.plan_id, terms.version)
    changed = changed_tracks(case.plan, terms)
    making = Making(drafts.next_id(newest, old.plan_id, terms.version), by, ports.clock.now(), edits=old.draft_id)
    new = draft_for(case.plan, terms, case.tenant.guardrails, old.drift, making)
    case.record(
        EntryKind.NOTE,
        Telling(by, f"{by} edited the draft of plan v{terms.version}.", EventType.SUPERSEDED, data=_about(old)),
        of=dict.fromkeys((*old.tracks, *changed)),
    )
    case.commit(
        drafts.superseded(case.held, new.draft_id), Create(paths.plan_draft(new.tenant_id, new.draft_id), new.body())
    )
    return new


def approve_draft(ports: Ports, tenant_id: str, draft_id: str, *, by: str, seen: str, run: str) -> PlanDraft:
    """Say yes to exactly what was seen. With enough planners one commit makes it the plan: vN+1, immutable, active.

    What is in flight on its tracks is driven to its end first, and what waits for a person there ends.

    Args:
        by: the planner's e-mail address, already verified.
        seen: the payload digest that was shown to them.
        run: names this run.

    Returns:
        The draft: `approved`, or still `pending` a second planner.

    Raises:
        NotFound: no such draft.
        InvalidInput: it can't be the plan any more as things stand (more may be spent by now); every fault is listed.
        Refused: it is decided, expired, replaced, made on an old version, not what was shown, or not theirs to approve.
        Busy: something in flight must end first; come again.
    """
    by = by.lower()
    while True:
        case = Case(ports, tenant_id, draft_id)
        case.must_be_open()
        refusal = why_not_plan(case.tenant, case.draft, by, ports.clock.now())
        if refusal is not None:
            raise refusal
        case.must_be_what_was_seen(seen)
        decisions = (*case.draft.decisions, Decision(by=by, at=ports.clock.now(), approve=True))
        people = (*planners_agreed(case.tenant, case.draft), by)
        if len(people) < case.draft.people_needed:
            with suppress(Conflict):
                return _first_of_two(case, decisions, people)
            continue
        approved = case.draft.but(state=DraftState.APPROVED, decisions=decisions)
        plan = MediaPlan.model_validate(
            {**case.draft.plan.body(), "approved_by": ", ".join(people), "approved_at": ports.clock.now()}
        )
        with suppress(Conflict):
            activate_once(ports, plan, run=run, approved=Held(approved, case.held.version))
            return approved


def _first_of_two(case: Case, decisions: tuple[Decision, ...], people: Sequence[str]) -> PlanDraft:
    gone = ", ".join(one.by for one in decisions if one.by not in people)
    why = (
        f"The draft of plan v{case.draft.plan.version} was approved by {people[-1]}; a second planner must approve too."
    )
    why += f" The yes of {gone} counts no longer: they may not decide this any more." if gone else ""
    case.record(EntryKind.NOTE, Telling(people[-1], why))
    waits = case.draft.but(decisions=decisions)
    case.commit(drafts.write(waits, case.held.version))
    return waits


def reject_draft(ports: Ports, tenant_id: str, draft_id: str, *, by: str, seen: str, reason: str) -> Rejected:
    """Say no to what was seen, with a reason that goes into the log; then the way back to the plan is asked for.

    Nobody's limit matters for a no.

    Raises:
        NotFound, Refused: as for `edit_draft`.
    """
    by, reason = by.lower(), reason.strip()
    while True:
        case = Case(ports, tenant_id, draft_id)
        case.must_be_open()
        case.must_be_a_planner(by)
        case.must_be_what_was_seen(seen)
        if not reason:
            raise Refused("a rejection needs a reason: whoever reads the log will want it", "no_reason")
        decision = Decision(by=by, at=ports.clock.now(), approve=False, reason=reason)
        rejected = case.draft.but(state=DraftState.REJECTED, decisions=(*case.draft.decisions, decision))
        why = f"The draft of plan v{case.draft.plan.version} was rejected: {reason}"
        data = {**_about(case.draft), "reason": reason}
        case.record(EntryKind.REJECTED, Telling(by, why, EventType.REJECTED, data=data))
        with suppress(Conflict):
            case.commit(drafts.write(rejected, case.held.version))
            break
    return _with_ways_back(ports, rejected, by)


def _with_ways_back(ports: Ports, rejected: PlanDraft, by: str) -> Rejected:
    asked: list[ChangeSet] = []
    refused: list[str] = []
    for track_id in rejected.tracks:
        try:
            found = return_to_plan(ports, Track(rejected.tenant_id, track_id), by=by)
        except Refused as error:
            refused.append(f"{track_id}: {error}")
        else:
            asked += [] if found is None else [found]
    return Rejected(rejected, tuple(asked), tuple(refused))


def expire_draft(ports: Ports, tenant_id: str, draft_id: str) -> bool:
    """End a draft whose time is over, or whose plan version is. Returns whether it was.

    Raises:
        NotFound: no such draft.
        Conflict: it was decided at this very moment, or a track moved; come again.
    """
    case = Case(ports, tenant_id, draft_id)
    draft = case.draft
    if draft.state is not DraftState.PENDING:
        return False
    if draft.based_on != case.plan.version:
        ports.documents.commit(drafts.superseded(case.held))
        return True
    if ports.clock.now() < draft.expires_at:
        return False
    why = f"Nobody decided about the draft of plan v{draft.plan.version} by {draft.expires_at:%Y-%m-%d %H:%M} UTC."
    case.record(EntryKind.EXPIRED, Telling("trimtab", why, EventType.EXPIRED, data=_about(draft)))
    case.commit(drafts.write(draft.but(state=DraftState.EXPIRED), case.held.version))
    return True


def _about(draft: PlanDraft) -> dict[str, Any]:
    return {"draft_id": draft.draft_id, "plan_id": draft.plan_id}
