"""Approvals that wait for a person: how they are made, found, and ended by something newer."""

from collections.abc import Sequence
from datetime import timedelta

from common.decisions.facts import Facts
from common.decisions.money_moved import money_moved
from common.domain import paths
from common.domain.approval import Approval, ApprovalState
from common.domain.change import Change, OptimizationType, Setting
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.event import EventType
from common.domain.log_entry import EntryKind
from common.domain.model import parse
from common.domain.paths import Track
from common.ports.documents import Query, Replace
from common.use_cases.ledger import Ledger, Telling, logged
from common.use_cases.load import Held, read_one
from common.use_cases.ports import Ports
from common.use_cases.wording import sentence


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
        resumes=any(proposal.lifts_pause is not None for proposal in change_set.proposals),
        people_needed=2 if share >= rails.two_approvers_pct else 1,
        created_at=facts.now,
        expires_at=facts.now + timedelta(hours=rails.approval_hours),
        summary=sentence(change_set),
    )


def pending_of(ports: Ports, tenant_id: str, track_id: str) -> list[Held[Approval]]:
    """The approvals that wait for a track, all pages."""
    where = {"state": ApprovalState.PENDING.value, "track_id": track_id}
    query: Query | None = Query(f"tenants/{tenant_id}/approvals", where=where)
    found: list[Held[Approval]] = []
    while query is not None:
        page = ports.documents.query(query)
        found += [Held(parse(Approval, doc.data, doc.path), doc.version) for doc in page.documents]
        query = page.next
    return found


def edits_asked_about(ports: Ports, track: Track) -> set[tuple[str, Setting]]:
    """Settings that somebody changed by hand, and that a person is being asked whether to put back."""
    asked: set[tuple[str, Setting]] = set()
    for held in pending_of(ports, *track):
        path = paths.change_set(track.tenant_id, held.value.approval_id)
        proposals = read_one(ports.documents, ChangeSet, path).value.proposals
        undo = [one for one in proposals if one.type is OptimizationType.UNDO_EXTERNAL]
        asked |= {change.field for proposal in undo for change in proposal.changes}
    return asked


def overlaps(approval: Approval, change_set: ChangeSet) -> bool:
    """Whether the approval asks about a setting that the change set wants too."""
    fields = {(change.entity_id, change.setting) for change in approval.before}
    return any((change.entity_id, change.setting) in fields for change in change_set.changes)


def same_request(approval: Approval, changes: Sequence[Change], plan_version: int, facts: Facts) -> bool:
    """Whether the person is already being asked for this: same settings, amounts within the pacing tolerance.

    From the same values: a request that starts from what is live no longer can't be approved, so it stands for nothing.
    """
    if approval.plan_version != plan_version or approval.expires_at <= facts.now:
        return False
    asked = {change.field: change for change in approval.before}
    wanted = {change.field: change for change in changes}
    if asked.keys() != wanted.keys():
        return False
    tolerance = facts.tenant.guardrails.pacing_tolerance_pct / 100
    return all(
        asked[field].before == wanted[field].before and _close(asked[field].after, wanted[field].after, tolerance)
        for field in asked
    )


def _close(one: object, other: object, tolerance: float) -> bool:
    if isinstance(one, int) and isinstance(other, int):
        return abs(one - other) <= tolerance * max(one, other)
    return one == other


def supersede(ports: Ports, ledger: Ledger, held: Held[Approval], why: str) -> None:
    """End an approval that waits because something newer took its place; part of the ledger's commit."""
    approval = held.value
    path = paths.change_set(approval.tenant_id, approval.approval_id)
    ended = ledger.step(read_one(ports.documents, ChangeSet, path), ChangeSetState.SUPERSEDED)
    superseded = approval.but(state=ApprovalState.SUPERSEDED)
    ledger.also(Replace(paths.approval(approval.tenant_id, approval.approval_id), superseded.body(), held.version))
    ledger.record(
        EntryKind.SUPERSEDED,
        Telling(by="trimtab", why=why, change_set=ended, changes=logged(ended), event=EventType.SUPERSEDED),
    )
