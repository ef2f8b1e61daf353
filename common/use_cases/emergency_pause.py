"""Stop spending now. An emergency pause waits for nobody: it cuts short what is in flight and goes out."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from common.domain import paths
from common.domain.canonical import short_id
from common.domain.change import Change, OptimizationType, Proposal, Reason, Setting, Status, Verdict
from common.domain.change_set import ChangeSet, ChangeSetState, KeptInputs, Origin, PauseIntent
from common.domain.event import EventType
from common.domain.log_entry import EntryKind
from common.domain.manifest import Entity, Manifest, Pause, Unsettled
from common.domain.paths import Track
from common.ports.documents import Conflict, Create
from common.use_cases.drive import finish
from common.use_cases.ledger import Ledger, Telling, logged
from common.use_cases.load import Held, read_one
from common.use_cases.ports import Ports
from common.use_cases.propose import in_flight


class Grounds(NamedTuple):
    """What a pause was decided on."""

    evidence: dict[str, float | int | str | None] = {}
    inputs: KeptInputs | None = None


NO_GROUNDS = Grounds()


def emergency_pause(
    ports: Ports,
    track: Track,
    intent: PauseIntent,
    origin: Origin,
    why: str,
    run: str,
    grounds: Grounds = NO_GROUNDS,
) -> Held[Manifest]:
    """Write the pause, then send it. One commit puts it in force, raises the epoch and preempts what is in flight.

    Asking again for the same scope changes nothing more while it is paused, or drives on the pause that is in flight.

    Raises:
        Busy: the pause is in force, but its calls could not be finished; they are driven on later.
        NotFound: the track does not exist.
    """
    while True:
        manifest = read_one(ports.documents, Manifest, track.manifest)
        cut = _under_way(ports, manifest.value)
        pause = _pause(manifest.value, intent, ports.clock.now())
        targets = _targets(manifest.value, pause, cut)
        standing = pause in manifest.value.pauses
        if standing and not targets:
            return manifest
        if standing and cut is not None and _stops(cut.value, targets):
            return finish(ports, track, manifest, run)
        change_set = _change_set(manifest.value, pause, targets, origin, why, grounds.evidence, ports.clock.now())
        ledger = Ledger(track, manifest, ports.clock.now())
        try:
            _preempt(ledger, cut)
            ledger.move(
                pauses=manifest.value.pauses if standing else (*manifest.value.pauses, _naming(pause, targets)),
                in_flight=in_flight(change_set, ports, run),
                epoch=manifest.value.epoch + 1,
            )
            ledger.also(*_creates(change_set, grounds.inputs))
            manifest = ledger.commit(ports)
        except Conflict:
            continue
        return finish(ports, track, manifest, run)


def reinforce(ports: Ports, track: Track, manifest: Held[Manifest], origin: Origin, run: str) -> Held[Manifest]:
    """Pause again what a standing pause covers and is enabled all the same: a call that failed, or a hand that resumed.

    Raises:
        Busy: as for `emergency_pause`.
    """
    targets = manifest.value.exposed
    if not targets:
        return manifest
    pause = manifest.value.pause_over(targets[0])
    assert pause is not None
    intent = PauseIntent(scope=pause.scope, target=pause.target, reason=pause.reason)
    return emergency_pause(ports, track, intent, origin, f"Still paused: {pause.reason}.", run)


def _under_way(ports: Ports, manifest: Manifest) -> Held[ChangeSet] | None:
    if manifest.in_flight is None:
        return None
    return read_one(ports.documents, ChangeSet, paths.change_set(manifest.tenant_id, manifest.in_flight.change_set_id))


def _pause(manifest: Manifest, intent: PauseIntent, now: datetime) -> Pause:
    """The pause that stands for this scope already, or else a new one."""
    pause_id = short_id(manifest.tenant_id, manifest.track_id, "pause", intent.scope, intent.target)
    new = Pause(
        pause_id=pause_id, scope=intent.scope, target=intent.target, reason=intent.reason, since=now, entities=()
    )
    return next((one for one in manifest.pauses if one.pause_id == pause_id), new)


def _targets(manifest: Manifest, pause: Pause, cut: Held[ChangeSet] | None) -> tuple[Entity, ...]:
    """What has to be stopped: everything enabled in any pause's scope, and what is being enabled right now."""
    enabling = set[str]()
    if cut is not None and cut.value.pause is None:
        enabling = {c.entity_id for c in cut.value.changes if c.setting is Setting.STATUS and c.is_increase}
    return tuple(
        entity
        for entity in manifest.entities.values()
        if (entity.status is Status.ENABLED or entity.entity_id in enabling)
        and (manifest.covered(entity, pause) or manifest.pause_over(entity) is not None)
    )


def _stops(change_set: ChangeSet, targets: tuple[Entity, ...]) -> bool:
    """Whether a pause that is in flight stops all of these already."""
    return change_set.pause is not None and {one.entity_id for one in targets} <= {
        change.entity_id for change in change_set.changes
    }


def _naming(pause: Pause, targets: tuple[Entity, ...]) -> Pause:
    return pause.but(entities=tuple(entity.entity_id for entity in targets))


def _change_set(
    manifest: Manifest,
    pause: Pause,
    targets: tuple[Entity, ...],
    origin: Origin,
    why: str,
    evidence: dict[str, float | int | str | None],
    now: datetime,
) -> ChangeSet:
    proposal = Proposal(
        proposal_id=pause.pause_id,
        type=OptimizationType.EMERGENCY_PAUSE,
        rule=origin.cadence,
        changes=tuple(_stop(entity) for entity in targets),
        why=why,
        evidence=evidence,
        reasons=(Reason(code=pause.reason),),
    )
    return ChangeSet(
        change_set_id=short_id(pause.pause_id, origin.window.isoformat(), f"{manifest.epoch}"),
        tenant_id=manifest.tenant_id,
        track_id=manifest.track_id,
        plan_id=manifest.plan_id,
        plan_version=manifest.plan_version,
        origin=origin,
        verdict=Verdict.AUTO,
        state=ChangeSetState.INTENDED,
        proposals=(proposal,),
        reasons=proposal.reasons,
        pause=PauseIntent(scope=pause.scope, target=pause.target, reason=pause.reason),
        created_at=now,
        updated_at=now,
    )


def _creates(change_set: ChangeSet, inputs: KeptInputs | None) -> Iterator[Create]:
    """The change set, and what it was decided on."""
    if inputs is not None:
        at = change_set.decided_on(inputs)
        change_set = change_set.but(inputs=at)
        yield Create(paths.inputs(change_set.tenant_id, at.kept_as), inputs.body())
    yield Create(paths.change_set(change_set.tenant_id, change_set.change_set_id), change_set.body())


def _stop(entity: Entity) -> Change:
    """One that is only being enabled is to be found paused, or else enabled: both are fine."""
    return Change(
        entity_id=entity.entity_id,
        setting=Setting.STATUS,
        before=Status.ENABLED.value,
        after=Status.PAUSED.value,
    )


def _preempt(ledger: Ledger, cut: Held[ChangeSet] | None) -> None:
    """Cut short what is in flight: marked, said so, and to be read back when its lease has run out.

    Raises:
        Conflict: it ended since it was read.
    """
    flight = ledger.manifest.in_flight
    if flight is None or cut is None:
        return
    ended = ledger.step(cut, ChangeSetState.PREEMPTED)
    unsettled = Unsettled(change_set_id=flight.change_set_id, settle_after=flight.lease_until)
    ledger.move(unsettled=(*ledger.manifest.unsettled, unsettled))
    ledger.record(
        EntryKind.PREEMPTED,
        Telling(
            by="trimtab",
            why="Cut short by an emergency pause.",
            change_set=ended,
            changes=logged(ended),
            event=EventType.PREEMPTED,
        ),
    )
