"""Degraded mode follows whether GA4 is connected: entered and left for a whole tenant, at once for all its tracks."""

from common.domain import paths
from common.domain.connection import Connection, ConnectionState
from common.domain.performance import GA4
from common.domain.tenant import Tenant
from common.use_cases.configure import configure, tenant_of
from common.use_cases.load import decode
from common.use_cases.ports import Ports


def follow_ga4(ports: Ports, tenant: Tenant, *, connected: bool) -> bool:
    """Enter degraded mode where GA4 is not connected, leave it where it is.

    It is not left while something that GA4 needs is known to be missing: that it answers a question is not enough where
    its days are another clock's, or its key event is none.

    Args:
        tenant: as it was read; whoever else followed meanwhile was first.
        connected: what GA4 itself answered. That it does not answer says nothing.

    Returns whether the tenant is another now than it was read.
    """
    missing = not connected
    if missing == tenant.degraded_attribution or (connected and _is_broken(ports, tenant)):
        return False
    if missing != tenant_of(ports, tenant.tenant_id).degraded_attribution:
        configure(ports, tenant.tenant_id, lambda now: now.but(degraded_attribution=missing))
    return True


def _is_broken(ports: Ports, tenant: Tenant) -> bool:
    path = paths.connection(tenant.tenant_id, GA4)
    found = ports.documents.read(path)[0]
    return found is not None and decode(Connection, found).state is ConnectionState.BROKEN
