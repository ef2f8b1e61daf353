"""What a person decides: approve, approve in part, reject; and what time decides: expiry."""

from collections.abc import Sequence
from typing import Any

from common.decisions.access import agreed, why_closed, why_not, why_not_answer
from common.decisions.guardrails import judge
from common.decisions.reason_words import in_words
from common.domain import paths
from common.domain.approval import Approval, ApprovalState, Decision
from common.domain.calendar import TenantCalendar
from common.domain.change import Proposal, Verdict
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.errors import NotFound, Refused
from common.domain.event import EventType
from common.domain.log_entry import EntryKind
from common.domain.manifest import Declined
from common.domain.paths import Track
from common.ports.documents import Create, Replace
from common.use_cases.ledger import Ledger, Telling, logged
from common.use_cases.load import Held, LoadedTrack, facts_of, hold, load_track
from common.use_cases.ports import Ports
from common.use_cases.publish import publish
from common.use_cases.rest import put_in_flight
from common.use_cases.waiting import Request, answer_edits
from common.use_cases.waiting import expire as end_in_time
from common.use_cases.wording import sentence, worded


class _Case:
    """An approval with everything that deciding it needs, read in two round trips."""

    def __init__(self, ports: Ports, tenant_id: str, approval_id: str) -> None:
        approval_path, set_path = paths.approval(tenant_id, approval_id), paths.change_set(tenant_id, approval_id)
        approval, change_set = ports.documents.read(approval_path, set_path)
        if approval is None:
            raise NotFound(f"there is no approval {approval_id} for {tenant_id}")
        self.approval: Held[Approval] = hold(Approval, approval, approval_path)
        self.change_set: Held[ChangeSet] = hold(ChangeSet, change_set, set_path)
        self.track = Track(tenant_id, self.approval.value.track_id)
        self.loaded: LoadedTrack = load_track(ports, self.track)
        self.ledger = Ledger(self.track, self.loaded.manifest, ports.clock.now())

    def replace_approval(self, **changes: Any) -> None:
        """Write the approval's next state in this commit."""
        approval = self.approval.value
        path = paths.approval(approval.tenant_id, approval.approval_id)
        self.ledger.also(Replace(path, approval.but(**changes).body(), self.approval.version))

    def end_change_set(self, state: ChangeSetState, **changes: Any) -> ChangeSet:
        """Write the change set's next state in this commit."""
        return self.ledger.step(self.change_set, state, **changes)

    def decline(self, proposals: Sequence[Proposal]) -> None:
        """Remember until the tenant's day is over that these are not wanted."""
        calendar, now = TenantCalendar.of(self.loaded.tenant.time_zone), self.ledger.now
        today = [one for one in self.ledger.manifest.declined if calendar.day_of(one.at) == calendar.day_of(now)]
        new = [Declined(at=now, changes=one.changes, lifts_pause=one.lifts_pause) for one in proposals]
        self.ledger.move(declined=(*today, *new))

    def commit(self, ports: Ports) -> None:
        """Write it all, then publish."""
        self.ledger.commit(ports)
        publish(ports, self.track.tenant_id, self.ledger.events)


def approve(
    ports: Ports,
    tenant_id: str,
    approval_id: str,
    *,
    by: str,
    seen: str,
    run: str,
    proposals: Sequence[str] = (),
) -> ChangeSet:
    """Say yes to exactly what was seen. One commit decides it and puts it in flight, or in the queue.

    Args:
        by: the person's e-mail address, already verified.
        seen: the payload digest that was shown to them.
        run: names this run; it drives the change set afterwards.
        proposals: the part to approve, by proposal id; empty for all of it.

    Returns:
        The change set as it stands now: `intended`, `approved` (queued), or `pending` a second person.

    Raises:
        NotFound: no such approval.
        Refused: it is decided, expired, stale, no longer allowed, or not theirs to decide; nothing was written.
        Conflict: somebody decided at the same time; look again.
    """
    by = by.lower()
    case = _Case(ports, tenant_id, approval_id)
    _must_be_allowed(case, by)
    _must_be_what_was_seen(case, seen)
    wanted = _part(case.change_set.value, proposals)
    decision = Decision(by=by, at=case.ledger.now, approve=True, proposals=tuple(proposals))
    decisions = (*case.approval.value.decisions, decision)
    people = (*agreed(case.loaded.tenant, case.approval.value), by)
    _must_agree_on_the_part(case, proposals)
    _must_still_be_allowed(ports, case, wanted.but(decided_by=people))
    if len(people) < case.approval.value.people_needed:
        return _first_of_two(ports, case, decisions)
    case.replace_approval(state=ApprovalState.APPROVED, decisions=decisions)
    answer_edits(case.ledger, case.change_set.value)
    decided = _record_approval(case, wanted, people)
    result = _go_or_queue(ports, case, decided, run)
    case.commit(ports)
    return result


def _record_approval(case: _Case, wanted: ChangeSet, people: tuple[str, ...]) -> ChangeSet:
    decided = wanted.but(decided_by=people)
    case.ledger.record(
        EntryKind.APPROVED,
        Telling(by=", ".join(people), why=sentence(wanted), change_set=decided, changes=logged(decided)),
    )
    return decided


def _go_or_queue(ports: Ports, case: _Case, decided: ChangeSet, run: str) -> ChangeSet:
    """Intend it now if the track is at rest, else queue it; a part goes as a child of its own."""
    ledger, whole = case.ledger, case.change_set
    if decided.change_set_id != whole.value.change_set_id:
        _leave_out(case, decided)
        child = decided.but(state=ChangeSetState.APPROVED)
        ledger.also(Create(paths.change_set(child.tenant_id, child.change_set_id), child.body()))
        return _queue(ledger, child)
    held = Held(decided, whole.version)
    if not ledger.manifest.at_rest:
        return _queue(ledger, ledger.step(held, ChangeSetState.APPROVED))
    return put_in_flight(ports, case.loaded, ledger, held, run)


def _leave_out(case: _Case, part: ChangeSet) -> None:
    """End the whole, whose part goes on as its child: what was left out is not done, and not asked again today."""
    ended = case.end_change_set(ChangeSetState.SUPERSEDED, decided_by=part.decided_by)
    left = tuple(one for one in ended.proposals if one not in part.proposals)
    rest = ended.but(proposals=left)
    case.decline(left)
    case.ledger.record(
        EntryKind.SUPERSEDED,
        Telling(
            by=", ".join(part.decided_by),
            why=f"A part was approved, and goes on as {part.change_set_id}. Left out: {sentence(rest)}",
            change_set=ended,
            changes=logged(rest),
            event=EventType.SUPERSEDED,
        ),
    )


def _queue(ledger: Ledger, change_set: ChangeSet) -> ChangeSet:
    ledger.move(queue=(*ledger.manifest.queue, change_set.change_set_id))
    return change_set


def _first_of_two(ports: Ports, case: _Case, decisions: tuple[Decision, ...]) -> ChangeSet:
    case.replace_approval(decisions=decisions)
    counting = (*agreed(case.loaded.tenant, case.approval.value), decisions[-1].by)
    gone = ", ".join(one.by for one in decisions if one.by not in counting)
    case.ledger.record(
        EntryKind.NOTE,
        Telling(
            by=decisions[-1].by,
            why=f"Approved by {decisions[-1].by}; a second person must approve too."
            + (f" The yes of {gone} counts no longer: they may not decide this any more." if gone else ""),
            change_set=case.change_set.value,
        ),
    )
    case.commit(ports)
    return case.change_set.value


def reject(ports: Ports, tenant_id: str, approval_id: str, *, by: str, seen: str, reason: str) -> ChangeSet:
    """Say no to what was seen, with a reason that goes into the log. Nobody's limit matters for a no.

    Raises:
        NotFound, Refused, Conflict: as for `approve`.
    """
    by, reason = by.lower(), reason.strip()
    case = _Case(ports, tenant_id, approval_id)
    _must_be_open(case)
    refusal = why_not_answer(case.loaded.tenant, by)
    if refusal is not None:
        raise refusal
    _must_be_the_payload(case, seen)
    if not reason:
        raise Refused("a rejection needs a reason: whoever proposed this will read it", "no_reason")
    decision = Decision(by=by, at=case.ledger.now, approve=False, reason=reason)
    decisions = (*case.approval.value.decisions, decision)
    case.replace_approval(state=ApprovalState.REJECTED, decisions=decisions)
    answer_edits(case.ledger, case.change_set.value)
    case.decline(case.change_set.value.proposals)
    ended = case.end_change_set(ChangeSetState.REJECTED, decided_by=(by,))
    case.ledger.record(
        EntryKind.REJECTED,
        Telling(
            by=by,
            why=reason,
            change_set=ended,
            changes=logged(ended),
            event=EventType.REJECTED,
            data={"reason": reason},
        ),
    )
    case.commit(ports)
    return ended


def expire(ports: Ports, tenant_id: str, approval_id: str) -> bool:
    """End an approval whose time is over. Returns whether it was."""
    case = _Case(ports, tenant_id, approval_id)
    approval = case.approval.value
    if approval.state is not ApprovalState.PENDING or case.ledger.now < approval.expires_at:
        return False
    end_in_time(case.ledger, Request(case.approval, case.change_set))
    case.commit(ports)
    return True


def _must_be_allowed(case: _Case, by: str) -> None:
    _must_be_open(case)
    refusal = why_not(case.loaded.tenant, case.approval.value, by, case.ledger.now)
    if refusal is not None:
        raise refusal


def _must_be_open(case: _Case) -> None:
    approval, active = case.approval.value, case.loaded.manifest.value.plan_version
    closed = why_closed(approval, case.ledger.now)
    if closed is not None:
        raise closed
    if approval.plan_version != active:
        raise Refused(
            f"{approval.approval_id} was made against plan v{approval.plan_version}; v{active} is active now", "stale"
        )


def _must_be_the_payload(case: _Case, seen: str) -> None:
    current = case.change_set.value.payload_digest
    if seen != case.approval.value.payload_digest or seen != current:
        raise Refused(
            "what was shown is not what would be applied; open it again and look at the current proposal", "not_seen"
        )


def _must_be_what_was_seen(case: _Case, seen: str) -> None:
    _must_be_the_payload(case, seen)
    entities = case.loaded.manifest.value.entities
    for change in case.change_set.value.changes:
        entity = entities.get(change.entity_id)
        if entity is None or entity.value(change.setting) != change.before:
            before = worded(change.setting, change.before, case.loaded.tenant.currency)
            raise Refused(
                f"{change.entity_id}: {change.setting.value} was {before} when this was proposed and is not any more; "
                "it will be proposed afresh if it is still wanted",
                "stale",
            )


def _must_agree_on_the_part(case: _Case, proposals: Sequence[str]) -> None:
    counting = agreed(case.loaded.tenant, case.approval.value)
    for earlier in case.approval.value.decisions:
        if earlier.by in counting and set(earlier.proposals) != set(proposals):
            raise Refused(f"{earlier.by} approved another part of this; both must approve the same", "other_part")


def _part(change_set: ChangeSet, proposals: Sequence[str]) -> ChangeSet:
    """The change set itself, or a child with some of its proposals."""
    if not proposals:
        return change_set
    unknown = sorted(set(proposals) - {proposal.proposal_id for proposal in change_set.proposals})
    if unknown:
        raise Refused(f"not part of this change set: {', '.join(unknown)}", "no_part")
    return change_set.part(proposals)


def _must_still_be_allowed(ports: Ports, case: _Case, wanted: ChangeSet) -> None:
    facts = facts_of(ports, case.loaded, envelope=True)
    currency = case.loaded.tenant.currency
    blocked = [
        f"{in_words(reason, currency)} ({reason.code})"
        for one in judge(wanted.proposals, facts, decided_by=wanted.decided_by)
        if one.verdict is not Verdict.AUTO
        for reason in one.reasons
    ]
    if blocked:
        raise Refused(f"the guardrails no longer allow this: {'; '.join(blocked)}", "not_allowed")
