"""Write a track's state: what was learned, which window is done, and the day's reasons, folded."""

from collections.abc import Callable, Iterable
from datetime import datetime

from common.domain.calendar import TenantCalendar
from common.domain.change import Reason
from common.domain.state import FoldedReason, TrackState
from common.domain.tick import Cadence
from common.ports.documents import Conflict, Create, Replace
from common.use_cases.load import LoadedTrack, load_track
from common.use_cases.ports import Ports

WHOLE_TRACK = "track"
"""Stands for the entity in a reason about the whole track."""


def remember(
    ports: Ports,
    loaded: LoadedTrack,
    learn: Callable[[TrackState], TrackState],
    cadence: Cadence,
    window: datetime | None,
    reasons: Iterable[Reason],
) -> None:
    """Replace the state; where somebody else wrote it meanwhile, learn again on top of theirs.

    Args:
        window: the one that is done; a later one that is done already stays so. `None`: none is, only the reasons are
            kept.
    """
    reasons = tuple(reasons)
    while True:
        learned = learn(loaded.memory)
        day = TenantCalendar.of(loaded.tenant.time_zone).day_of(ports.clock.now())
        folded = _fold(learned, reasons, day.isoformat(), ports.clock.now())
        windows = _done(learned, cadence, window)
        state = learned.but(windows=windows, reasons=folded, reasons_day=day)
        try:
            ports.documents.commit(_write(loaded, state))
        except Conflict:
            loaded = load_track(ports, loaded.track)
            continue
        return


def _done(state: TrackState, cadence: Cadence, window: datetime | None) -> dict[str, datetime]:
    done = state.windows.get(cadence.value)
    last = max((one for one in (done, window) if one is not None), default=None)
    return state.windows if last is None else {**state.windows, cadence.value: last}


def _write(loaded: LoadedTrack, state: TrackState) -> Create | Replace:
    path = loaded.track.state
    return Create(path, state.body()) if loaded.state is None else Replace(path, state.body(), loaded.state.version)


def _fold(state: TrackState, reasons: tuple[Reason, ...], day: str, now: datetime) -> tuple[FoldedReason, ...]:
    kept = state.reasons if state.reasons_day is not None and state.reasons_day.isoformat() == day else ()
    folded = {(one.entity_id, one.reason.code): one for one in kept}
    for reason in reasons:
        key = (reason.entity_id or WHOLE_TRACK, reason.code)
        old = folded.get(key)
        first, count = (now, 0) if old is None else (old.first, old.count)
        folded[key] = FoldedReason(entity_id=key[0], reason=reason, count=count + 1, first=first, last=now)
    return tuple(folded.values())
