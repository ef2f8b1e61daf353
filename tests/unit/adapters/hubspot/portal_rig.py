"""A shop whose deals are in HubSpot: its portal, how it is asked, and what is known of it in the end."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from common.adapters import hubspot
from common.adapters.opening import Opening
from common.domain.account import Account
from common.domain.calendar import window_start
from common.domain.crm import CrmSource, HubSpotProperties
from common.domain.tick import Cadence, TenantTick
from common.ports.crm_pull import CrmPull
from common.use_cases.ports import Ports
from common.use_cases.pull import pull_tenant
from sandbox.servers.hubspot import Portal, served
from tests.at_once import calls
from tests.ingest_doorway import KeptJournal
from tests.ingest_world import Shop
from tests.world import NOW, tenant

NAMED = HubSpotProperties(campaign="utm_campaign_id", platform="ad_platform")
DAY = timedelta(days=1)


@dataclass
class Office:
    """One shop and its portal."""

    portal: Portal
    shop: Shop = field(
        default_factory=lambda: Shop(
            tenant=tenant().but(crm=CrmSource(hubspot="hubspot-token", hubspot_properties=NAMED))
        )
    )
    journal: KeptJournal = field(default_factory=KeptJournal)
    token: str = "pat-eu1-secret"

    @property
    def opening(self) -> Opening:
        """The portal, about to be opened."""
        account = Account(platform="hubspot", account_id="hubspot-token", secret="hubspot-token")
        clock = self.shop.clock
        return Opening(
            self.shop.tenant, account, lambda: self.token, clock, calls("hubspot", clock), self.portal.address
        )

    @property
    def crm(self) -> CrmPull:
        """The portal, opened."""
        return hubspot.connect(self.opening)

    def open(self, _: str) -> CrmPull:
        """The portal of the one tenant."""
        return self.crm

    @property
    def ports(self) -> Ports:
        """The ports of a process."""
        return replace(self.shop.ports, crm_pull=self.open, journal=self.journal)

    def win(self, deal_id: str, at: datetime = NOW - DAY, **properties: str | None) -> None:
        """A deal is won by the search campaign."""
        won: dict[str, str | None] = {
            "hs_is_closed_won": "true",
            "closedate": at.isoformat(),
            "amount": "100",
            "deal_currency_code": "EUR",
            "utm_campaign_id": "1001",
            "ad_platform": "google_ads",
        }
        self.portal.put(deal_id, at, **{**won, **properties})

    def pull(self, hours: float = 1) -> None:
        """An hour later, the tenant's tick of that hour."""
        self.shop.clock.forward(hours=hours)
        window = window_start(self.shop.clock.at, Cadence.INGEST.every)
        pull_tenant(self.ports, TenantTick(cadence=Cadence.INGEST, window=window, tenant_id="acme"))

    def sums(self) -> tuple[float, int]:
        """All conversions that are known, and their micros."""
        figures = self.shop.totals().values()
        return sum(one[0] for one in figures), sum(one[1] for one in figures)


@contextmanager
def office() -> Generator[Office]:
    """An office with an empty portal."""
    with served() as portal:
        yield Office(portal)
