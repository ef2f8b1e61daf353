"""Turn judged proposals into change sets and requests, in one commit with their log entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.decisions.facts import Facts
from common.decisions.requests import key
from common.domain import paths
from common.domain.canonical import short_id
from common.domain.change import Judgement, Reason
from common.domain.change_set import ChangeSet, ChangeSetState, InputsAt, KeptInputs, Origin
from common.domain.envelope import Envelope
from common.domain.errors import Busy
from common.domain.event import EventType
from common.domain.log_entry import EntryKind
from common.domain.manifest import InFlight, Manifest
from common.ports.documents import Conflict, Create
from common.use_cases import envelope as headroom
from common.use_cases.answers import Asked, answer_to, by_state, edits_left
from common.use_cases.ledger import Ledger, Telling, logged
from common.use_cases.load import Held, LoadedTrack, read_one
from common.use_cases.ports import Ports
from common.use_cases.publish import publish
from common.use_cases.waiting import (
    Request,
    approval_for,
    expire,
    requests_of,
    supersede,
    to_ask,
    told_before,
)
from common.use_cases.wording import sentence


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of a batch of judgements."""

    manifest: Held[Manifest]
    change_sets: tuple[ChangeSet, ...] = ()
    intended: ChangeSet | None = None
    """The automatic one, now in flight under the run's lease."""
    written: Held[ChangeSet] | None = None
    """The same as it was written: who applies it at once need not read it."""
    duplicate: bool = False
    """This window was decided before: nothing was written."""
    reasons: tuple[Reason, ...] = ()
    """Why what is not automatic is not, in the order of the judgements; for the day's folded reasons."""


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

    What waits for a person is a request of its own for each rule, or for each proposal of pacing; the rest is one
    change set for each answer.

    Raises:
        Busy: something is to be applied by itself, but the track is not at rest.
        Conflict: the track moved on meanwhile; load it and decide again.
    """
    asked = _asked(ports, loaded, judgements, facts.now)
    answers = [answer_to(one, facts, origin, asked) for one in judgements]
    reasons = tuple(reason for one in answers for reason in one.reasons)
    batch = _Batch(ports, loaded, facts, run, asked.still, kept)
    for request in asked.too_long:
        expire(batch.ledger, request)
    for state, members in by_state(answers).items():
        if state is ChangeSetState.PENDING:
            for asking in to_ask(members, asked.still, facts):
                batch.ask(_change_set(loaded, facts, asking.members, origin, state), asking.replaced)
        else:
            batch.add(_change_set(loaded, facts, members, origin, state))
    batch.ledger.move(edits=edits_left(batch.ledger.manifest, facts, answers, batch.waiting))
    if batch.ledger.manifest == loaded.manifest.value:
        return Proposed(loaded.manifest, reasons=reasons)
    try:
        manifest = batch.ledger.commit(ports)
    except Conflict as conflict:
        if batch.created & set(conflict.paths):
            return Proposed(loaded.manifest, duplicate=True, reasons=reasons)
        raise
    publish(ports, loaded.track.tenant_id, batch.ledger.events)
    return Proposed(manifest, tuple(batch.change_sets), batch.intended, batch.written(), reasons=reasons)


def _asked(ports: Ports, loaded: LoadedTrack, judgements: Sequence[Judgement], now: datetime) -> Asked:
    if not judgements:
        return Asked()
    found = requests_of(ports, loaded.track, [change for one in judgements for change in one.proposal.changes])
    return Asked([one for one in found if not one.over(now)], [one for one in found if one.over(now)])


def _change_set(
    loaded: LoadedTrack,
    facts: Facts,
    members: Sequence[Judgement],
    origin: Origin,
    state: ChangeSetState,
) -> ChangeSet:
    tenant_id, track_id = loaded.track
    proposals = tuple(member.proposal for member in members)
    which = key(proposals) if state is ChangeSetState.PENDING else ()
    change_set = ChangeSet(
        change_set_id=short_id(tenant_id, track_id, origin.cadence, origin.window.isoformat(), state, *which),
        tenant_id=tenant_id,
        track_id=track_id,
        plan_id=loaded.plan.plan_id,
        plan_version=loaded.plan.version,
        origin=origin,
        verdict=members[0].verdict,
        state=state,
        proposals=proposals,
        reasons=tuple(reason for member in members for reason in member.reasons),
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

    def __init__(
        self,
        ports: Ports,
        loaded: LoadedTrack,
        facts: Facts,
        run: str,
        requests: Sequence[Request],
        kept: KeptInputs | None,
    ) -> None:
        self.ports, self.facts, self.run = ports, facts, run
        self._kept = kept
        self._kept_at: InputsAt | None = None
        self.ledger = Ledger(loaded.track, loaded.manifest, facts.now)
        self.change_sets: list[ChangeSet] = []
        self.created: set[str] = set()
        """Paths of the change sets; one that exists already was decided in this window before."""
        self.intended: ChangeSet | None = None
        self.waiting = list(requests)
        """What people are being asked about the same settings, less what this commit ends."""

    def add(self, change_set: ChangeSet) -> None:
        """Write the change set down in the way that its state asks for."""
        match change_set.state:
            case ChangeSetState.INTENDED:
                self._intend(change_set)
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
        overtaken = [one for one in self.waiting if one.overlaps(change_set.changes)]
        self._end(overtaken, f"its settings were changed by {change_set.change_set_id} meanwhile")
        flight = in_flight(change_set, self.ports, self.run)
        self.ledger.move(in_flight=flight, epoch=self.ledger.manifest.epoch + 1)
        self.intended = self._create(change_set)

    def written(self) -> Held[ChangeSet] | None:
        """What is in flight, at the version that its commit gave it."""
        if self.intended is None:
            return None
        path = paths.change_set(self.intended.tenant_id, self.intended.change_set_id)
        return Held(self.intended, self.ledger.versions[path])

    def ask(self, change_set: ChangeSet, replaced: Sequence[Request]) -> None:
        """Ask a person; the requests that this one takes the place of end."""
        self._end(replaced, f"a newer proposal for the same settings: {change_set.change_set_id}")
        approval = approval_for(change_set, self.facts)
        told = told_before(approval, replaced)
        approval = approval if told is None else approval.but(told=told)
        self._create(change_set)
        self.ledger.also(Create(paths.approval(change_set.tenant_id, approval.approval_id), approval.body()))
        data = {"expires_at": approval.expires_at.isoformat(), "repeats": told is not None}
        self._record(EntryKind.PENDING, change_set, EventType.PENDING_APPROVAL, data)

    def _end(self, requests: Sequence[Request], why: str) -> None:
        for request in requests:
            if request in self.waiting:
                self.waiting.remove(request)
                supersede(self.ledger, request, why)

    def _create(self, change_set: ChangeSet) -> ChangeSet:
        change_set = change_set.but(inputs=self._inputs_of(change_set))
        path = paths.change_set(change_set.tenant_id, change_set.change_set_id)
        self.ledger.also(Create(path, change_set.body()))
        self.created.add(path)
        self.change_sets.append(change_set)
        return change_set

    def _inputs_of(self, change_set: ChangeSet) -> InputsAt | None:
        """Where the inputs are kept: written once, with the first change set that was decided on them."""
        if self._kept is not None and self._kept_at is None:
            self._kept_at = change_set.decided_on(self._kept)
            self.ledger.also(Create(paths.inputs(change_set.tenant_id, self._kept_at.kept_as), self._kept.body()))
        return self._kept_at

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
