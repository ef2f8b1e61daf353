"""What the checks of one message share, so that most of them read one document and write one.

GA4's realtime shows the whole property, and platforms report by the hour. So of four checks in an hour three have
nothing to judge: they only note what realtime shows, which would be gone an hour later. The message's first track, its
keeper, keeps that for the others, and until when there is nothing to judge. It is checked last, when that is known of
all of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from common.decisions.anomaly.quarters import kept, noted, was_connected
from common.domain.calendar import HOUR
from common.domain.change import Reason
from common.domain.errors import InvalidInput
from common.domain.figures import Realtime
from common.domain.paths import Track
from common.domain.state import Rest, TrackState
from common.domain.tick import Cadence, TenantTick, is_stale
from common.ports.analytics import AnalyticsUnavailable
from common.ports.documents import Conflict, Document, Replace
from common.use_cases.load import LoadedTrack, decode
from common.use_cases.ports import Ports
from common.use_cases.remember import remember

_CADENCE = Cadence.ANOMALY_PAUSE


class Together:
    """What the tracks of one message know of each other."""

    def __init__(self, tracks: Sequence[str], keeper: Document | None = None) -> None:
        """Of these tracks; `keeper` is the first one's state as it was read, where it has any."""
        self._tracks, self._keeper = tuple(tracks), keeper
        self._dues: dict[str, datetime | None] = {}

    @property
    def in_turn(self) -> tuple[str, ...]:
        """The tracks in the order in which they are checked: the keeper last."""
        return (*self._tracks[1:], *self._tracks[:1])

    @property
    def quarters(self) -> Mapping[str, Sequence[float]]:
        """What realtime showed, as the keeper has it; a track that is checked alone has its own."""
        return {} if self._keeper is None else kept(self._keeper.data.get("watching", {}))

    def state_read(self, track: Track) -> Document | None:
        """The state of a track that was read before its check."""
        return self._keeper if self.is_kept_by(track) else None

    def is_kept_by(self, track: Track) -> bool:
        """Whether this track keeps what is shared."""
        return track.track_id == self._tracks[0]

    def checked(self, track: Track, due: datetime | None) -> None:
        """A track was checked, and its next check is due then; `None`: in any case."""
        self._dues[track.track_id] = due

    def flight_ended(self, ports: Ports, loaded: LoadedTrack, window: datetime, why: Reason) -> None:
        """A track's flight is over: nothing is due of it, but it may be the keeper."""
        self.checked(loaded.track, window + HOUR)
        if self.is_kept_by(loaded.track):
            remember(
                ports, loaded, lambda state: self.rested(loaded.track, state, window), _CADENCE, window, reasons=[why]
            )

    def rested(self, track: Track, state: TrackState, window: datetime) -> TrackState:
        """A track's state with what it keeps for the others: until when there is nothing to judge.

        That is not known where one of them failed or has to be looked at: then all are checked the next time.
        """
        if not self.is_kept_by(track):
            return state
        dues = [self._dues.get(one) for one in self._tracks]
        known = [due for due in dues if due is not None]
        whole = len(known) == len(dues)
        return state.but(rest=Rest(tracks=self._tracks, until=min(*known, window + HOUR)) if whole else None)


def is_worth_keeping(state: TrackState, window: datetime, realtime: Realtime | None, *, shared: bool) -> bool:
    """Whether a check without news is written down: every second one, or each where GA4 shows one quarter-hour back.

    Args:
        shared: the message's keeper keeps what GA4 showed: once an hour is enough, before that one forgets it.
    """
    done = state.windows.get(_CADENCE.value)
    shown = 4 if shared else 2 if realtime is None else len(realtime.quarters)
    return done is None or window - done >= shown * _CADENCE.every


def only_noted(ports: Ports, tick: TenantTick, keeper: Document | None) -> Reason | None:
    """Note what realtime shows, where there is nothing to judge, and say so; `None` where the tracks must be checked.

    It changes nothing but the keeper's state. What is out of the ordinary is left to the check of each track: a source
    that does not answer, a document that can't be read, a state that somebody wrote meanwhile.

    Args:
        keeper: the state of the message's first track, as it was read.
    """
    try:
        state = None if keeper is None else decode(TrackState, keeper)
    except InvalidInput:
        return None
    if keeper is None or state is None or not _rests(state, tick, ports.clock.now()):
        return None
    done = state.windows.get(_CADENCE.value)
    if done is not None and done >= tick.window:
        return Reason(code="window_done", measured=tick.window.isoformat(), limit=done.isoformat())
    try:
        realtime = ports.analytics(tick.tenant_id).realtime(timeout=ports.timeout)
        if (realtime is not None) != was_connected(state.watching):
            return None
        if realtime is not None and is_worth_keeping(state, tick.window, realtime, shared=False):
            windows = {**state.windows, _CADENCE.value: tick.window}
            learned = state.but(windows=windows, watching=noted(state.watching, realtime, ports.clock.now()))
            ports.documents.commit(Replace(keeper.path, learned.body(), keeper.version))
    except (AnalyticsUnavailable, Conflict):
        return None
    return Reason(code="nothing_due")


def _rests(state: TrackState, tick: TenantTick, now: datetime) -> bool:
    rest = state.rest
    return (
        rest is not None
        and rest.tracks == tick.tracks
        and now < rest.until
        and not is_stale(_CADENCE, tick.window, now)
    )
