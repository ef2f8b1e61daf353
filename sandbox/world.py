"""A scenario being played: its market, the market's clock, and its sources behind the ports that real ones use."""

from datetime import datetime

from common.domain.connection import Need
from common.domain.errors import NotFound
from common.domain.tenant import Tenant
from common.ports.ad_platform import AdPlatform
from common.ports.analytics import Analytics
from common.ports.crm import Crm
from sandbox.analytics import SandboxAnalytics
from sandbox.connections import needs_of
from sandbox.crm import SandboxCrm
from sandbox.market import Market
from sandbox.platform import SandboxPlatform
from sandbox.scenario import Scenario


class World:
    """One scenario's world. It is its own clock: the market's instant is now."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.market = Market(scenario)

    def now(self) -> datetime:
        """The market's instant."""
        return self.market.now

    def platforms(self, tenant_id: str, platform: str) -> AdPlatform:
        """The tenant's account on a platform.

        Raises:
            NotFound: the scenario is another tenant's.
        """
        self._must_be_of(tenant_id)
        return SandboxPlatform(self.market, platform)

    def analytics(self, tenant_id: str) -> Analytics:
        """The tenant's GA4 property.

        Raises:
            NotFound: the scenario is another tenant's.
        """
        self._must_be_of(tenant_id)
        return SandboxAnalytics(self.market)

    def crm(self, tenant_id: str) -> Crm:
        """The tenant's CRM.

        Raises:
            NotFound: the scenario is another tenant's.
        """
        self._must_be_of(tenant_id)
        return SandboxCrm(self.market)

    def check(self, tenant: Tenant, source: str, timeout: float) -> tuple[Need, ...] | None:
        """All that a source of the tenant needs.

        Raises:
            NotFound: the scenario is another tenant's.
        """
        self._must_be_of(tenant.tenant_id)
        return needs_of(self.market, source)

    @property
    def over(self) -> bool:
        """Whether the flight has ended."""
        return self.market.now >= self.market.end

    def _must_be_of(self, tenant_id: str) -> None:
        if tenant_id != self.scenario.name:
            raise NotFound(f"this market belongs to {self.scenario.name}, not to {tenant_id}")
