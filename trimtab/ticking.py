"""One pacing tick by hand, for some tracks of a tenant."""

from collections.abc import Sequence
from dataclasses import replace

from common.domain.errors import TrimtabError
from common.domain.paths import Track
from common.domain.tick import Cadence, window_of
from common.use_cases.pace import Tick, pace
from common.use_cases.ports import Ports
from common.use_cases.queries import change_set_of
from trimtab.progress import watched


class SomeTracksFailed(TrimtabError):
    """What went wrong, track by track; the other tracks were run."""


def tick_tracks(ports: Ports, tracks: Sequence[Track]) -> tuple[list[Tick], SomeTracksFailed | None]:
    """Run each track's tick of the current window; one that fails does not stop the others.

    Returns:
        The ticks, with what became of their change sets; and the failures, if there are any.
    """
    window = window_of(Cadence.PACING, ports.clock.now())
    ticks: list[Tick] = []
    failures: list[str] = []
    for track in watched(tracks, len(tracks), "ticking"):
        try:
            ticks.append(_as_it_ended(ports, pace(ports, track, window, ports.new_run())))
        except TrimtabError as error:
            failures.append(f"{track.track_id} was not run: {error}")
    return ticks, SomeTracksFailed("\n".join(failures)) if failures else None


def _as_it_ended(ports: Ports, tick: Tick) -> Tick:
    """A tick tells what it decided; by now that is applied, or not."""
    ended = (change_set_of(ports, tick.track.tenant_id, one.change_set_id) for one in tick.change_sets)
    return replace(tick, change_sets=tuple(ended))
