"""Make plan vN+1 the contract: immutable from that commit on, its tracks rebased, what waited against vN ended."""

from common.decisions.plan_checks import LiveTrack, ceilings, version_faults
from common.decisions.rebasing import rebased
from common.decisions.spend import spend_of
from common.domain import paths
from common.domain.calendar import TenantCalendar
from common.domain.envelope import Envelope
from common.domain.errors import Busy, InvalidInput, Refused
from common.domain.event import EventType
from common.domain.log_entry import EntryKind
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.plan import MediaPlan, PlanTerms
from common.domain.plan_draft import PlanDraft
from common.domain.tenant import Tenant
from common.ports.documents import Conflict, Create, Replace, Write
from common.use_cases import drafts
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
        try:
            return activate_once(ports, plan, run=run)
        except Conflict:
            continue


def activate_once(
    ports: Ports, plan: MediaPlan, *, run: str, approved: Held[PlanDraft] | None = None
) -> tuple[Manifest, ...]:
    """One attempt of it; drafts of the plan that wait end in the same commit.

    Args:
        approved: the draft that this version was, as it is to be; at the version that it was read at.

    Raises:
        InvalidInput, Busy: as for `activate_plan`.
        Conflict: something moved on meanwhile; decide again.
    """
    envelope = read_one(ports.documents, Envelope, paths.envelope(plan.tenant_id, plan.plan_id))
    if _already(ports, plan):
        return ()
    before = version_of(ports, plan, envelope.value.plan_version)
    moving = _moving_tracks(ports, plan, before, run)
    live = {one.track.track_id: live_track(one) for one in moving}
    tenant = read_one(ports.documents, Tenant, paths.tenant(plan.tenant_id)).value
    today = TenantCalendar.of(tenant.time_zone).day_of(ports.clock.now())
    faults = version_faults(plan, before, envelope.value, live, today)
    if faults:
        raise InvalidInput(f"plan {plan.plan_id} v{plan.version}", faults)
    ends = _drafts_end(ports, plan, approved)
    ledgers = [_rebase(ports, loaded, plan, approved) for loaded in moving]
    raised = envelope.value.but(
        plan_version=plan.version, master_cap=plan.master_cap, ceilings=ceilings(plan, envelope.value, live)
    )
    ports.documents.commit(
        Create(paths.plan(plan.tenant_id, plan.plan_id, plan.version), plan.body()),
        Replace(paths.envelope(plan.tenant_id, plan.plan_id), raised.body(), envelope.version),
        *ends,
        *(write for ledger in ledgers for write in ledger.writes()),
    )
    for ledger in ledgers:
        publish(ports, plan.tenant_id, ledger.events)
    return tuple(ledger.manifest for ledger in ledgers)


def _already(ports: Ports, plan: MediaPlan) -> bool:
    document = ports.documents.read(paths.plan(plan.tenant_id, plan.plan_id, plan.version))[0]
    if document is None:
        return False
    if document.data == plan.body():
        return True
    raise Refused(f"plan {plan.plan_id} v{plan.version} exists with other content; an approved version never changes")


def version_of(ports: Ports, plan: PlanTerms, version: int) -> MediaPlan:
    """Another version of a plan."""
    return read_one(ports.documents, MediaPlan, paths.plan(plan.tenant_id, plan.plan_id, version)).value


def live_track(loaded: LoadedTrack) -> LiveTrack:
    """A track as a new version is held against it."""
    manifest = loaded.manifest.value
    return LiveTrack(manifest, spend_of(manifest, loaded.memory))


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


def _drafts_end(ports: Ports, plan: MediaPlan, approved: Held[PlanDraft] | None) -> list[Write]:
    """The draft that was approved, as such; all others that wait, since they were made on a version that is over."""
    name = None if approved is None else approved.value.draft_id
    others = [one for one in drafts.pending_of(ports, plan.tenant_id, plan.plan_id) if one.value.draft_id != name]
    ends: list[Write] = [drafts.superseded(one) for one in others]
    return ends if approved is None else [drafts.write(approved.value, approved.version), *ends]


def _rebase(ports: Ports, loaded: LoadedTrack, plan: MediaPlan, approved: Held[PlanDraft] | None) -> Ledger:
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
            data={
                "plan_id": plan.plan_id,
                "digest": plan.digest,
                "draft_id": None if approved is None else approved.value.draft_id,
            },
        ),
        plan_version=plan.version,
    )
    return ledger
