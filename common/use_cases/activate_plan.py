"""Make plan vN+1 the contract: immutable from that commit on, its tracks rebased, what waited against vN ended."""

from collections.abc import Mapping
from itertools import accumulate, pairwise

from common.decisions.facts import NOTHING_SPENT, Spent
from common.decisions.spend import spend_of
from common.domain import paths
from common.domain.change import Setting
from common.domain.envelope import Ceiling, Envelope
from common.domain.errors import Busy, Fault, InvalidInput, Refused
from common.domain.event import EventType
from common.domain.log_entry import EntryKind, LoggedChange
from common.domain.manifest import Entity, Manifest
from common.domain.paths import Track
from common.domain.plan import MediaPlan, PlanTrack
from common.ports.documents import Conflict, Create, Replace
from common.use_cases.ledger import Ledger, Telling
from common.use_cases.load import Held, LoadedTrack, load_track, read_one
from common.use_cases.ports import Ports
from common.use_cases.publish import publish
from common.use_cases.rest import bring_to_rest
from common.use_cases.waiting import requests_of, supersede


def activate_plan(ports: Ports, plan: MediaPlan, *, run: str) -> tuple[Manifest, ...]:
    """Activate a new version for every track whose slice it changes. Doing it again changes nothing.

    Raises:
        InvalidInput: the version does not follow the active one, or asks for what can't be; every fault is listed.
        Busy: something in flight must end first; come again.
    """
    while True:
        envelope = read_one(ports.documents, Envelope, paths.envelope(plan.tenant_id, plan.plan_id))
        if _already(ports, plan):
            return ()
        before = _version(ports, plan, envelope.value.plan_version)
        moving = _moving_tracks(ports, plan, before, run)
        _check(plan, before, moving)
        ledgers = [_rebase(ports, loaded, plan) for loaded in moving]
        try:
            return _commit(ports, plan, envelope, ledgers)
        except Conflict:
            continue


def _already(ports: Ports, plan: MediaPlan) -> bool:
    document = ports.documents.read(paths.plan(plan.tenant_id, plan.plan_id, plan.version))[0]
    if document is None:
        return False
    if document.data == plan.body():
        return True
    raise Refused(f"plan {plan.plan_id} v{plan.version} exists with other content; an approved version never changes")


def _version(ports: Ports, plan: MediaPlan, version: int) -> MediaPlan:
    return read_one(ports.documents, MediaPlan, paths.plan(plan.tenant_id, plan.plan_id, version)).value


def _moving_tracks(ports: Ports, plan: MediaPlan, before: MediaPlan, run: str) -> list[LoadedTrack]:
    old = {track.track_id: track for track in before.tracks}
    same_frame = plan.flight == before.flight
    moving: list[LoadedTrack] = []
    for piece in plan.tracks:
        if piece.track_id in old and not (same_frame and piece == old[piece.track_id]):
            track = Track(plan.tenant_id, piece.track_id)
            bring_to_rest(ports, track, load_track(ports, track).manifest, run)
            loaded = load_track(ports, track)
            if not loaded.manifest.value.at_rest:
                raise Busy(f"{piece.track_id}: a change set was put in flight meanwhile; it must end first")
            moving.append(loaded)
    return moving


def _check(plan: MediaPlan, before: MediaPlan, moving: list[LoadedTrack]) -> None:
    faults: list[Fault] = []
    if plan.version != before.version + 1:
        faults.append(Fault("version", f"must be {before.version + 1}, the one after the active version"))
    if plan.currency != before.currency:
        faults.append(Fault("currency", f"the plan has run in {before.currency}; it can't change in mid-flight"))
    known = {track.track_id for track in before.tracks}
    planned = {piece.track_id for piece in plan.tracks}
    new, gone = "is new; add the track first, then plan money for it", "is missing; a track that ends keeps a line"
    faults += [Fault(f"tracks.{track_id}", new) for track_id in sorted(planned - known)]
    faults += [Fault(f"tracks.{track_id}", gone) for track_id in sorted(known - planned)]
    for loaded in moving:
        faults += _track_faults(plan, loaded)
    if faults:
        raise InvalidInput(f"plan {plan.plan_id} v{plan.version}", faults)


def _track_faults(plan: MediaPlan, loaded: LoadedTrack) -> list[Fault]:
    manifest, piece = loaded.manifest.value, plan.slice(loaded.track.track_id)
    spent = spend_of(manifest, loaded.memory)
    faults: list[Fault] = []
    for channel, entities in _bearing(manifest).items():
        line = piece.line(channel)
        budget, least = 0 if line is None else line.budget, sum(_spent(entity, spent) for entity in entities)
        if budget < least:
            where = f"tracks.{piece.track_id}.{channel}"
            faults.append(Fault(where, f"plans {budget} micros, but up to {least} may be spent already"))
    return faults


def _bearing(manifest: Manifest) -> dict[str, list[Entity]]:
    """The entities that bear an allocation, by channel in order of its name."""
    found: dict[str, list[Entity]] = {}
    for entity in sorted(manifest.entities.values(), key=lambda entity: entity.channel):
        if entity.allocation is not None:
            found.setdefault(entity.channel, []).append(entity)
    return found


def _spent(entity: Entity, spent: Mapping[str, Spent]) -> int:
    return spent.get(entity.entity_id, NOTHING_SPENT).most


def _rebase(ports: Ports, loaded: LoadedTrack, plan: MediaPlan) -> Ledger:
    """The track's part of the commit: allocations follow the new slice; approvals that wait against vN end."""
    ledger = Ledger(loaded.track, loaded.manifest, ports.clock.now())
    for request in requests_of(ports, loaded.track):
        old = request.approval.value.plan_version
        supersede(ledger, request, f"plan v{plan.version} took the place of v{old}")
    spent = spend_of(loaded.manifest.value, loaded.memory)
    changes = rebased(loaded.manifest.value, plan.slice(loaded.track.track_id), spent)
    ledger.land(
        EntryKind.PLAN_ACTIVATED,
        Telling(
            by=plan.approved_by,
            why=f"Plan v{plan.version} is active.",
            event=EventType.PLAN_ACTIVATED,
            changes=changes,
            data={"plan_id": plan.plan_id, "digest": plan.digest},
        ),
        plan_version=plan.version,
    )
    return ledger


def rebased(manifest: Manifest, piece: PlanTrack, spent: Mapping[str, Spent]) -> tuple[LoggedChange, ...]:
    """Each channel's allocations under its new budget, to the micro; nothing for channels no longer planned.

    What is spent, or may be, stays where it was spent; what the budget leaves is shared out as the unspent money was.
    """
    changes: list[LoggedChange] = []
    for channel, entities in _bearing(manifest).items():
        line = piece.line(channel)
        floors = [_spent(entity, spent) for entity in entities]
        left = (0 if line is None else line.budget) - sum(floors)
        unspent = [max(0, (entity.allocation or 0) - floor) for entity, floor in zip(entities, floors, strict=True)]
        for entity, floor, share in zip(entities, floors, split(left, unspent), strict=True):
            if floor + share != entity.allocation:
                change = LoggedChange(
                    entity_id=entity.entity_id,
                    setting=Setting.ALLOCATION.value,
                    before=entity.allocation,
                    after=floor + share,
                )
                changes.append(change)
    return tuple(changes)


def split(total: int, weights: list[int]) -> list[int]:
    """`total` shared out by weight in whole micros that add up exactly; equally where all weights are zero."""
    if not sum(weights):
        weights = [1] * len(weights)
    marks = [total * passed // sum(weights) for passed in accumulate(weights, initial=0)]
    return [upper - lower for lower, upper in pairwise(marks)]


def _commit(ports: Ports, plan: MediaPlan, envelope: Held[Envelope], ledgers: list[Ledger]) -> tuple[Manifest, ...]:
    ceilings = {**envelope.value.ceilings}
    for piece in plan.tracks:
        if any(ledger.track.track_id == piece.track_id for ledger in ledgers):
            ceilings[piece.track_id] = ceiling_of(piece)
    total = sum(ceiling.total for ceiling in ceilings.values())
    if total > plan.master_cap:
        fault = Fault("master_cap", f"is {plan.master_cap} micros; the tracks' ceilings add up to {total}")
        raise InvalidInput(f"plan {plan.plan_id} v{plan.version}", [fault])
    rebased_envelope = envelope.value.but(plan_version=plan.version, master_cap=plan.master_cap, ceilings=ceilings)
    writes = [
        Create(paths.plan(plan.tenant_id, plan.plan_id, plan.version), plan.body()),
        Replace(paths.envelope(plan.tenant_id, plan.plan_id), rebased_envelope.body(), envelope.version),
    ]
    for ledger in ledgers:
        writes += ledger.writes()
    ports.documents.commit(*writes)
    for ledger in ledgers:
        publish(ports, plan.tenant_id, ledger.events)
    return tuple(ledger.manifest for ledger in ledgers)


def ceiling_of(piece: PlanTrack) -> Ceiling:
    """The ceiling that a plan's slice gives its track."""
    periods: dict[str, int] = {}
    for line in piece.channels:
        for period in line.periods:
            key = period.start.isoformat()
            periods[key] = periods.get(key, 0) + period.budget
    return Ceiling(total=piece.budget, periods=periods)
