"""Stop spending now. An emergency pause waits for nobody: it cuts short what is in flight and goes out."""

from collections.abc import Sequence

from common.domain import paths
from common.domain.canonical import short_id
from common.domain.change import Change, OptimizationType, Proposal, Reason, Setting, Status, Verdict
from common.domain.change_set import ChangeSet, ChangeSetState, Origin, PauseIntent
from common.domain.event import EventType
from common.domain.log_entry import EntryKind
from common.domain.manifest import Entity, Manifest, Pause, Unsettled
from common.domain.paths import Track
from common.ports.documents import Conflict, Create, Replace
from common.use_cases.drive import finish
from common.use_cases.ledger import Ledger, Telling, logged
from common.use_cases.load import Held, read_one
from common.use_cases.ports import Ports
from common.use_cases.propose import in_flight


def emergency_pause(
    ports: Ports,
    track: Track,
    intent: PauseIntent,
    origin: Origin,
    why: str,
    run: str,
    evidence: dict[str, float | int | str | None] | None = None,
) -> Held[Manifest]:
    """Write the pause, then send it. One commit puts it in force, raises the epoch and preempts what is in flight.

    Asking again in the same window for the same scope changes nothing more.

    Raises:
        Busy: the pause is in force, but its calls could not be finished; they are driven on later.
        NotFound: the track does not exist.
    """
    while True:
        manifest = read_one(ports.documents, Manifest, track.manifest)
        change_set = _change_set(manifest.value, intent, origin, why, evidence or {}, ports)
        if change_set is None:
            return manifest
        ledger = Ledger(track, manifest, ports.clock.now())
        _preempt(ports, ledger)
        ledger.move(
            pauses=_in_force(manifest.value, change_set, ledger),
            in_flight=in_flight(change_set, ports, run),
            epoch=manifest.value.epoch + 1,
        )
        ledger.also(Create(paths.change_set(track.tenant_id, change_set.change_set_id), change_set.body()))
        try:
            manifest = ledger.commit(ports)
        except Conflict:
            continue
        return finish(ports, track, manifest, run)


def exposed(manifest: Manifest) -> list[Entity]:
    """Entities that a standing pause covers and that are enabled all the same."""
    return [e for e in manifest.entities.values() if e.status is Status.ENABLED and manifest.pause_over(e)]


def reinforce(ports: Ports, track: Track, manifest: Held[Manifest], origin: Origin, run: str) -> Held[Manifest]:
    """Pause again what a standing pause covers and is enabled all the same: a call that failed, or a hand that resumed.

    Raises:
        Busy: as for `emergency_pause`.
    """
    targets = exposed(manifest.value)
    if not targets:
        return manifest
    pause = manifest.value.pause_over(targets[0])
    assert pause is not None
    intent = PauseIntent(scope=pause.scope, target=pause.target, reason=pause.reason)
    return emergency_pause(ports, track, intent, origin, f"Still paused: {pause.reason}.", run)


def _change_set(
    manifest: Manifest,
    intent: PauseIntent,
    origin: Origin,
    why: str,
    evidence: dict[str, float | int | str | None],
    ports: Ports,
) -> ChangeSet | None:
    """The change set of a pause: everything enabled in any pause's scope. `None` where nothing is left to do."""
    pause_id = short_id(manifest.tenant_id, manifest.track_id, "pause", intent.scope, intent.target)
    probe = Pause(
        pause_id=pause_id,
        scope=intent.scope,
        target=intent.target,
        reason=intent.reason,
        since=ports.clock.now(),
        entities=(),
    )
    standing = any(pause.pause_id == pause_id for pause in manifest.pauses)
    enabled = [e for e in manifest.entities.values() if e.status is Status.ENABLED]
    targets = [entity for entity in enabled if probe.covers(entity) or manifest.pause_over(entity)]
    if standing and (not targets or _under_way(manifest, targets)):
        return None
    proposal = Proposal(
        proposal_id=pause_id,
        type=OptimizationType.EMERGENCY_PAUSE,
        rule=origin.cadence,
        changes=tuple(_stop(entity) for entity in targets),
        why=why,
        evidence=evidence,
        reasons=(Reason(code=intent.reason),),
    )
    now = ports.clock.now()
    nonce = f"{manifest.epoch}"
    return ChangeSet(
        change_set_id=short_id(pause_id, origin.window.isoformat(), nonce),
        tenant_id=manifest.tenant_id,
        track_id=manifest.track_id,
        plan_id=manifest.plan_id,
        plan_version=manifest.plan_version,
        origin=origin,
        verdict=Verdict.AUTO,
        state=ChangeSetState.INTENDED,
        proposals=(proposal,),
        reasons=proposal.reasons,
        pause=intent,
        created_at=now,
        updated_at=now,
    )


def _under_way(manifest: Manifest, targets: Sequence[Entity]) -> bool:
    """Whether a pause change set is in flight already: its own run (or a takeover) sends it."""
    return manifest.in_flight is not None and all(manifest.pause_over(entity) for entity in targets)


def _stop(entity: Entity) -> Change:
    return Change(
        entity_id=entity.entity_id, setting=Setting.STATUS, before=entity.status.value, after=Status.PAUSED.value
    )


def _in_force(manifest: Manifest, change_set: ChangeSet, ledger: Ledger) -> tuple[Pause, ...]:
    intent, proposal = change_set.pause, change_set.proposals[0]
    assert intent is not None
    if any(pause.pause_id == proposal.proposal_id for pause in manifest.pauses):
        return manifest.pauses
    pause = Pause(
        pause_id=proposal.proposal_id,
        scope=intent.scope,
        target=intent.target,
        reason=intent.reason,
        since=ledger.now,
        entities=proposal.entities,
    )
    return (*manifest.pauses, pause)


def _preempt(ports: Ports, ledger: Ledger) -> None:
    """Cut short what is in flight: marked, said so, and to be read back when its lease has run out."""
    flight = ledger.manifest.in_flight
    if flight is None:
        return
    path = paths.change_set(ledger.track.tenant_id, flight.change_set_id)
    held = read_one(ports.documents, ChangeSet, path)
    cut = held.value.moved(ChangeSetState.PREEMPTED, updated_at=ledger.now)
    ledger.also(Replace(path, cut.body(), held.version))
    unsettled = Unsettled(change_set_id=flight.change_set_id, settle_after=flight.lease_until)
    ledger.move(unsettled=(*ledger.manifest.unsettled, unsettled))
    ledger.record(
        EntryKind.PREEMPTED,
        Telling(
            by="trimtab",
            why="Cut short by an emergency pause.",
            change_set=cut,
            changes=logged(cut),
            event=EventType.PREEMPTED,
        ),
    )
