"""Name a tenant's accounts in its document, as a person wrote them down."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from common.domain.account import Account
from common.domain.account_ids import account_id, manager_id
from common.domain.errors import Fault, InvalidInput
from common.domain.performance import CRM, GA4
from common.domain.tenant import Tenant
from common.use_cases.configure import configure
from common.use_cases.ports import Ports

GOOGLE_ADS = "google_ads"


@dataclass(frozen=True, slots=True)
class Named:
    """What a person wrote; nothing where nothing is to change."""

    accounts: Mapping[str, str] = field(default_factory=dict[str, str])
    """By source: a platform's name, or `ga4`."""
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    """By platform, the secret with its credentials, where it is another than the platform's name; `crm`: HubSpot's."""
    through: str | None = None
    """The Google Ads manager account that the account is reached through."""

    def __bool__(self) -> bool:
        return bool(self.accounts or self.secrets or self.through)


def name_accounts(ports: Ports, tenant_id: str, named: Named, *, by: str = "trimtab") -> Tenant:
    """Write the accounts into the tenant; what is not named stays as it is.

    Raises:
        InvalidInput: an account can't be called so; every fault is listed and nothing is written.
        NotFound: there is no such tenant.
    """
    read = {source: account_id(source, written) for source, written in named.accounts.items()}
    manager = None if named.through is None else manager_id(named.through)
    faults = [one for one in (*read.values(), manager) if isinstance(one, Fault)]
    if faults:
        raise InvalidInput("the accounts", faults)
    changes: dict[str, dict[str, str]] = {}
    for source, one in read.items():
        changes.setdefault(source, {})["account_id"] = str(one)
    for source, secret in named.secrets.items():
        changes.setdefault(source, {})["secret"] = secret
    if manager is not None:
        changes.setdefault(GOOGLE_ADS, {})["through"] = str(manager)
    return configure(ports, tenant_id, lambda tenant: _with(tenant, changes), by=by)


def _with(tenant: Tenant, changes: Mapping[str, Mapping[str, str]]) -> Tenant:
    ga4, crm = changes.get(GA4, {}), changes.get(CRM, {})
    accounts = {one.platform: one for one in tenant.accounts}
    platforms = {source: change for source, change in changes.items() if source not in (GA4, CRM)}
    alone = [one for one, change in platforms.items() if one not in accounts and "account_id" not in change]
    if alone:
        raise InvalidInput("the accounts", [Fault(one, "name the account itself too") for one in alone])
    for platform, change in platforms.items():
        before = accounts.get(platform) or Account.model_construct(platform=platform, through=None, secret=None)
        accounts[platform] = before.but(**change)
    return tenant.but(
        accounts=tuple(accounts.values()),
        ga4_property=ga4.get("account_id", tenant.ga4_property),
        crm=tenant.crm.but(hubspot=crm["secret"]) if "secret" in crm else tenant.crm,
    )
