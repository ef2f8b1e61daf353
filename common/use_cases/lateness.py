"""How late a tenant's work begins, from the minute in which its root tick was sent: its slot's."""

from common.domain.tick import TenantTick
from common.use_cases.ports import Ports

LATE_SECONDS = 300.0
"""From here on a message is late."""


def late_seconds(ports: Ports, tick: TenantTick) -> float | None:
    """Seconds since the message was due; `None` where it does not say when."""
    if tick.due is None:
        return None
    return round(max(0.0, (ports.clock.now() - tick.due).total_seconds()), 1)


def tell_if_late(ports: Ports, tick: TenantTick) -> None:
    """Tell of a message that begins over five minutes late."""
    late = late_seconds(ports, tick)
    if late is not None and late > LATE_SECONDS:
        ports.journal.write(
            "tick_late",
            severity="WARNING",
            cadence=tick.cadence.value,
            tenant=tick.tenant_id,
            window=tick.window.isoformat(),
            late_seconds=late,
        )
