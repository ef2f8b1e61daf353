"""One tenant's message of the anomaly pause."""

from common.domain.tick import TenantTick
from common.use_cases.each_track import each_track
from common.use_cases.ports import Ports
from common.use_cases.watch import Check, Shown, watch


def watch_tracks(ports: Ports, tick: TenantTick) -> tuple[Check, ...]:
    """Check every track of the message.

    Raises:
        TracksFailed: for what may succeed when the message comes again.
    """
    shown = Shown()
    return each_track(ports, tick, lambda track, run: watch(ports, track, tick.window, run, shown))
