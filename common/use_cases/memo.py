"""What a process may remember between runs: tenants by their config epoch, and plan versions, which never change."""

from common.domain.plan import MediaPlan
from common.domain.tenant import Tenant


class Memo:
    """A small cache that can't go stale: a tenant is asked for at the epoch that the manifest names."""

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._tenants: dict[str, Tenant] = {}
        self._plans: dict[tuple[str, str, int], MediaPlan] = {}

    def tenant(self, tenant_id: str, config_epoch: int) -> Tenant | None:
        """The tenant as of this epoch, if remembered."""
        known = self._tenants.get(tenant_id)
        return known if known is not None and known.config_epoch == config_epoch else None

    def newest(self, tenant_id: str) -> Tenant | None:
        """The tenant as of the latest epoch that was kept, if remembered."""
        return self._tenants.get(tenant_id)

    def plan(self, tenant_id: str, plan_id: str, version: int) -> MediaPlan | None:
        """The plan version, if remembered."""
        return self._plans.get((tenant_id, plan_id, version))

    def keep(self, tenant: Tenant, plan: MediaPlan) -> None:
        """Remember both."""
        if len(self._tenants) >= self._limit or len(self._plans) >= self._limit:
            self._tenants.clear()
            self._plans.clear()
        known = self._tenants.get(tenant.tenant_id)
        if known is None or known.config_epoch <= tenant.config_epoch:  # a slow run may have read it long ago
            self._tenants[tenant.tenant_id] = tenant
        self._plans[(plan.tenant_id, plan.plan_id, plan.version)] = plan
