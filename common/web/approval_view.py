"""One approval on one page: what is asked, why, what follows from each answer, and whether this person may give it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from common.decisions.access import DECIDES, agreed, why_closed, why_not, why_not_answer
from common.decisions.facts import Facts
from common.domain.approval import Approval, ApprovalState, Decision
from common.domain.change import Proposal, Reason
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.log_entry import LogEntry
from common.domain.manifest import Manifest
from common.domain.money import show
from common.domain.tenant import Role, Tenant
from common.web.evidence_view import EvidenceView, evidence_view
from common.web.log_view import LogLine, log_lines
from common.web.steps import Step, a_day, steps
from common.web.words import own_name, reasons_said, spelled, until, when


@dataclass(frozen=True, slots=True)
class ProposalView:
    """One part of what is asked: it goes whole or not at all."""

    proposal_id: str
    why: str
    kind: str
    steps: list[Step]
    evidence: EvidenceView
    possible: bool
    """Whether it may be approved as things stand, alone if not with the others."""
    picked: bool
    """Whether it is offered as chosen: as a first person chose it, where two must agree."""
    became: str
    """What became of it where only a part was approved; empty otherwise."""


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody who may decide."""

    email: str
    roles: str
    limit: str
    answered: str


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """The page."""

    tenant_id: str
    tenant: str
    track: str
    approval_id: str
    summary: str
    plan_version: int
    state: str
    verdict: str
    """What became of it, a sentence; empty while it waits."""
    open: bool
    digest: str
    money: str
    a_day: str
    rises: bool
    proposals: list[ProposalView]
    stopped_by: list[str]
    until: str
    deadline: str
    asked: str
    resumes: bool
    people_needed: int
    people: list[PersonView]
    agreed: list[str]
    cannot: str
    """Why this person may not approve it now; empty where they may."""
    may_reject: bool
    stale: list[str]
    """Why nobody could approve all of it as things stand."""
    may_approve: bool
    """Whether this person may approve it, or a part of it, now."""
    if_yes: str
    if_no: str
    if_nothing: str
    fresh: str | None
    change_set_id: str | None
    """What went ahead: all of it, or the part that was approved."""
    history: list[LogLine]
    results: list[str]


@dataclass(frozen=True, slots=True)
class Matter:
    """An approval with all that a person needs to decide it."""

    tenant: Tenant
    approval: Approval
    change_set: ChangeSet
    facts: Facts
    obstacles: tuple[Reason, ...] = ()
    """Why it could not be applied as things stand, whoever says yes; empty once it was decided."""
    possible: frozenset[str] = frozenset()
    """The parts that may be approved as things stand, by proposal id."""
    part: ChangeSet | None = None
    """The part that was approved, where not all of it was."""
    entries: tuple[LogEntry, ...] = ()
    """What the log says of it and of that part, oldest first."""
    fresh: str | None = None
    """A request for the same settings that waits, where this one waits no longer."""


def approval_view(matter: Matter, email: str) -> ApprovalView:
    """The page for one person at one moment."""
    tenant, approval, change_set, facts = matter.tenant, matter.approval, matter.change_set, matter.facts
    currency, calendar, now = tenant.currency, facts.calendar, facts.now
    refusal, closed = why_not(tenant, approval, email, now), why_closed(approval, now)
    deadline = when(approval.expires_at, calendar)
    per_day = a_day(change_set.changes, facts.manifest)
    ahead = matter.part or change_set
    may = refusal is None and any(one.proposal_id in matter.possible for one in change_set.proposals)
    return ApprovalView(
        tenant_id=tenant.tenant_id,
        tenant=tenant.name,
        track=approval.track_id,
        approval_id=approval.approval_id,
        summary=approval.summary,
        plan_version=approval.plan_version,
        state=approval.state.value,
        verdict="" if closed is None else _ended(approval, ahead),
        open=closed is None,
        digest=approval.payload_digest,
        money=show(approval.money, currency),
        a_day=f"{'+' if per_day > 0 else '-' if per_day < 0 else ''}{show(abs(per_day), currency)}",
        rises=any(change.is_increase for change in change_set.changes),
        proposals=[_proposal(one, matter) for one in change_set.proposals],
        stopped_by=reasons_said(change_set.reasons, facts.manifest, currency),
        until=until(approval.expires_at, now),
        deadline=deadline,
        asked=when(approval.created_at, calendar),
        resumes=approval.resumes,
        people_needed=approval.people_needed,
        people=people_view(tenant, DECIDES, approval.decisions),
        agreed=list(agreed(tenant, approval)),
        cannot="" if refusal is None else f"{str(refusal)[0].upper()}{str(refusal)[1:]}.",
        may_reject=closed is None and why_not_answer(tenant, email) is None,
        stale=reasons_said(matter.obstacles, facts.manifest, currency),
        may_approve=may,
        if_yes=_if_yes(tenant, approval, facts, change_set),
        if_no="Nothing changes. Your reason goes into the log, under your name.",
        if_nothing=f"It expires on {deadline} and nothing changes.",
        fresh=matter.fresh,
        change_set_id=ahead.change_set_id,
        history=log_lines(matter.entries, calendar),
        results=outcomes(ahead, facts.manifest),
    )


def _ended(approval: Approval, ahead: ChangeSet) -> str:
    who = " and ".join(one.by for one in approval.decisions)
    match approval.state:
        case ApprovalState.REJECTED:
            return f"Rejected by {who}: {approval.decisions[-1].reason}"
        case ApprovalState.SUPERSEDED:
            return "A newer proposal or plan version took its place. Nothing was changed by this one."
        case ApprovalState.APPROVED:
            partly = " in part" if ahead.parent == approval.approval_id else ""
            return f"Approved{partly} by {who}. {FOLLOWED.get(ahead.state, '')}"
        case _:
            return "Nobody decided in time. Nothing was changed; it is proposed afresh if it is still wanted."


FOLLOWED = {
    ChangeSetState.APPLIED: "It was applied, and read back from the platform.",
    ChangeSetState.PARTIALLY_APPLIED: "Part of it was applied; what failed is listed below.",
    ChangeSetState.FAILED: "It could not be applied; the reasons are below. Nothing was changed.",
    ChangeSetState.PREEMPTED: "An emergency pause cut it short.",
    ChangeSetState.INTENDED: "It is being applied; if its platform is out of reach, the next check goes on with it.",
    ChangeSetState.APPROVED: "It waits for its turn: something else is being applied first.",
    ChangeSetState.SUPERSEDED: "Something newer took its place. Nothing was changed by this one.",
}
"""What followed from a yes, by the state of the change set."""


def outcomes(change_set: ChangeSet, manifest: Manifest) -> list[str]:
    """What became of changes that did not land, with what the platform's support asks for."""
    return [
        f"{manifest.called(result.entity_id)}, {spelled(result.setting).lower()}: {result.outcome.value}"
        + (f" ({spelled(result.code).lower()})" if result.code else "")
        + (f", the platform's request {result.request_id}" if result.request_id else "")
        for result in change_set.results
        if not result.landed
    ]


def _if_yes(tenant: Tenant, approval: Approval, facts: Facts, change_set: ChangeSet) -> str:
    if len(agreed(tenant, approval)) + 1 < approval.people_needed:
        return "Nothing happens yet: it moves so much money that a second, different person must agree too."
    entities = (facts.manifest.entities.get(change.entity_id) for change in change_set.changes)
    platforms = sorted({entity.platform for entity in entities if entity is not None})
    where = " and ".join(map(own_name, platforms))
    return f"It is checked against the guardrails once more, written to {where}, read back, and logged in your name."


def _proposal(proposal: Proposal, matter: Matter) -> ProposalView:
    facts, possible = matter.facts, proposal.proposal_id in matter.possible
    chosen = next((one.proposals for one in matter.approval.decisions if one.proposals), ())
    return ProposalView(
        proposal_id=proposal.proposal_id,
        why=proposal.why,
        kind=spelled(proposal.type.value),
        steps=steps(proposal.changes, facts.manifest, facts.tenant.currency, facts.spend),
        evidence=evidence_view(proposal),
        possible=possible,
        picked=possible and (not chosen or proposal.proposal_id in chosen),
        became="" if matter.part is None else _became(proposal, matter.part),
    )


def _became(proposal: Proposal, part: ChangeSet) -> str:
    if proposal in part.proposals:
        return f"Approved. {FOLLOWED.get(part.state, '')}"
    return "Left out. Nothing of it was done."


def people_view(tenant: Tenant, roles: Collection[Role], decisions: Sequence[Decision]) -> list[PersonView]:
    """Who may decide, by these roles, and what each has said."""
    said = {one.by: "approved" if one.approve else "rejected" for one in decisions}
    return [
        PersonView(
            email=person.email,
            roles=", ".join(role.value for role in person.roles),
            limit="" if person.limit is None else f"up to {show(person.limit, tenant.currency)}",
            answered=said.get(person.email, ""),
        )
        for person in tenant.approvers
        if not set(roles).isdisjoint(person.roles)
    ]
