"""How far a track is from its plan: seen after each apply and once a day, told to others, drafted where it is news.

News is a new crossing of the threshold, or a material move since the last draft. The manifest remembers both the drift
that was drafted and the revision at which others were told last: whoever comes again, or at the same time, finds that.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from common.decisions.drift import Moved, compared
from common.decisions.told_figures import Figures
from common.domain.change import Reason
from common.domain.change_set import ChangeSet, Origin
from common.domain.drift import Drift
from common.domain.event import Event, EventType
from common.domain.log_entry import EntryKind
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.plan_draft import DraftState, PlanDraft
from common.domain.state import TrackState
from common.domain.tick import Cadence
from common.ports.documents import Conflict
from common.use_cases import drafts
from common.use_cases.catch_up import CaughtUp, answer, catch_up
from common.use_cases.draft_case import draft_of
from common.use_cases.drift_causes import explained_now, explained_since, measured
from common.use_cases.heard import Heard
from common.use_cases.ledger import Ledger, Telling
from common.use_cases.load import Held, LoadedTrack, facts_of, hold, load_track, read_one, tenant_and_plan
from common.use_cases.make_draft import Wish, active_version, drift_reasons, make_draft
from common.use_cases.performance import Known, record_days
from common.use_cases.ports import Ports
from common.use_cases.publish import publish
from common.use_cases.remember import remember
from common.use_cases.safeguards import check_signals, recorded_by_now
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

    @property
    def figures(self) -> Figures:
        """What whoever operates the system is told."""
        return Figures(drift_score=self.drift.score)


def drift_now(ports: Ports, track: Track) -> Drift:
    """How far a track is from its plan, and through what. Reads only.

    Raises:
        NotFound: there is no such track.
    """
    loaded = load_track(ports, track)
    return explained_now(ports, loaded, measured(loaded))


def after_event(ports: Ports, event: Event) -> DriftChecked | None:
    """Look at a track's drift after one of its events; `None` after one that moved nothing, or that was overtaken.

    Each later revision has such an event of its own, after which what is live then is looked at.

    Raises:
        NotFound: there is no such track.
    """
    if event.data.revision is None or event.type not in MOVES:
        return None
    track = Track(event.data.tenant_id, event.data.track_id)
    manifest = read_one(ports.documents, Manifest, track.manifest)
    if event.data.revision < manifest.value.revision:
        return None
    return check_drift(ports, track, _loaded(ports, track, manifest))


def check_drift(ports: Ports, track: Track, loaded: LoadedTrack | None = None) -> DriftChecked:
    """Tell others of a drift over the threshold, and draft the next version where it is news. Twice is once.

    Args:
        loaded: the track, where it was read just now.

    Raises:
        NotFound: there is no such track.
    """
    while True:
        try:
            return _checked(ports, loaded or _loaded(ports, track))
        except Conflict:
            loaded = None


def _loaded(ports: Ports, track: Track, manifest: Held[Manifest] | None = None) -> LoadedTrack:
    """The track as far as drift needs it: its state, which tells what is spent, only where it is over the threshold."""
    manifest = manifest or read_one(ports.documents, Manifest, track.manifest)
    loaded = LoadedTrack(track, manifest, None, *tenant_and_plan(ports, manifest.value))
    if not measured(loaded).over:
        return loaded
    state = ports.documents.read(track.state)[0]
    return loaded if state is None else replace(loaded, state=hold(TrackState, state, track.state))


def sweep_drift(ports: Ports, track: Track, window: datetime, run: str) -> DriftChecked:
    """The daily look: live state read and answered as in pacing's tick, days recorded, signals and drift checked.

    So an event that was lost costs a day at most. Running it again in the same window changes nothing more.

    Raises:
        Busy: somebody is applying a change set of this track; come again.
        Conflict: the track moved on meanwhile; come again.
        NotFound: there is no such track.
    """
    heard = Heard()
    ports = heard.through(ports)
    loaded = load_track(ports, track)
    refusal = not_its_turn(ports, loaded, Cadence.DRIFT, window)
    if refusal is not None:
        return DriftChecked(track, measured(loaded), Moved.UNDER, reasons=(refusal,))
    origin = Origin(cadence=Cadence.DRIFT.value, window=window, by="trimtab")
    caught = catch_up(ports, loaded, origin, run)
    loaded, change_sets, refused = _answered(ports, caught, origin, run)
    known: Known = {}
    silent = [Reason(code="source_silent", measured=name) for name in record_days(ports, loaded, known)]
    loaded, held = check_signals(ports, loaded, recorded_by_now(ports, loaded, known))
    checked = check_drift(ports, track, loaded)
    unseen = caught.out_of_sight()
    heard.looked(unseen)
    reasons = (*unseen, *silent, *heard.reasons, *refused, *held, *checked.reasons)
    remember(ports, loaded, heard.settle(ports, loaded), Cadence.DRIFT, window, reasons)
    return DriftChecked(track, checked.drift, checked.moved, checked.draft, change_sets, reasons)


def _answered(
    ports: Ports, caught: CaughtUp, origin: Origin, run: str
) -> tuple[LoadedTrack, tuple[ChangeSet, ...], tuple[Reason, ...]]:
    """The track once edits by hand are answered, with what was written down of that, and why the rest was not done."""
    loaded, undo = caught.loaded, caught.reachable(caught.undo)
    if not undo:
        return loaded, (), ()
    change_sets, refused = answer(ports, loaded, facts_of(ports, loaded), undo, origin, run)
    return load_track(ports, loaded.track), change_sets, refused


def _checked(ports: Ports, loaded: LoadedTrack) -> DriftChecked:
    track, manifest, rails = loaded.track, loaded.manifest.value, loaded.tenant.guardrails
    drift, piece = measured(loaded), loaded.plan.slice(track.track_id)
    if not drift.over:
        moved = compared(drift, manifest.drift, piece, rails)
        if moved is Moved.SETTLED and manifest.drift is not None:
            _settle(ports, loaded, manifest.drift.draft_id)
        return DriftChecked(track, drift, moved)
    active = active_version(ports, loaded)
    mark = manifest.drift if manifest.drift is not None and manifest.drift.based_on == active else None
    moved = compared(drift, mark, piece, rails)
    reasons = drift_reasons(drift)
    if mark is not None and moved is Moved.STILL:
        if mark.told != manifest.revision:
            drift = explained_since(ports, loaded, drift, mark)
            _tell(ports, loaded, drift)
        return DriftChecked(track, drift, moved, reasons=reasons)
    drift = explained_now(ports, loaded, drift)
    draft = make_draft(ports, loaded, drift, Wish(crossing=moved is Moved.CROSSED), active)
    return DriftChecked(track, drift, moved, draft, reasons=reasons)


def _settle(ports: Ports, loaded: LoadedTrack, draft_id: str) -> None:
    """The drift is over, and with it the draft that answered it alone, if it still waits as it was drafted.

    A yes to it would take live away from the plan again. What a planner wrote stays theirs to decide.
    """
    track = loaded.track
    ledger = Ledger(track, loaded.manifest, ports.clock.now())
    ledger.move(drift=None)
    held = draft_of(ports, track.tenant_id, draft_id)
    draft = held.value
    if draft.state is DraftState.PENDING and (draft.by, draft.tracks) == ("trimtab", (track.track_id,)):
        why = f"Live is close to plan v{draft.based_on} again: the draft of v{draft.plan.version} is withdrawn."
        ledger.also(drafts.superseded(held))
        data = {"draft_id": draft_id, "plan_id": draft.plan_id}
        ledger.record(EntryKind.SUPERSEDED, Telling("trimtab", why, EventType.SUPERSEDED, data=data))
    ledger.commit(ports)
    publish(ports, track.tenant_id, ledger.events)


def _tell(ports: Ports, loaded: LoadedTrack, drift: Drift) -> None:
    """Others are told of a drift that people know: an event once for each revision, no entry, no draft.

    It says what moved money, and leaves out the KPI: its records are longer than all else that the look reads.
    """
    mark = loaded.manifest.value.drift
    assert mark is not None
    ledger = Ledger(loaded.track, loaded.manifest, ports.clock.now())
    ledger.move(drift=mark.but(told=drift.revision))
    data = {"cause": "drift", "drift": drift, "draft_id": mark.draft_id}
    telling = Telling("trimtab", drift_said(drift, loaded.tenant.currency), EventType.REVISE_RECOMMENDED, data=data)
    ledger.announce(f"d{drift.revision:012}", telling)
    ledger.commit(ports)
    publish(ports, loaded.track.tenant_id, ledger.events)
