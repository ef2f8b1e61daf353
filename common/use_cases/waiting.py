"""Requests that wait for a person: how they are made, found, and ended by something newer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.decisions.facts import Facts
from common.decisions.money_moved import money_moved
from common.decisions.requests import GROWN, same_wish, together
from common.domain import paths
from common.domain.approval import Approval, ApprovalState
from common.domain.change import Change, Judgement, OptimizationType, Proposal, Setting
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.event import EventType
from common.domain.log_entry import EntryKind
from common.domain.paths import Track
from common.ports.documents import Query, Replace
from common.use_cases.ledger import Ledger, Telling, logged
from common.use_cases.load import Held, decode, hold
from common.use_cases.ports import Ports
from common.use_cases.queries import every
from common.use_cases.wording import sentence


@dataclass(frozen=True, slots=True)
class Request:
    """What a person is being asked: the approval that waits, and the change set that it is about."""

    approval: Held[Approval]
    change_set: Held[ChangeSet]

    @property
    def name(self) -> str:
        """The id of both."""
        return self.approval.value.approval_id

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """Its parts."""
        return self.change_set.value.proposals

    @property
    def fields(self) -> set[tuple[str, Setting]]:
        """The settings that it is about."""
        return {change.field for change in self.change_set.value.changes}

    @property
    def puts_back(self) -> set[tuple[str, Setting]]:
        """Of these, what was edited by hand and would be put back."""
        undo = (part for part in self.proposals if part.type is OptimizationType.UNDO_EXTERNAL)
        return {change.field for part in undo for change in part.changes}

    def over(self, now: datetime) -> bool:
        """Whether its time is over, though nobody wrote that down yet."""
        return self.approval.value.expires_at <= now

    def asks_for(self, proposal: Proposal, facts: Facts) -> bool:
        """Whether one of its parts is this wish, against the plan that is active."""
        if self.approval.value.plan_version != facts.plan.version:
            return False
        return any(same_wish(part, proposal, facts) for part in self.proposals)

    def overlaps(self, changes: Sequence[Change]) -> bool:
        """Whether these would write one of its settings."""
        fields = self.fields
        return any(change.field in fields for change in changes)


@dataclass(frozen=True, slots=True)
class Asking:
    """Proposals that are to be one request, and the requests that it takes the place of."""

    members: tuple[Judgement, ...]
    replaced: tuple[Request, ...] = ()


def requests_of(ports: Ports, track: Track, about: Iterable[Change] | None = None) -> list[Request]:
    """What waits for a person about a track, or only about settings that these changes would write.

    What is about no setting at all, as the end of a pause that turned nothing off, is always among it.
    """
    where = {"state": ApprovalState.PENDING.value, "track_id": track.track_id}
    found = every(ports, Query(f"tenants/{track.tenant_id}/approvals", where=where))
    approvals = [Held(decode(Approval, document), document.version) for document in found]
    if about is not None:
        fields = {change.field for change in about}
        approvals = [held for held in approvals if not fields.isdisjoint(_fields(held.value)) or not held.value.before]
    places = [paths.change_set(track.tenant_id, held.value.approval_id) for held in approvals]
    change_sets = ports.documents.read(*places) if places else ()
    return [
        Request(approval, hold(ChangeSet, document, place))
        for approval, document, place in zip(approvals, change_sets, places, strict=True)
    ]


def _fields(approval: Approval) -> set[tuple[str, Setting]]:
    return {change.field for change in approval.before}


def to_ask(judgements: Sequence[Judgement], requests: Sequence[Request], facts: Facts) -> list[Asking]:
    """What people must be asked anew. Pure.

    A wish that they are being asked for is left waiting, with the first of two answers if it has one. A request about a
    setting that something newer wants gives way; its other parts are asked again beside it if they are still wanted.
    """
    known = {one.proposal.proposal_id: [r for r in requests if r.asks_for(one.proposal, facts)] for one in judgements}
    new = [one for one in judgements if not known[one.proposal.proposal_id]]
    count = -1
    replaced: list[Request] = []
    while len(new) != count:
        count = len(new)
        replaced = [one for one in requests if any(one.overlaps(each.proposal.changes) for each in new)]
        new = [one for one in judgements if all(asked in replaced for asked in known[one.proposal.proposal_id])]
    of = {one.proposal.proposal_id: one for one in new}
    return [
        Asking(
            tuple(of[proposal.proposal_id] for proposal in group),
            tuple(one for one in replaced if any(one.overlaps(proposal.changes) for proposal in group)),
        )
        for group in together([one.proposal for one in new])
    ]


def others_are_asked(proposal: Proposal, requests: Sequence[Request]) -> bool:
    """Whether pacing wants a setting that somebody else's request is about.

    It comes by every hour: it does not push aside what came once, but leaves the setting alone until that is answered.
    """
    if proposal.type is not OptimizationType.PACE:
        return False
    others = (one for one in requests if any(part.type is not OptimizationType.PACE for part in one.proposals))
    return any(one.overlaps(proposal.changes) for one in others)


def approval_for(change_set: ChangeSet, facts: Facts) -> Approval:
    """What a person is asked, bound to the exact payload, the plan version and the values it starts from."""
    rails = facts.tenant.guardrails
    money = sum(money_moved(proposal.changes, facts) for proposal in change_set.proposals)
    share = 100 * money / max(1, facts.manifest.allocated())
    return Approval(
        approval_id=change_set.change_set_id,
        tenant_id=change_set.tenant_id,
        track_id=change_set.track_id,
        plan_id=change_set.plan_id,
        plan_version=change_set.plan_version,
        payload_digest=change_set.payload_digest,
        before=change_set.changes,
        money=money,
        told=money,
        resumes=any(proposal.lifts_pause is not None for proposal in change_set.proposals),
        people_needed=2 if share >= rails.two_approvers_pct else 1,
        created_at=facts.now,
        expires_at=facts.now + timedelta(hours=rails.approval_hours),
        summary=sentence(change_set),
    )


def told_before(approval: Approval, replaced: Sequence[Request]) -> int | None:
    """The money that people were last told of, where they know this request by those that it takes the place of.

    They do where those asked for the same settings, about as much money, and no more people. `None`: it is news.
    """
    fields = {field for one in replaced for field in one.fields}
    old = [one.approval.value for one in replaced]
    told = sum(one.told for one in old)
    known = (
        bool(old)
        and all(change.field in fields for change in approval.before)
        and approval.money <= GROWN * told
        and approval.people_needed <= max(one.people_needed for one in old)
        and approval.resumes <= any(one.resumes for one in old)
    )
    return told if known else None


def expire(ledger: Ledger, request: Request) -> None:
    """End a request whose time is over; part of the ledger's commit. The edits by hand that it asked about stand."""
    approval = request.approval.value
    ended = ledger.step(request.change_set, ChangeSetState.EXPIRED)
    expired = approval.but(state=ApprovalState.EXPIRED)
    place = paths.approval(approval.tenant_id, approval.approval_id)
    ledger.also(Replace(place, expired.body(), request.approval.version))
    answer_edits(ledger, ended)
    ledger.record(
        EntryKind.EXPIRED,
        Telling(
            by="trimtab",
            why=f"Nobody decided by {approval.expires_at:%Y-%m-%d %H:%M} UTC.",
            change_set=ended,
            changes=logged(ended),
            event=EventType.EXPIRED,
        ),
    )


def answer_edits(ledger: Ledger, change_set: ChangeSet) -> None:
    """The edits by hand that a request asked about are answered, whatever the answer was: they are not asked again."""
    undo = (one for one in change_set.proposals if one.type is OptimizationType.UNDO_EXTERNAL)
    asked = {(change.field, change.before) for proposal in undo for change in proposal.changes}
    ledger.move(edits=tuple(one for one in ledger.manifest.edits if (one.field, one.found) not in asked))


def supersede(ledger: Ledger, request: Request, why: str) -> None:
    """End a request that waits because something newer took its place; part of the ledger's commit."""
    approval = request.approval.value
    ended = ledger.step(request.change_set, ChangeSetState.SUPERSEDED)
    superseded = approval.but(state=ApprovalState.SUPERSEDED)
    place = paths.approval(approval.tenant_id, approval.approval_id)
    ledger.also(Replace(place, superseded.body(), request.approval.version))
    ledger.record(
        EntryKind.SUPERSEDED,
        Telling(by="trimtab", why=why, change_set=ended, changes=logged(ended), event=EventType.SUPERSEDED),
    )
