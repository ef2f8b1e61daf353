"""One tenant's message of the anomaly pause."""

from typing import TYPE_CHECKING

from common.domain.paths import Track
from common.domain.tick import TenantTick
from common.use_cases.each_track import each_track, tell_once
from common.use_cases.ports import Ports
from common.use_cases.together import Together, only_noted

if TYPE_CHECKING:
    from common.use_cases.watch import Check


def watch_tracks(ports: Ports, tick: TenantTick) -> "tuple[Check, ...]":
    """Check every track of the message; none where there is nothing to judge, and what GA4 shows is only noted.

    Raises:
        TracksFailed: for what may succeed when the message comes again.
    """
    if not tick.tracks:
        return ()
    keeper = ports.documents.read(Track(tick.tenant_id, tick.tracks[0]).state)[0]
    reason = only_noted(ports, tick, keeper)
    if reason is not None:
        tell_once(ports, tick, reason)
        return ()
    from common.use_cases.watch import watch  # three messages of four have nothing to judge

    message = Together(tick.tracks, keeper)
    in_turn = tick.but(tracks=message.in_turn)
    return each_track(ports, in_turn, lambda track, run: watch(ports, track, tick.window, run, message))
