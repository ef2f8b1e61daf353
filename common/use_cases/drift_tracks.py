"""One tenant's message of the daily sweep: its connections are looked at, and the drift of its tracks."""

from common.domain.tick import TenantTick
from common.use_cases.connect import look_again
from common.use_cases.drift import DriftChecked, sweep_drift
from common.use_cases.each_track import each_track
from common.use_cases.ports import Ports


def sweep_tracks(ports: Ports, tick: TenantTick) -> tuple[DriftChecked, ...]:
    """Sweep every track of the message.

    Raises:
        TracksFailed: for what may succeed when the message comes again.
    """
    swept = each_track(ports, tick, lambda track, run: sweep_drift(ports, track, tick.window, run))
    if swept:  # where no track can be worked on, there is perhaps no tenant, and that was said of each
        look_again(ports, tick.tenant_id, tick.window)
    return swept
