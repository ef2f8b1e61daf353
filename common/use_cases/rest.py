"""Bring a track to rest before anything new is decided."""

from common.decisions.guardrails import judge
from common.decisions.staleness import outdated
from common.domain import paths
from common.domain.calendar import TenantCalendar
from common.domain.change import Reason, Verdict
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.envelope import Envelope
from common.domain.errors import Busy, Refused
from common.domain.event import EventType
from common.domain.log_entry import EntryKind
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.use_cases import envelope as headroom
from common.use_cases.drive import finish, settle
from common.use_cases.ledger import Ledger, Telling, logged
from common.use_cases.load import Held, LoadedTrack, facts_of, load_track, read_one
from common.use_cases.ports import Ports
from common.use_cases.propose import in_flight
from common.use_cases.publish import publish
from common.use_cases.wording import sentence


def bring_to_rest(ports: Ports, track: Track, manifest: Held[Manifest], run: str) -> Held[Manifest]:
    """Drive, settle and take from the queue until nothing is left to do now.

    Raises:
        Busy: another run holds a live lease, or something cut short can't be settled yet.
    """
    while True:
        now = manifest.value
        if now.in_flight is not None:
            manifest = finish(ports, track, manifest, run)
        elif now.unsettled:
            until = now.unsettled[0].settle_after
            if ports.clock.now() < until:
                raise Busy(f"{track.track_id}: a change set that was cut short is read back after {until}")
            manifest = settle(ports, track, manifest)
        elif now.queue:
            manifest = start_next(ports, track, run)
        else:
            return manifest


def start_next(ports: Ports, track: Track, run: str) -> Held[Manifest]:
    """Judge the first approved change set of the queue again, and put it in flight, or end it with the reason."""
    loaded = load_track(ports, track)
    manifest = loaded.manifest.value
    if manifest.in_flight is not None or not manifest.queue:
        return loaded.manifest
    path = paths.change_set(track.tenant_id, manifest.queue[0])
    held = read_one(ports.documents, ChangeSet, path)
    ledger = Ledger(track, loaded.manifest, ports.clock.now())
    ledger.move(queue=manifest.queue[1:])
    obstacles = obstacles_now(ports, loaded, held.value)
    if not obstacles:
        try:
            put_in_flight(ports, loaded, ledger, held, run)
        except Refused:
            obstacles = (Reason(code="master_cap"),)
    if obstacles:
        _give_up(ledger, held, obstacles)
    done = ledger.commit(ports)
    publish(ports, track.tenant_id, ledger.events)
    return done


def obstacles_now(ports: Ports, loaded: LoadedTrack, change_set: ChangeSet) -> tuple[Reason, ...]:
    """Why an approved change set may not go out as things stand; nothing means that it may."""
    moved = outdated(change_set.plan_version, change_set.changes, loaded.manifest.value)
    if moved:
        return moved
    facts = facts_of(ports, loaded, envelope=True)
    judged = judge(change_set.proposals, facts, decided_by=change_set.decided_by)
    blocked = [reason for one in judged if one.verdict is not Verdict.AUTO for reason in one.reasons]
    return tuple(blocked)


def put_in_flight(ports: Ports, loaded: LoadedTrack, ledger: Ledger, held: Held[ChangeSet], run: str) -> ChangeSet:
    """Intend a change set that exists: headroom taken, lease given, in the ledger's commit.

    Raises:
        Refused: the master cap leaves less than it needs.
    """
    wanted = held.value
    envelope = read_one(ports.documents, Envelope, paths.envelope(wanted.tenant_id, wanted.plan_id))
    today = TenantCalendar.of(loaded.tenant.time_zone).day_of(ledger.now)
    needed = headroom.needed(wanted, ledger.manifest, loaded.plan, envelope.value, today)
    if needed is not None:
        ledger.also(headroom.take(envelope, wanted.but(headroom=needed), wanted.tenant_id))
    change_set = ledger.step(held, ChangeSetState.INTENDED, headroom=needed)
    ledger.move(in_flight=in_flight(change_set, ports, run), epoch=ledger.manifest.epoch + 1)
    return change_set


def _give_up(ledger: Ledger, held: Held[ChangeSet], obstacles: tuple[Reason, ...]) -> None:
    ended = ledger.step(held, ChangeSetState.FAILED, reasons=obstacles)
    ledger.record(
        EntryKind.FAILED,
        Telling(
            by=", ".join(ended.decided_by),
            why=f"Approved, but no longer allowed when its turn came: {sentence(ended)}",
            change_set=ended,
            changes=logged(ended),
            reasons=obstacles,
            event=EventType.FAILED,
        ),
    )
