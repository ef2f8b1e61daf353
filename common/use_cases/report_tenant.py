"""One tenant's message of its daily report."""

from common.domain.report import ReportIndex
from common.domain.tick import TenantTick, is_stale
from common.use_cases.ports import Ports
from common.use_cases.report import make_report


def report_tenant(ports: Ports, tick: TenantTick) -> ReportIndex | None:
    """Make the tenant's report of the day, of all its tracks; `None` where the message comes days too late.

    Raises:
        NotFound: there is no such tenant.
        Unavailable: the object storage did not take it; the message must come again.
    """
    now = ports.clock.now()
    told = {"tenant": tick.tenant_id, "cadence": tick.cadence.value, "window": tick.window.isoformat()}
    if is_stale(tick.cadence, tick.window, now):
        ports.journal.write("stale_tick", severity="WARNING", **told)
        return None
    made = make_report(ports, tick.tenant_id)
    ports.journal.write("report", **told, report=made.report_id)
    return made
