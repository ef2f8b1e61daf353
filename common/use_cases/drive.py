"""Bring a track to rest: drive what is in flight to its end, settle what was cut short, then take from the queue.

A change set is driven by whoever holds its lease. Before each call the kill switches and the epoch are read again. Its
end is one commit: the manifest at the next revision with what really landed, the log entry, the event, the envelope.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from common.domain import paths
from common.domain.change import Change, Proposal, Setting
from common.domain.change_set import ChangeSet, ChangeSetState, Outcome, Result
from common.domain.envelope import Envelope
from common.domain.errors import Busy
from common.domain.event import EventType
from common.domain.log_entry import EntryKind
from common.domain.manifest import InFlight, Manifest, Pause
from common.domain.paths import Track
from common.ports.documents import Conflict, Replace
from common.use_cases import envelope as headroom
from common.use_cases.calls import Call, CallUnsettled, calls_for, carry_out, observe_changes, skipped
from common.use_cases.ledger import Ledger, Telling, logged
from common.use_cases.load import Held, hold, read_one, switch_in
from common.use_cases.ports import Ports
from common.use_cases.publish import publish
from common.use_cases.wording import sentence, types_of


@dataclass(frozen=True, slots=True)
class Lease:
    """A run's right to apply one change set, as of the epoch at which it was given."""

    track: Track
    run: str
    epoch: int
    change_set: Held[ChangeSet]


def claim(ports: Ports, track: Track, manifest: Held[Manifest], run: str) -> Held[Manifest]:
    """Take the lease of what is in flight: ours already, or taken over because it ran out.

    Raises:
        Busy: another run's lease is alive.
    """
    flight = manifest.value.in_flight
    assert flight is not None
    now = ports.clock.now()
    if flight.holder == run and now < flight.lease_until:
        return manifest
    if now < flight.lease_until:
        raise Busy(f"{track.track_id}: change set {flight.change_set_id} is being applied until {flight.lease_until}")
    ledger = Ledger(track, manifest, now)
    mine = InFlight(change_set_id=flight.change_set_id, holder=run, lease_until=now + ports.lease.length)
    ledger.move(in_flight=mine, epoch=manifest.value.epoch + 1)
    return ledger.commit(ports)


def finish(ports: Ports, track: Track, manifest: Held[Manifest], run: str) -> Held[Manifest]:
    """Apply the change set in flight and commit what landed.

    Raises:
        Busy: the right to apply was lost, or a call's outcome is unknown; it will be driven to its end later.
    """
    manifest = claim(ports, track, manifest, run)
    flight = manifest.value.in_flight
    assert flight is not None
    path = paths.change_set(track.tenant_id, flight.change_set_id)
    lease = Lease(track, run, manifest.value.epoch, read_one(ports.documents, ChangeSet, path))
    results = _apply(ports, lease, manifest.value)
    return _commit(ports, lease, results, manifest)


def _apply(ports: Ports, lease: Lease, manifest: Manifest) -> list[Result]:
    change_set = lease.change_set.value
    results: dict[tuple[str, str], Result] = {}
    for call in calls_for(change_set, manifest):
        stop, manifest = permission(ports, lease)
        going, held_back = _sendable(call, change_set, results, manifest, stop)
        outcome = held_back + _call(ports, lease, call, going, manifest)
        results.update({(result.entity_id, result.setting): result for result in outcome})
    for proposal in change_set.proposals:
        results.update(_ledger_results(proposal, results))
    return [results[(change.entity_id, change.setting.value)] for change in change_set.changes]


def _call(ports: Ports, lease: Lease, call: Call, going: Sequence[Change], manifest: Manifest) -> list[Result]:
    if not going:
        return []
    change_set = lease.change_set.value
    platform = ports.platforms(change_set.tenant_id, call.platform)
    key = f"{change_set.change_set_id}-{'up' if call.increases else 'down'}"
    try:
        return carry_out(platform, key, going, manifest, ports.timeout)
    except CallUnsettled as error:
        raise Busy(f"change set {change_set.change_set_id}: {error}; it is driven on when its lease ends") from error


def permission(ports: Ports, lease: Lease) -> tuple[str | None, Manifest]:
    """May the next call start? Read again, now: the kill switches, the epoch, the pauses.

    Returns:
        The code of what stops it (or none), and the manifest as it is now.

    Raises:
        Busy: this run has no right to go on; somebody else has it or will get it.
    """
    change_set = lease.change_set.value
    control, tenant, document = ports.documents.read(
        paths.GLOBAL_CONTROL, paths.tenant(lease.track.tenant_id), lease.track.manifest
    )
    manifest = hold(Manifest, document, lease.track.manifest).value
    flight = _mine(manifest, lease)
    if ports.clock.now() > flight.lease_until - ports.lease.reserve:
        raise Busy(f"{lease.track.track_id}: the lease on {change_set.change_set_id} is running out")
    switch = switch_in(control, tenant)
    stop = None if switch is None or change_set.pause is not None else f"kill_switch_{switch}"
    return stop, manifest


def _mine(manifest: Manifest, lease: Lease) -> InFlight:
    flight = manifest.in_flight
    if flight is None or flight.holder != lease.run or manifest.epoch != lease.epoch:
        raise Busy(f"{lease.track.track_id}: change set {lease.change_set.value.change_set_id} changed hands")
    return flight


def _sendable(
    call: Call,
    change_set: ChangeSet,
    results: dict[tuple[str, str], Result],
    manifest: Manifest,
    stop: str | None,
) -> tuple[list[Change], list[Result]]:
    """Which changes of a call go out; the others are skipped with the code of what holds them back."""
    going: list[Change] = []
    held_back: list[Result] = []
    for change in call.changes:
        code = stop or _obstacle(change, change_set, results, manifest)
        if code is None:
            going.append(change)
        else:
            held_back.append(skipped(change, code))
    return going, held_back


def _obstacle(
    change: Change, change_set: ChangeSet, results: dict[tuple[str, str], Result], manifest: Manifest
) -> str | None:
    if not change.is_increase:
        return None
    proposal = next(p for p in change_set.proposals if change in p.changes)
    pause = manifest.pause_over(manifest.entities[change.entity_id])
    if pause is not None and proposal.lifts_pause != pause.pause_id:
        return "paused"
    return None if _decreases_landed(proposal, results) else "decrease_did_not_land"


def _decreases_landed(proposal: Proposal, results: dict[tuple[str, str], Result]) -> bool:
    calls = [c for c in proposal.changes if c.setting is not Setting.ALLOCATION and not c.is_increase]
    found = [results.get((change.entity_id, change.setting.value)) for change in calls]
    return all(result is not None and result.landed for result in found)


def _ledger_results(proposal: Proposal, results: dict[tuple[str, str], Result]) -> dict[tuple[str, str], Result]:
    """Allocations are our own ledger: they move, all or none, if every decrease on the platforms landed.

    So a shift never creates or loses money: where the giver could not be lowered, nothing was moved.
    """
    calls = [change for change in proposal.changes if change.setting is not Setting.ALLOCATION]
    sent = [results[(change.entity_id, change.setting.value)] for change in calls]
    moved = _decreases_landed(proposal, results) and (not sent or any(result.landed for result in sent))
    rows: dict[tuple[str, str], Result] = {}
    for change in proposal.changes:
        if change.setting is Setting.ALLOCATION:
            outcome = Outcome.APPLIED if moved else Outcome.SKIPPED
            code = None if moved else "platform_did_not_follow"
            row = Result(entity_id=change.entity_id, setting=change.setting.value, outcome=outcome, code=code)
            rows[(change.entity_id, change.setting.value)] = row
    return rows


def _commit(ports: Ports, lease: Lease, results: Sequence[Result], manifest: Held[Manifest]) -> Held[Manifest]:
    """Write what landed; when the manifest's document moved for another reason, read it and write again."""
    while True:
        _mine(manifest.value, lease)
        ledger = Ledger(lease.track, manifest, ports.clock.now())
        ended = _ended(lease.change_set.value, results, ledger)
        ledger.move(in_flight=None)
        close(ports, ledger, ended, lease.change_set.version)
        try:
            done = ledger.commit(ports)
        except Conflict:
            manifest = read_one(ports.documents, Manifest, lease.track.manifest)
            continue
        publish(ports, lease.track.tenant_id, ledger.events)
        return done


def _ended(change_set: ChangeSet, results: Sequence[Result], ledger: Ledger) -> ChangeSet:
    landed = [result.landed for result in results]
    if all(landed):
        state = ChangeSetState.APPLIED
    elif any(landed) or change_set.pause is not None:
        state = ChangeSetState.PARTIALLY_APPLIED
    else:
        state = ChangeSetState.FAILED
    return change_set.moved(state, results=tuple(results), updated_at=ledger.now)


def close(ports: Ports, ledger: Ledger, ended: ChangeSet, version: str) -> None:
    """Add a change set's end to the ledger's commit: entry, event, revision if anything landed, headroom given back."""
    changes = logged(ended)
    by = ", ".join(ended.decided_by) or ended.origin.by
    data = {"state": ended.state.value}
    landed = any(result.landed for result in ended.results)
    if landed or (ended.pause is not None and ended.state is not ChangeSetState.PREEMPTED):
        preempted = ended.state is ChangeSetState.PREEMPTED
        ledger.land(
            EntryKind.PREEMPTED if preempted else EntryKind.APPLIED,
            Telling(
                by=by,
                why=sentence(ended),
                event=EventType.PREEMPTED if preempted else EventType.APPLIED,
                change_set=ended,
                changes=changes,
                reasons=ended.reasons,
                data=data,
            ),
            types=types_of(ended),
            pauses=_pauses_left(ledger.manifest, ended),
        )
    else:
        kind = EntryKind.PREEMPTED if ended.state is ChangeSetState.PREEMPTED else EntryKind.FAILED
        event = EventType.PREEMPTED if ended.state is ChangeSetState.PREEMPTED else EventType.FAILED
        ledger.record(
            kind, Telling(by=by, why=sentence(ended), change_set=ended, changes=changes, event=event, data=data)
        )
    ledger.also(Replace(paths.change_set(ended.tenant_id, ended.change_set_id), ended.body(), version))
    if ended.headroom is not None:
        _settle_headroom(ports, ledger, ended)


def _settle_headroom(ports: Ports, ledger: Ledger, ended: ChangeSet) -> None:
    assert ended.headroom is not None
    path = paths.envelope(ended.tenant_id, ended.headroom.plan_id)
    replace = headroom.settle(read_one(ports.documents, Envelope, path), ended, ledger.manifest)
    if replace is not None:
        ledger.also(replace)


def _pauses_left(manifest: Manifest, ended: ChangeSet) -> tuple[Pause, ...]:
    landed = {result.entity_id for result in ended.results if result.landed}
    lifted = {p.lifts_pause for p in ended.proposals if p.lifts_pause and landed & set(p.entities)}
    return tuple(pause for pause in manifest.pauses if pause.pause_id not in lifted)


def settle(ports: Ports, track: Track, manifest: Held[Manifest]) -> Held[Manifest]:
    """Read back a change set that was cut short, now that no call of it can be under way, and record it as it is."""
    unsettled = manifest.value.unsettled[0]
    path = paths.change_set(track.tenant_id, unsettled.change_set_id)
    change_set = read_one(ports.documents, ChangeSet, path)
    results = observed_results(ports, change_set.value, manifest.value)
    ledger = Ledger(track, manifest, ports.clock.now())
    ledger.move(unsettled=manifest.value.unsettled[1:])
    ended = change_set.value.moved(ChangeSetState.PREEMPTED, results=tuple(results), updated_at=ledger.now)
    close(ports, ledger, ended, change_set.version)
    done = ledger.commit(ports)
    publish(ports, track.tenant_id, ledger.events)
    return done


def observed_results(ports: Ports, change_set: ChangeSet, manifest: Manifest) -> list[Result]:
    """What the platforms show of a change set's changes, without writing anything."""
    results: dict[tuple[str, str], Result] = {}
    for call in calls_for(change_set, manifest):
        platform = ports.platforms(change_set.tenant_id, call.platform)
        for result in observe_changes(platform, call.changes, manifest, ports.timeout):
            results[(result.entity_id, result.setting)] = result
    for proposal in change_set.proposals:
        results.update(_ledger_results(proposal, results))
    return [results[(change.entity_id, change.setting.value)] for change in change_set.changes]
