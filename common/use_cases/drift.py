"""How far a track is from its plan: seen after each apply and once a day, told to others, drafted where it is news.

News is a new crossing of the threshold, or a material move since the last draft. The manifest remembers both the drift
that was drafted and the revision at which others were told last: whoever comes again, or at the same time, finds that.
"""

from dataclasses import dataclass
from datetime import datetime

from common.decisions.drafting import Making, changed_tracks, draft_for, drafted_terms
from common.decisions.drift import Moved, compared, drift_of, marked
from common.decisions.spend import spend_of
from common.domain import paths
from common.domain.calendar import TenantCalendar
from common.domain.change import Reason
from common.domain.change_set import ChangeSet, Origin
from common.domain.drift import Drift
from common.domain.envelope import Envelope
from common.domain.event import Event, EventType
from common.domain.log_entry import EntryKind
from common.domain.paths import Track
from common.domain.plan import MediaPlan
from common.domain.plan_draft import DraftState, PlanDraft
from common.domain.tick import Cadence
from common.ports.documents import Conflict, Create
from common.use_cases import drafts
from common.use_cases.activate_plan import version_of
from common.use_cases.catch_up import answer, catch_up
from common.use_cases.drift_causes import explained_now, recommendations
from common.use_cases.ledger import Ledger, Telling
from common.use_cases.load import Held, LoadedTrack, facts_of, load_track, read_one
from common.use_cases.performance import record_days
from common.use_cases.ports import Ports
from common.use_cases.publish import publish
from common.use_cases.remember import remember
from common.use_cases.turn import not_its_turn
from common.use_cases.wording import drift_said

MOVES = frozenset({EventType.APPLIED, EventType.PREEMPTED, EventType.EXTERNAL_CHANGE, EventType.PLAN_ACTIVATED})
"""Events of revisions that may have moved an allocation, or after which others are told again of a drift."""


@dataclass(frozen=True, slots=True)
class DriftChecked:
    """What one look at a track's drift came to."""

    track: Track
    drift: Drift
    moved: Moved
    draft: PlanDraft | None = None
    """The draft of the next version that was made."""
    change_sets: tuple[ChangeSet, ...] = ()
    """What the sweep wrote down about edits by hand."""
    reasons: tuple[Reason, ...] = ()


def drift_now(ports: Ports, track: Track) -> Drift:
    """How far a track is from its plan, and through what. Reads only.

    Raises:
        NotFound: there is no such track.
    """
    loaded = load_track(ports, track)
    return explained_now(ports, loaded, _drift(loaded))


def after_event(ports: Ports, event: Event) -> DriftChecked | None:
    """Look at a track's drift after one of its events; `None` after one that moved nothing.

    Raises:
        NotFound: there is no such track.
    """
    if event.data.revision is None or event.type not in MOVES:
        return None
    return check_drift(ports, Track(event.data.tenant_id, event.data.track_id))


def check_drift(ports: Ports, track: Track) -> DriftChecked:
    """Tell others of a drift over the threshold, and draft the next version where it is news. Twice is once.

    Raises:
        NotFound: there is no such track.
    """
    while True:
        try:
            return _checked(ports, load_track(ports, track))
        except Conflict:
            continue


def sweep_drift(ports: Ports, track: Track, window: datetime, run: str) -> DriftChecked:
    """The daily look: live state read and answered as in pacing's tick, days recorded, drift checked.

    So an event that was lost costs a day at most. Running it again in the same window changes nothing more.

    Raises:
        Busy: somebody is applying a change set of this track; come again.
        Conflict: the track moved on meanwhile; come again.
        NotFound: there is no such track.
    """
    loaded = load_track(ports, track)
    refusal = not_its_turn(ports, loaded, Cadence.DRIFT, window)
    if refusal is not None:
        return DriftChecked(track, _drift(loaded), Moved.UNDER, reasons=(refusal,))
    origin = Origin(cadence=Cadence.DRIFT.value, window=window, by="trimtab")
    caught = catch_up(ports, loaded, origin, run)
    facts = facts_of(ports, caught.loaded)
    change_sets, refused = answer(ports, caught.loaded, facts, caught.reachable(caught.undo), origin, run)
    silent = (Reason(code="source_silent", measured=name) for name in record_days(ports, caught.loaded))
    checked = check_drift(ports, track)
    reasons = (*caught.out_of_sight(), *silent, *refused, *checked.reasons)
    remember(ports, load_track(ports, track), lambda state: state, Cadence.DRIFT, window, reasons)
    return DriftChecked(track, checked.drift, checked.moved, checked.draft, change_sets, reasons)


def _drift(loaded: LoadedTrack) -> Drift:
    manifest = loaded.manifest.value
    piece = loaded.plan.slice(loaded.track.track_id)
    return drift_of(manifest, piece, loaded.tenant.guardrails, spend_of(manifest, loaded.memory))


def _checked(ports: Ports, loaded: LoadedTrack) -> DriftChecked:
    track, manifest, rails = loaded.track, loaded.manifest.value, loaded.tenant.guardrails
    drift, piece = _drift(loaded), loaded.plan.slice(track.track_id)
    if not drift.over:
        moved = compared(drift, manifest.drift, piece, rails)
        if moved is Moved.SETTLED and manifest.drift is not None:
            ledger = Ledger(track, loaded.manifest, ports.clock.now())
            ledger.move(drift=None)
            ledger.commit(ports)
        return DriftChecked(track, drift, moved)
    active = read_one(ports.documents, Envelope, paths.envelope(track.tenant_id, manifest.plan_id)).value.plan_version
    mark = manifest.drift if manifest.drift is not None and manifest.drift.based_on == active else None
    moved = compared(drift, mark, piece, rails)
    reasons = _reasons(drift)
    if mark is not None and moved is Moved.STILL:
        if mark.told != manifest.revision:
            drift = explained_now(ports, loaded, drift)
            _tell(ports, loaded, drift)
        return DriftChecked(track, drift, moved, reasons=reasons)
    drift = explained_now(ports, loaded, drift)
    return DriftChecked(track, drift, moved, _draft(ports, loaded, drift, moved, active), reasons=reasons)


def _tell(ports: Ports, loaded: LoadedTrack, drift: Drift) -> None:
    """Others are told of a drift that people know: an event once for each revision, no entry, no draft."""
    mark = loaded.manifest.value.drift
    assert mark is not None
    ledger = Ledger(loaded.track, loaded.manifest, ports.clock.now())
    ledger.move(drift=mark.but(told=drift.revision))
    data = {"cause": "drift", "drift": drift, "draft_id": mark.draft_id}
    telling = Telling("trimtab", drift_said(drift, loaded.tenant.currency), EventType.REVISE_RECOMMENDED, data=data)
    ledger.announce(f"d{drift.revision:012}", telling)
    ledger.commit(ports)
    publish(ports, loaded.track.tenant_id, ledger.events)


def _draft(ports: Ports, loaded: LoadedTrack, drift: Drift, moved: Moved, active: int) -> PlanDraft:
    """Draft the next version from live state, in the place of the draft that waits: one commit with all that tells it.

    Raises:
        Conflict: the track moved on meanwhile, or another draft of the plan was made.
    """
    track, plan = loaded.track, loaded.plan
    if plan.version != active:  # the version that followed left this track's slice as it was
        plan = version_of(ports, plan, active)
    newest = drafts.newest_of(ports, track.tenant_id, plan.plan_id, active + 1)
    draft = _drafted(ports, loaded, drift, plan, newest)
    ledger = Ledger(track, loaded.manifest, draft.created_at)
    ledger.also(Create(paths.plan_draft(track.tenant_id, draft.draft_id), draft.body()))
    if newest is not None and newest.value.state is DraftState.PENDING:
        ledger.also(drafts.superseded(newest, draft.draft_id))
    ledger.move(drift=marked(drift, draft.draft_id, active))
    data = {
        "cause": "drift",
        "drift": drift,
        "new_crossing": moved is Moved.CROSSED,
        "drafted": True,
        "draft_id": draft.draft_id,
        "expires_at": draft.expires_at,
    }
    why = f"{drift_said(drift, loaded.tenant.currency)} Plan v{draft.plan.version} is drafted with what is live."
    ledger.record(
        EntryKind.RECOMMENDED,
        Telling(by="trimtab", why=why, event=EventType.REVISE_RECOMMENDED, reasons=_reasons(drift), data=data),
    )
    ledger.commit(ports)
    publish(ports, track.tenant_id, ledger.events)
    return draft


def _drafted(
    ports: Ports, loaded: LoadedTrack, drift: Drift, plan: MediaPlan, newest: Held[PlanDraft] | None
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
    making = Making(drafts.next_id(newest, plan.plan_id, terms.version), "trimtab", now)
    return draft_for(plan, terms, loaded.tenant.guardrails, answered, making)


def _reasons(drift: Drift) -> tuple[Reason, ...]:
    if drift.unplanned:
        return (Reason(code="unplanned_money", measured=drift.unplanned_money),)
    return (Reason(code="drift_threshold", measured=round(100 * drift.planned_score, 4), limit=100 * drift.threshold),)
