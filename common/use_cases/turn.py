"""Whether a tick still has its turn: a window that is done is not worked through twice, and an old one not at all."""

from datetime import datetime

from common.domain.change import Reason
from common.domain.tick import Cadence, is_stale
from common.use_cases.load import LoadedTrack
from common.use_cases.ports import Ports
from common.use_cases.remember import remember


def not_its_turn(ports: Ports, loaded: LoadedTrack, cadence: Cadence, window: datetime) -> Reason | None:
    """Why a tick ends here; `None` where it has its turn. That one came too late is kept among the day's reasons."""
    now = ports.clock.now()
    if is_stale(cadence, window, now):
        stale = Reason(code="stale_tick", measured=window.isoformat(), limit=now.isoformat())
        remember(ports, loaded, lambda state: state, cadence, None, [stale])
        return stale
    done = loaded.memory.windows.get(cadence.value)
    if done is not None and done >= window:
        return Reason(code="window_done", measured=window.isoformat(), limit=done.isoformat())
    return None
