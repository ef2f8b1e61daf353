"""Bring a track to rest: drive what is in flight to its end, settle what was cut short, then take from the queue.

A change set is driven by whoever holds its lease. Before each call the kill switches and the epoch are read again. Its
end is one commit: the manifest at the next revision with what really landed, the log entry, the event, the envelope.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from common.decisions.budget_limits import DAY
from common.domain import paths
from common.domain.change import Change, Proposal, Setting
from common.domain.change_set import ChangeSet, ChangeSetState, Outcome, Result
from common.domain.envelope import Envelope
from common.domain.errors import Busy
from common.domain.event import EventType
from common.domain.log_entry import EntryKind, still_running
from common.domain.manifest import InFlight, Manifest, Pause, Rights, Turned
from common.domain.paths import Track
from common.domain.trouble import PASSES
from common.ports.ad_platform import PlatformUnavailable
from common.ports.documents import Conflict
from common.ports.journal import about
from common.ports.urgency import urgently
from common.use_cases import envelope as headroom
from common.use_cases.calls import Call, CallUnsettled, Results, by_field, calls_for, failed, send, skipped, standing
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
    taken_over: bool
    """An earlier run may have sent some of it."""


@dataclass(frozen=True, slots=True)
class Permit:
    """The answer to: may the next call start?"""

    stop: str | None
    """The code of what stops it."""
    until: datetime
    """When the answer is too old to start a call on, by this run's clock."""


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


def finish(
    ports: Ports, track: Track, manifest: Held[Manifest], run: str, written: Held[ChangeSet] | None = None
) -> Held[Manifest]:
    """Apply the change set in flight and commit what landed.

    Args:
        written: the change set, where this run has written it just now.

    Raises:
        Busy: the right to apply was lost, or a call's outcome is unknown; it will be driven to its end later.
    """
    claimed = claim(ports, track, manifest, run)
    flight = claimed.value.in_flight
    assert flight is not None
    path = paths.change_set(track.tenant_id, flight.change_set_id)
    change_set = written or read_one(ports.documents, ChangeSet, path)
    lease = Lease(track, run, claimed.value.epoch, change_set, taken_over=claimed is not manifest)
    with about(change_set=flight.change_set_id), ports.tracer.span("change set", change_set=flight.change_set_id):
        return _commit(ports, lease, _apply(ports, lease, claimed.value), claimed)


def _apply(ports: Ports, lease: Lease, manifest: Manifest) -> list[Result]:
    """What became of each change. The manifest's pauses stay what they are while the epoch is ours.

    A platform that leaves a call's end unknown holds up the change set, but not the calls to other platforms.
    """
    change_set = lease.change_set.value
    results: dict[tuple[str, str], Result] = {}
    unsettled: list[CallUnsettled] = []
    for call in calls_for(change_set, manifest):
        try:
            with urgently() if change_set.pause is not None else nullcontext():
                results.update(by_field(_call(ports, lease, call, results, manifest)))
        except CallUnsettled as error:
            unsettled.append(error)
    if unsettled:
        said = "; ".join(str(error) for error in unsettled)
        raise Busy(f"change set {change_set.change_set_id}: {said}; it is driven on when its lease ends")
    stop = permission(ports, lease).stop if any(_in_ledger_only(one) for one in change_set.proposals) else None
    for proposal in change_set.proposals:
        results.update(by_field(_in_ledger(proposal, results, manifest, stop)))
    return _in_order(change_set, results)


def _call(ports: Ports, lease: Lease, call: Call, results: Results, manifest: Manifest) -> list[Result]:
    """Read what is live, ask whether the call may start, and write what is not there yet."""
    change_set, looked = lease.change_set.value, ports.clock.now()
    platform = ports.platforms(change_set.tenant_id, call.platform)
    try:
        shown = standing(platform, call.changes, manifest, ports.timeout)
    except PlatformUnavailable as error:
        if lease.taken_over:
            raise CallUnsettled(str(error)) from error
        return [failed(change, "platform_unavailable", str(error)) for change in call.changes]
    permit = permission(ports, lease)
    rows: list[Result] = []
    going: list[Change] = []
    for change, row in zip(call.changes, shown, strict=True):
        code = permit.stop or _obstacle(change, change_set, results, manifest)
        if row is None and code is None:
            going.append(change)
        else:
            rows.append(row or skipped(change, code or ""))
    if not going:
        return rows
    if ports.clock.now() > min(permit.until, looked + 2 * ports.lease.call_timeout):
        raise Busy(f"{lease.track.track_id}: too much time has passed to write; it is driven on when its lease ends")
    key = f"{change_set.change_set_id}-{'up' if call.increases else 'down'}"
    return rows + send(platform, key, going, manifest, ports.timeout)


def permission(ports: Ports, lease: Lease) -> Permit:
    """May the next call start? Read again, now: the kill switches and the epoch.

    Raises:
        Busy: this run has no right to go on; somebody else has it or will get it.
    """
    change_set, asked = lease.change_set.value, ports.clock.now()
    control, tenant, document = ports.documents.read(
        paths.GLOBAL_CONTROL, paths.tenant(lease.track.tenant_id), lease.track.manifest
    )
    flight = _mine(hold(Rights, document, lease.track.manifest).value, lease)
    if asked > flight.lease_until - ports.lease.reserve:
        raise Busy(f"{lease.track.track_id}: the lease on {change_set.change_set_id} is running out")
    switch = switch_in(control, tenant)
    stop = None if switch is None or change_set.pause is not None else f"kill_switch_{switch}"
    return Permit(stop, min(asked + ports.lease.call_timeout, flight.lease_until - ports.lease.reserve))


def _mine(rights: Manifest | Rights, lease: Lease) -> InFlight:
    flight = rights.in_flight
    if flight is None or flight.holder != lease.run or rights.epoch != lease.epoch:
        raise Busy(f"{lease.track.track_id}: change set {lease.change_set.value.change_set_id} changed hands")
    return flight


def _obstacle(change: Change, change_set: ChangeSet, results: Results, manifest: Manifest) -> str | None:
    if not change.is_increase:
        return None
    proposal = next(p for p in change_set.proposals if change in p.changes)
    if manifest.pause_over(manifest.entities[change.entity_id], lifting=proposal.lifts_pause) is not None:
        return "paused"
    return None if _decreases_landed(proposal, results) else "decrease_did_not_land"


def _decreases_landed(proposal: Proposal, results: Results) -> bool:
    calls = [c for c in proposal.changes if c.setting is not Setting.ALLOCATION and not c.is_increase]
    found = [results.get((change.entity_id, change.setting.value)) for change in calls]
    return all(result is not None and result.landed for result in found)


def _in_ledger_only(proposal: Proposal) -> bool:
    return all(change.setting is Setting.ALLOCATION for change in proposal.changes)


def _in_ledger(proposal: Proposal, results: Results, manifest: Manifest, stop: str | None) -> list[Result]:
    """Allocations are our own ledger: they move, all or none, if every decrease on the platforms landed.

    So a shift never creates or loses money: where the giver could not be lowered, nothing was moved. Nor does it give
    to what is paused. What is a matter of the ledger alone moves unless something stops it.
    """
    moves = [change for change in proposal.changes if change.setting is Setting.ALLOCATION]
    sent = [results[(c.entity_id, c.setting.value)] for c in proposal.changes if c.setting is not Setting.ALLOCATION]
    paused = any(c.is_increase and manifest.pause_over(manifest.entities[c.entity_id]) is not None for c in moves)
    if paused:
        code = "paused"
    elif sent:
        followed = _decreases_landed(proposal, results) and any(result.landed for result in sent)
        code = None if followed else "platform_did_not_follow"
    else:
        code = stop
    if code is not None:
        return [skipped(change, code) for change in moves]
    return [
        Result(entity_id=change.entity_id, setting=change.setting.value, outcome=Outcome.APPLIED) for change in moves
    ]


def _in_order(change_set: ChangeSet, results: Results) -> list[Result]:
    return [results[(change.entity_id, change.setting.value)] for change in change_set.changes]


def _commit(ports: Ports, lease: Lease, results: Sequence[Result], manifest: Held[Manifest]) -> Held[Manifest]:
    """Write what landed; when the manifest's document moved for another reason, read it and write again."""
    while True:
        _mine(manifest.value, lease)
        ledger = Ledger(lease.track, manifest, ports.clock.now())
        try:
            ledger.move(in_flight=None)
            ended = ledger.step(lease.change_set, _end_of(lease.change_set.value, results), results=tuple(results))
            close(ports, ledger, ended)
            done = ledger.commit(ports)
        except Conflict:
            manifest = read_one(ports.documents, Manifest, lease.track.manifest)
            continue
        publish(ports, lease.track.tenant_id, ledger.events)
        return done


def _end_of(change_set: ChangeSet, results: Sequence[Result]) -> ChangeSetState:
    landed = [result.landed for result in results]
    if all(landed):
        return ChangeSetState.APPLIED
    if any(landed) or change_set.pause is not None:
        return ChangeSetState.PARTIALLY_APPLIED
    return ChangeSetState.FAILED


def close(ports: Ports, ledger: Ledger, ended: ChangeSet) -> None:
    """Add what a change set's end brings to the ledger's commit: entry, event, revision, headroom given back."""
    preempted = ended.state is ChangeSetState.PREEMPTED
    landed = any(result.landed for result in ended.results) or (ended.pause is not None and not preempted)
    changes = logged(ended)
    running = still_running(changes) if ended.pause is not None and not preempted else ()
    told = {"state": ended.state.value, "emergency": ended.pause is not None}
    telling = Telling(
        by=", ".join(ended.decided_by) or ended.origin.by,
        why=sentence(ended),
        event=EventType.PREEMPTED if preempted else EventType.APPLIED if landed else EventType.FAILED,
        change_set=ended,
        changes=changes,
        reasons=ended.reasons,
        data={**told, "repeats": _is_known(ledger.manifest, ended, running)},
    )
    kind = EntryKind.PREEMPTED if preempted else EntryKind.APPLIED if landed else EntryKind.FAILED
    if landed:
        ledger.land(kind, telling, types=types_of(ended), pauses=_pauses_left(ledger.manifest, ended, running))
    else:
        ledger.record(kind, telling)
    ledger.move(turned_down=_turned_down(ledger.manifest, ended, ledger.now))
    if ended.headroom is not None:
        _settle_headroom(ports, ledger, ended)


def _turned_down(manifest: Manifest, ended: ChangeSet, now: datetime) -> tuple[Turned, ...]:
    """What platforms turned down in the last day, this change set included; a write that landed takes it back."""
    wrote = {(result.entity_id, result.setting) for result in ended.results}
    kept = (one for one in manifest.turned_down if now - one.at < DAY and (one.entity_id, one.setting) not in wrote)
    turned = (result for result in ended.results if result.outcome is Outcome.FAILED and _would_again(result.code))
    return (
        *kept,
        *(
            Turned(at=now, entity_id=one.entity_id, setting=Setting(one.setting), code=one.code or "refused")
            for one in turned
        ),
    )


def _would_again(code: str | None) -> bool:
    """Whether the platform would say no again; what somebody changed by hand, or what was not taken, is looked at."""
    return code not in PASSES | {"entity_missing", "external_change", "not_taken"}


def _settle_headroom(ports: Ports, ledger: Ledger, ended: ChangeSet) -> None:
    assert ended.headroom is not None
    path = paths.envelope(ended.tenant_id, ended.headroom.plan_id)
    replace = headroom.settle(read_one(ports.documents, Envelope, path), ended, ledger.manifest)
    if replace is not None:
        ledger.also(replace)


def _is_known(manifest: Manifest, ended: ChangeSet, running: Sequence[str]) -> bool:
    """Whether a pause was sent again, nothing of it was taken, and people know of all that runs on."""
    known = {name for pause in manifest.pauses if _is_of(pause, ended) for name in pause.running}
    return bool(running) and known.issuperset(running) and not any(result.landed for result in ended.results)


def _is_of(pause: Pause, ended: ChangeSet) -> bool:
    return any(pause.pause_id == proposal.proposal_id for proposal in ended.proposals)


def _pauses_left(manifest: Manifest, ended: ChangeSet, running: Sequence[str]) -> tuple[Pause, ...]:
    """The pauses less those that were lifted. What a pause itself cut short lifts none: the pause is the newer word."""
    if ended.state is ChangeSetState.PREEMPTED:
        return manifest.pauses
    landed = {result.entity_id for result in ended.results if result.landed}
    lifted = {p.lifts_pause for p in ended.proposals if p.lifts_pause and landed & set(p.entities)}
    kept = (pause for pause in manifest.pauses if pause.pause_id not in lifted)
    return tuple(pause.but(running=tuple(running)) if _is_of(pause, ended) else pause for pause in kept)


def settle(ports: Ports, track: Track, manifest: Held[Manifest]) -> Held[Manifest]:
    """Read back a change set that was cut short, now that no call of it can be under way, and record it as it is.

    Raises:
        Busy: a platform does not answer.
    """
    unsettled = manifest.value.unsettled[0]
    path = paths.change_set(track.tenant_id, unsettled.change_set_id)
    change_set = read_one(ports.documents, ChangeSet, path)
    results = _observed(ports, change_set.value, manifest.value)
    ledger = Ledger(track, manifest, ports.clock.now())
    ledger.move(unsettled=manifest.value.unsettled[1:])
    close(ports, ledger, ledger.step(change_set, ChangeSetState.PREEMPTED, results=tuple(results)))
    done = ledger.commit(ports)
    publish(ports, track.tenant_id, ledger.events)
    return done


def _observed(ports: Ports, change_set: ChangeSet, manifest: Manifest) -> list[Result]:
    """What the platforms show of a change set's changes, without writing anything."""
    results: dict[tuple[str, str], Result] = {}
    for call in calls_for(change_set, manifest):
        platform = ports.platforms(change_set.tenant_id, call.platform)
        try:
            shown = standing(platform, call.changes, manifest, ports.timeout)
        except PlatformUnavailable as error:
            raise CallUnsettled(f"change set {change_set.change_set_id} can't be read back: {error}") from error
        rows = [row or skipped(change, "not_sent") for change, row in zip(call.changes, shown, strict=True)]
        results.update(by_field(rows))
    for proposal in change_set.proposals:
        results.update(by_field(_in_ledger(proposal, results, manifest, "not_sent")))
    return _in_order(change_set, results)
