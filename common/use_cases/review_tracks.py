"""One tenant's message of the deep review."""

from common.domain.tick import TenantTick
from common.use_cases.each_track import each_track
from common.use_cases.ports import Ports
from common.use_cases.review import Reviewed, review


def review_tracks(ports: Ports, tick: TenantTick) -> tuple[Reviewed, ...]:
    """Review every track of the message.

    Raises:
        TracksFailed: for what may succeed when the message comes again.
    """
    return each_track(ports, tick, lambda track, run: review(ports, track, tick.window, run))
