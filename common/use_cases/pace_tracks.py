"""One tenant's pacing message."""

from common.domain.tick import TenantTick
from common.use_cases.each_track import each_track
from common.use_cases.pace import Tick, pace
from common.use_cases.ports import Ports


def pace_tracks(ports: Ports, tick: TenantTick) -> tuple[Tick, ...]:
    """Pace every track of the message.

    Raises:
        TracksFailed: for what may succeed when the message comes again.
    """
    return each_track(ports, tick, lambda track, run: pace(ports, track, tick.window, run))
