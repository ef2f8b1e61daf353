"""The CRMs of tenants: what was told of them, HubSpot where it is asked, and what their connection needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, cast

from common.adapters.opening import SourceModule
from common.bootstrap.accounts import Accounts
from common.domain.account import Account
from common.domain.calendar import TenantCalendar
from common.domain.connection import Need
from common.domain.errors import NotFound
from common.domain.performance import CRM
from common.domain.tenant import Tenant
from common.ports.crm import Crm
from common.ports.crm_pull import CrmPull
from common.ports.keys import Keys

if TYPE_CHECKING:
    from common.adapters.stored_crm import Rates, StoredCrm

HUBSPOT, GOOGLE_ADS = "hubspot", "google_ads"


@dataclass(frozen=True)
class CrmAccounts:
    """Opens what a tenant's document says of its CRM."""

    accounts: Accounts
    keys: Keys

    def crm(self, tenant_id: str) -> Crm:
        """The tenant's CRM, as it told us."""
        return self._stored(self.accounts.tenant_of(tenant_id))

    def pull(self, tenant_id: str) -> CrmPull:
        """The tenant's HubSpot.

        Raises:
            NotFound: it has none.
        """
        tenant = self.accounts.tenant_of(tenant_id)
        account = _portal(tenant)
        if account is None:
            raise NotFound(f"{tenant_id} has no CRM that is asked")
        return self.accounts.open(_hubspot(), tenant, account)

    def check(self, tenant: Tenant, source: str, timeout: float) -> tuple[Need, ...] | None:
        """As the port says, of any source."""
        if source != CRM:
            return self.accounts.check(tenant, source, timeout)
        if not tenant.crm.is_used:
            return None
        from common.adapters.crm_check import CrmCheck

        looked_at = CrmCheck(tenant, self._stored(tenant), self.keys, self.accounts.secrets, self.accounts.clock)
        account = _portal(tenant)
        if account is None:
            return looked_at.needs(timeout)
        opening = self.accounts.opening(tenant, account)
        return (*_hubspot().check(opening, timeout=timeout), *looked_at.needs(timeout))

    def _stored(self, tenant: Tenant) -> "StoredCrm":
        from common.adapters.stored_crm import StoredCrm  # pacing never asks a CRM

        return StoredCrm(tenant, self.accounts.documents, self.keys, self.accounts.clock, self._rates(tenant))

    def _rates(self, tenant: Tenant) -> "Rates":
        """How Google Ads took what was uploaded to it, where the tenant has an account there."""
        from common.adapters.stored_crm import no_rates

        account = tenant.account(GOOGLE_ADS)
        if account is None:
            return no_rates
        day_of = TenantCalendar.of(tenant.time_zone).day_of

        def rates(since: datetime, timeout: float) -> Mapping[date, float]:
            from common.adapters.platforms.google_ads import upload_summaries

            found = upload_summaries(self.accounts.opening(tenant, account), since, timeout)
            known = {day_of(one.at - timedelta(microseconds=1)): one for one in found}
            ended = {day: (one.successful, one.total - one.pending) for day, one in known.items()}
            return {day: well / count for day, (well, count) in ended.items() if count > 0}

        return rates


def _portal(tenant: Tenant) -> Account | None:
    """The tenant's portal, called as its token is: whoever shares one shares its limits."""
    secret = tenant.crm.hubspot
    return None if secret is None else Account(platform=HUBSPOT, account_id=secret[:100], secret=secret)


def _hubspot() -> SourceModule[CrmPull]:
    return cast("SourceModule[CrmPull]", import_module("common.adapters.hubspot"))
