"""The hourly pacing tick of one track: gather what is known, decide, apply, and remember why."""

from dataclasses import dataclass, replace
from datetime import datetime

from common.decisions import pacing
from common.domain.change import Proposal, Reason
from common.domain.change_set import ChangeSet, Origin
from common.domain.paths import Track
from common.domain.tick import Cadence, is_stale
from common.use_cases.emergency_pause import reinforce
from common.use_cases.load import LoadedTrack, load_track
from common.use_cases.ports import Ports
from common.use_cases.reconcile import Sight, adopt, answers, differences, look
from common.use_cases.remember import remember
from common.use_cases.rest import bring_to_rest


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick of one track came to: what was changed, and why, or why nothing was."""

    track: Track
    window: datetime
    change_sets: tuple[ChangeSet, ...] = ()
    reasons: tuple[Reason, ...] = ()


def pace(ports: Ports, track: Track, window: datetime, run: str) -> Tick:
    """Run one pacing tick. Running it again in the same window changes nothing more.

    Raises:
        Busy: somebody is applying a change set of this track; come again.
        Conflict: the track moved on meanwhile; come again.
        NotFound: there is no such track.
    """
    loaded = load_track(ports, track)
    refusal = _not_now(ports, loaded, window)
    if refusal is not None:
        return Tick(track, window, reasons=(refusal,))
    loaded = _at_rest(ports, loaded, run)
    origin = Origin(cadence=Cadence.PACING.value, window=window, by="trimtab")
    sight = look(ports, loaded.manifest.value)
    loaded, undo = _reconciled(ports, loaded, sight, origin, run)
    facts = _observed(ports, loaded)
    decided = pacing.decide(facts)
    change_sets, judgements = _answer(ports, loaded, facts, (*undo, *decided.proposals), origin, run)
    refused = [reason for one in judgements for reason in one.reasons]
    reasons = (*_out_of_sight(loaded, sight), *decided.reasons, *refused)
    remember(ports, loaded, lambda state: pacing.learned(state, facts), Cadence.PACING, window, reasons)
    return Tick(track, window, change_sets, reasons)


def _not_now(ports: Ports, loaded: LoadedTrack, window: datetime) -> Reason | None:
    now = ports.clock.now()
    if is_stale(Cadence.PACING, window, now):
        return Reason(code="stale_tick", measured=window.isoformat(), limit=now.isoformat())
    done = loaded.memory.windows.get(Cadence.PACING.value)
    if done is not None and done >= window:
        return Reason(code="window_done", measured=window.isoformat(), limit=done.isoformat())
    return None


def _at_rest(ports: Ports, loaded: LoadedTrack, run: str) -> LoadedTrack:
    """The track with nothing left over from earlier runs; the same object where there was nothing."""
    manifest = bring_to_rest(ports, loaded.track, loaded.manifest, run)
    return loaded if manifest is loaded.manifest else load_track(ports, loaded.track)


def _reconciled(
    ports: Ports, loaded: LoadedTrack, sight: Sight, origin: Origin, run: str
) -> tuple[LoadedTrack, tuple[Proposal, ...]]:
    """The track with edits by hand adopted and standing pauses enforced; and what the tenant wants put back."""
    found = differences(loaded.manifest.value, sight)
    manifest = adopt(ports, loaded, found) if found else loaded.manifest
    manifest = reinforce(ports, loaded.track, manifest, origin, run)
    if manifest is loaded.manifest:
        return loaded, ()
    return replace(loaded, manifest=manifest), answers(loaded, found)
