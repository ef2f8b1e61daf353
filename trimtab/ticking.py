"""One pacing tick by hand, for some tracks of a tenant."""

from collections.abc import Sequence

from common.domain.errors import TrimtabError
from common.domain.paths import Track
from common.domain.tick import Cadence, window_of
from common.use_cases.pace import Tick, pace
from common.use_cases.ports import Ports
from trimtab.progress import watched


class SomeTracksFailed(TrimtabError):
    """What went wrong, track by track; the other tracks were run."""


def tick_tracks(ports: Ports, tracks: Sequence[Track]) -> tuple[list[Tick], SomeTracksFailed | None]:
    """Run each track's tick of the current window; one that fails does not stop the others."""
    window = window_of(Cadence.PACING, ports.clock.now())
    ticks: list[Tick] = []
    failures: list[str] = []
    for track in watched(tracks, len(tracks), "ticking"):
        try:
            ticks.append(pace(ports, track, window, ports.new_run()))
        except TrimtabError as error:
            failures.append(f"{track.track_id} was not run: {error}")
    return ticks, SomeTracksFailed("\n".join(failures)) if failures else None
