"""Make the draft of the next plan version from what is live: where drift is news, or because a planner wants it."""

from typing import NamedTuple

from common.decisions.access import why_not_planner
from common.decisions.drafting import Making, changed_tracks, draft_for, drafted_terms
from common.decisions.drift import marked
from common.domain import paths
from common.domain.calendar import TenantCalendar
from common.domain.change import Reason
from common.domain.drift import Direction, Drift
from common.domain.envelope import Envelope
from common.domain.errors import Refused
from common.domain.event import EventType
from common.domain.log_entry import EntryKind
from common.domain.paths import Track
from common.domain.plan import MediaPlan
from common.domain.plan_draft import DraftState, PlanDraft
from common.ports.documents import Conflict, Create
from common.use_cases import drafts
from common.use_cases.activate_plan import version_of
from common.use_cases.drift_causes import explained_now, measured, recommendations
from common.use_cases.ledger import Ledger, Telling
from common.use_cases.load import Held, LoadedTrack, load_track, read_one
from common.use_cases.ports import Ports
from common.use_cases.publish import publish
from common.use_cases.wording import drift_said


class Wish(NamedTuple):
    """Why a draft is made."""

    by: str = "trimtab"
    """Or the planner who asked for it."""
    crossing: bool = False
    """The threshold was crossed just now."""


def draft_again(ports: Ports, track: Track, *, by: str) -> PlanDraft:
    """Draft the next version from what is live because a planner wants it: the last draft ended without a yes, or the
    drift is under the threshold and they want the plan to say what is live all the same.

    Args:
        by: the planner's e-mail address, already verified.

    Returns:
        The draft; the one that waits, where it is about this track already.

    Raises:
        NotFound: there is no such track.
        Refused: not theirs to ask, or live is what the plan says; nothing was written.
    """
    by = by.lower()
    while True:
        loaded = load_track(ports, track)
        refusal = why_not_planner(loaded.tenant, by)
        if refusal is not None:
            raise refusal
        drift, manifest = measured(loaded), loaded.manifest.value
        if drift.direction is Direction.NONE:
            raise Refused(f"{track.track_id} is what plan v{manifest.plan_version} says: there is nothing to draft")
        active = active_version(ports, loaded)
        newest = drafts.newest_of(ports, track.tenant_id, manifest.plan_id, active + 1)
        if newest is not None and _answers(newest.value, track, ports):
            return newest.value
        try:
            return make_draft(ports, loaded, explained_now(ports, loaded, drift), Wish(by), active)
        except Conflict:
            continue


def _answers(draft: PlanDraft, track: Track, ports: Ports) -> bool:
    waits = draft.state is DraftState.PENDING and ports.clock.now() < draft.expires_at
    return waits and track.track_id in draft.tracks


def active_version(ports: Ports, loaded: LoadedTrack) -> int:
    """The version of the track's plan that is active; a version that left its slice as it was may be newer than its."""
    place = paths.envelope(loaded.track.tenant_id, loaded.plan.plan_id)
    return read_one(ports.documents, Envelope, place).value.plan_version


def make_draft(ports: Ports, loaded: LoadedTrack, drift: Drift, wish: Wish, active: int) -> PlanDraft:
    """Draft the next version from live state, in the place of the draft that waits: one commit with all that tells it.

    Raises:
        Conflict: the track moved on meanwhile, or another draft of the plan was made.
    """
    track, plan = loaded.track, loaded.plan
    if plan.version != active:  # the version that followed left this track's slice as it was
        plan = version_of(ports, plan, active)
    newest = drafts.newest_of(ports, track.tenant_id, plan.plan_id, active + 1)
    draft = _drafted(ports, loaded, drift, plan, newest, wish.by)
    ledger = Ledger(track, loaded.manifest, draft.created_at)
    ledger.also(Create(paths.plan_draft(track.tenant_id, draft.draft_id), draft.body()))
    if newest is not None and newest.value.state is DraftState.PENDING:
        ledger.also(drafts.superseded(newest, draft.draft_id))
    if drift.over:  # what a planner has drafted under the threshold hides no crossing
        ledger.move(drift=marked(drift, draft.draft_id, active))
    data = {
        "cause": "drift",
        "drift": drift,
        "new_crossing": wish.crossing,
        "drafted": True,
        "draft_id": draft.draft_id,
        "expires_at": draft.expires_at,
    }
    why = f"{drift_said(drift, loaded.tenant.currency)} Plan v{draft.plan.version} is drafted with what is live."
    ledger.record(
        EntryKind.RECOMMENDED,
        Telling(by=wish.by, why=why, event=EventType.REVISE_RECOMMENDED, reasons=drift_reasons(drift), data=data),
    )
    ledger.commit(ports)
    publish(ports, track.tenant_id, ledger.events)
    return draft


def _drafted(
    ports: Ports, loaded: LoadedTrack, drift: Drift, plan: MediaPlan, newest: Held[PlanDraft] | None, by: str
) -> PlanDraft:
    """The draft as it is to be. What a draft that waits says of other tracks is carried over."""
    now, track_id = ports.clock.now(), loaded.track.track_id
    waits = newest.value if newest is not None and newest.value.state is DraftState.PENDING else None
    terms = drafted_terms(
        plan,
        {track_id: loaded.manifest.value},
        TenantCalendar.of(loaded.tenant.time_zone).day_of(now),
        recommendations(ports, loaded),
        pending=None if waits is None else waits.plan,
    )
    old = {} if waits is None else waits.drift
    answered = {**{one: old[one] for one in changed_tracks(plan, terms) if one in old}, track_id: drift}
    making = Making(drafts.next_id(newest, plan.plan_id, terms.version), by, now)
    return draft_for(plan, terms, loaded.tenant.guardrails, answered, making)


def drift_reasons(drift: Drift) -> tuple[Reason, ...]:
    """Why a track is away from its plan, as codes."""
    if drift.unplanned:
        return (Reason(code="unplanned_money", measured=drift.unplanned_money),)
    return (Reason(code="drift_threshold", measured=round(100 * drift.planned_score, 4), limit=100 * drift.threshold),)
