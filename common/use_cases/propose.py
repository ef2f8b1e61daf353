"""Turn judged proposals into change sets: one for each verdict, in one commit with their log entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from common.decisions.facts import Facts
from common.decisions.guardrails import is_shadow, rollout
from common.domain import paths
from common.domain.approval import Approval
from common.domain.canonical import short_id
from common.domain.change import Judgement, OptimizationType, Verdict
from common.domain.change_set import ChangeSet, ChangeSetState, KeptInputs, Origin
from common.domain.envelope import Envelope
from common.domain.errors import Busy
from common.domain.event import EventType
from common.domain.guardrails import ExternalChangePolicy
from common.domain.log_entry import EntryKind
from common.domain.manifest import HandEdit, InFlight, Manifest
from common.ports.documents import Conflict, Create
from common.use_cases import envelope as headroom
from common.use_cases.ledger import Ledger, Telling, logged
from common.use_cases.load import Held, LoadedTrack, read_one
from common.use_cases.ports import Ports
from common.use_cases.publish import publish
from common.use_cases.waiting import approval_for, overlaps, pending_of, same_request, supersede
from common.use_cases.wording import sentence


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of a batch of judgements."""

    manifest: Held[Manifest]
    change_sets: tuple[ChangeSet, ...] = ()
    intended: ChangeSet | None = None
    """The automatic one, now in flight under the run's lease."""
    duplicate: bool = False
    """This window was decided before: nothing was written."""


def propose(
    ports: Ports,
    loaded: LoadedTrack,
    facts: Facts,
    judgements: Sequence[Judgement],
    origin: Origin,
    run: str,
    kept: KeptInputs | None = None,
) -> Proposed:
    """Write down what is to happen: the automatic change set in flight, the others waiting, recommended or refused.

    Raises:
        Busy: something is to be applied by itself, but the track is not at rest.
        Conflict: the track moved on meanwhile; load it and decide again.
    """
    groups, edits = _by_answer(judgements, facts), _edits_left(facts, judgements)
    batch = _Batch(ports, loaded, facts, run)
    for state, members in groups.items():
        batch.add(_change_set(loaded, facts, members, origin, state, kept))
    if not batch.change_sets and edits == facts.manifest.edits:
        return Proposed(loaded.manifest)
    batch.ledger.move(edits=edits)
    try:
        manifest = batch.ledger.commit(ports)
    except Conflict as conflict:
        if batch.created & set(conflict.paths):
            return Proposed(loaded.manifest, duplicate=True)
        raise
    publish(ports, loaded.track.tenant_id, batch.ledger.events)
    return Proposed(manifest, tuple(batch.change_sets), batch.intended)


def _edits_left(facts: Facts, judgements: Sequence[Judgement]) -> tuple[HandEdit, ...]:
    """The edits by hand that these judgements leave unanswered."""
    if facts.tenant.guardrails.external_change_policy is ExternalChangePolicy.ADOPT:
        return ()
    undone = [one.proposal for one in judgements if one.proposal.type is OptimizationType.UNDO_EXTERNAL]
    answered = {change.field for proposal in undone for change in proposal.changes}
    return tuple(one for one in facts.manifest.edits if one.field not in answered)


def _by_answer(judgements: Sequence[Judgement], facts: Facts) -> dict[ChangeSetState, list[Judgement]]:
    groups: dict[ChangeSetState, list[Judgement]] = {}
    for judged in judgements:
        judgement = rollout(judged, facts.tenant.guardrails)
        state = _state_for(judgement, facts)
        if state is ChangeSetState.BLOCKED and _said_today(judgement, facts):
            continue
        groups.setdefault(state, []).append(judgement)
    return groups


def _state_for(judgement: Judgement, facts: Facts) -> ChangeSetState:
    if is_shadow(judgement.proposal.type, facts.tenant.guardrails):
        return ChangeSetState.SHADOWED
    return {
        Verdict.AUTO: ChangeSetState.INTENDED,
        Verdict.NEEDS_APPROVAL: ChangeSetState.PENDING,
        Verdict.NEEDS_REPLAN: ChangeSetState.RECOMMENDED,
        Verdict.BLOCKED: ChangeSetState.BLOCKED,
    }[judgement.verdict]


def _said_today(judgement: Judgement, facts: Facts) -> bool:
    """Whether the day's folded reasons already hold this refusal: hourly ticks don't write it down 24 times."""
    if facts.state.reasons_day != facts.today:
        return False
    said = {(folded.entity_id, folded.reason.code) for folded in facts.state.reasons}
    mine = {(entity, reason.code) for entity in judgement.proposal.entities for reason in judgement.reasons}
    return mine <= said


def _change_set(
    loaded: LoadedTrack,
    facts: Facts,
    members: Sequence[Judgement],
    origin: Origin,
    state: ChangeSetState,
    kept: KeptInputs | None,
) -> ChangeSet:
    tenant_id, track_id = loaded.track
    proposals = tuple(member.proposal for member in members)
    change_set = ChangeSet(
        change_set_id=short_id(tenant_id, track_id, origin.cadence, origin.window.isoformat(), state),
        tenant_id=tenant_id,
        track_id=track_id,
        plan_id=loaded.plan.plan_id,
        plan_version=loaded.plan.version,
        origin=origin,
        verdict=members[0].verdict,
        state=state,
        proposals=proposals,
        reasons=tuple(reason for member in members for reason in member.reasons),
        inputs=kept,
        created_at=facts.now,
        updated_at=facts.now,
    )
    if state is not ChangeSetState.INTENDED:
        return change_set
    needed = headroom.needed(change_set, loaded.manifest.value, loaded.plan, facts.envelope, facts.today)
    return change_set.but(headroom=needed)


def in_flight(change_set: ChangeSet, ports: Ports, run: str) -> InFlight:
    """The lease under which a run applies a change set."""
    until = ports.clock.now() + ports.lease.length
    return InFlight(change_set_id=change_set.change_set_id, holder=run, lease_until=until)


class _Batch:
    """The one commit that writes down what is to happen."""

    def __init__(self, ports: Ports, loaded: LoadedTrack, facts: Facts, run: str) -> None:
        self.ports, self.facts, self.run = ports, facts, run
        self.ledger = Ledger(loaded.track, loaded.manifest, facts.now)
        self.change_sets: list[ChangeSet] = []
        self.created: set[str] = set()
        """Paths of the change sets; one that exists already was decided in this window before."""
        self.intended: ChangeSet | None = None
        self._superseded: set[str] = set()

    def add(self, change_set: ChangeSet) -> None:
        """Write the change set down in the way that its state asks for."""
        match change_set.state:
            case ChangeSetState.INTENDED:
                self._intend(change_set)
            case ChangeSetState.PENDING:
                self._ask(change_set)
            case ChangeSetState.RECOMMENDED:
                self._create(change_set)
                self._record(EntryKind.RECOMMENDED, change_set, EventType.REVISE_RECOMMENDED, {"cause": "structural"})
            case ChangeSetState.SHADOWED:
                self._create(change_set)
                self._record(EntryKind.SHADOWED, change_set, None)
            case _:
                self._create(change_set)
                self._record(EntryKind.BLOCKED, change_set, None)

    def _intend(self, change_set: ChangeSet) -> None:
        if not self.ledger.manifest.at_rest:
            raise Busy(f"{change_set.track_id}: something else is to be applied first")
        if change_set.headroom is not None:
            path = paths.envelope(change_set.tenant_id, change_set.plan_id)
            envelope = read_one(self.ports.documents, Envelope, path)
            self.ledger.also(headroom.take(envelope, change_set, change_set.tenant_id))
        for held in self._waiting(change_set):
            self._supersede(held, f"its settings were changed by {change_set.change_set_id} meanwhile")
        flight = in_flight(change_set, self.ports, self.run)
        self.ledger.move(in_flight=flight, epoch=self.ledger.manifest.epoch + 1)
        self._create(change_set)
        self.intended = change_set

    def _ask(self, change_set: ChangeSet) -> None:
        """Ask a person, unless they are being asked for the same already; older requests for the settings end."""
        waiting = self._waiting(change_set)
        if any(same_request(held.value, change_set.changes, change_set.plan_version, self.facts) for held in waiting):
            return
        for held in waiting:
            self._supersede(held, f"a newer proposal for the same settings: {change_set.change_set_id}")
        approval = approval_for(change_set, self.facts)
        self._create(change_set)
        self.ledger.also(Create(paths.approval(change_set.tenant_id, approval.approval_id), approval.body()))
        data = {"expires_at": approval.expires_at.isoformat()}
        self._record(EntryKind.PENDING, change_set, EventType.PENDING_APPROVAL, data)

    def _waiting(self, change_set: ChangeSet) -> list[Held[Approval]]:
        """What a person is being asked about the same settings."""
        pending = pending_of(self.ports, change_set.tenant_id, change_set.track_id)
        waiting = [held for held in pending if overlaps(held.value, change_set)]
        return [held for held in waiting if held.value.approval_id not in self._superseded]

    def _supersede(self, held: Held[Approval], why: str) -> None:
        self._superseded.add(held.value.approval_id)
        supersede(self.ports, self.ledger, held, why)

    def _create(self, change_set: ChangeSet) -> None:
        path = paths.change_set(change_set.tenant_id, change_set.change_set_id)
        self.ledger.also(Create(path, change_set.body()))
        self.created.add(path)
        self.change_sets.append(change_set)

    def _record(
        self, kind: EntryKind, change_set: ChangeSet, event: EventType | None, data: dict[str, Any] | None = None
    ) -> None:
        self.ledger.record(
            kind,
            Telling(
                by=change_set.origin.by,
                why=sentence(change_set),
                change_set=change_set,
                changes=logged(change_set),
                reasons=change_set.reasons,
                event=event,
                data=data or {},
            ),
        )
