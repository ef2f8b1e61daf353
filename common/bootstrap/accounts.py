"""The real accounts of tenants, opened when they are first called: no client is imported before."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any, NoReturn, TypeVar, cast

from common.adapters.calls import CallFailed, Calls
from common.adapters.opening import Opening, SourceModule
from common.adapters.platforms import KNOWN, platform_module
from common.adapters.recent import Recent
from common.domain import paths
from common.domain.account import Account
from common.domain.change import Status
from common.domain.connection import Need
from common.domain.errors import SourceSilent, Unavailable
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.performance import GA4
from common.domain.tenant import Tenant
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import AdPlatform, EntityRef, PlatformUnavailable
from common.ports.analytics import Analytics, NoAnalytics
from common.ports.clock import Clock
from common.ports.documents import Documents
from common.ports.secrets import SecretMissing, Secrets
from common.use_cases.calls import ref_of
from common.use_cases.load import decode, read_one
from common.use_cases.memo import Memo

P = TypeVar("P")
MOST_OPEN, MOST_CALLED = 100, 5_000
"""Accounts that a process keeps open, each with a client (0.2 MB of Google's) and the rows of its last answers (some
MB); and those whose calls it counts (4 kB)."""


@dataclass(frozen=True)
class Accounts:
    """Opens what a tenant's document names. What an account has been asked is remembered by this process."""

    documents: Documents
    memo: Memo
    clock: Clock
    secrets: Secrets
    servers: Mapping[str, str]
    """Servers on this machine in the place of sources, by the source's name."""
    seed: int = 0
    """Of the chance in how long calls wait: another for each process."""
    _opened: Recent[tuple[str, Account], tuple[Tenant, Any]] = field(default_factory=lambda: Recent(MOST_OPEN))
    _calls: Recent[Account, Calls] = field(default_factory=lambda: Recent(MOST_CALLED))
    """By the account with its credentials: whose token is dead says nothing to who reaches it by another."""

    def platforms(self, tenant_id: str, platform: str) -> AdPlatform:
        """The tenant's account on a platform; where it has none, one that gives no answer and says why."""
        tenant = self.tenant_of(tenant_id)
        account, module = tenant.account(platform), platform_module(platform)
        if module is None:
            return cast("AdPlatform", _Silent(_unknown(platform), PlatformUnavailable))
        if account is None:
            return cast("AdPlatform", _Silent(_no_account(tenant_id, platform), PlatformUnavailable))
        return self.open(module, tenant, account)

    def analytics(self, tenant_id: str) -> Analytics:
        """The tenant's GA4 property."""
        tenant = self.tenant_of(tenant_id)
        if tenant.ga4_property is None:
            return NoAnalytics()
        return self.open(_ga4_module(), tenant, _ga4_account(tenant.ga4_property))

    def check(self, tenant: Tenant, source: str, timeout: float) -> tuple[Need, ...] | None:
        """As the port says."""
        if source == GA4:
            account, module = tenant.ga4_property and _ga4_account(tenant.ga4_property), _ga4_module()
        else:
            account, module = tenant.account(source), platform_module(source)
        if module is None:
            said = _unknown(source).said
            return (Need(code="unknown_platform", what="A platform that is known here", met=False, said=said),)
        if not account:
            return None
        return module.check(self.opening(tenant, account), timeout=timeout)

    def open(self, module: SourceModule[P], tenant: Tenant, account: Account) -> P:
        """Opened once; again where the tenant is another than it was then."""
        key = tenant.tenant_id, account
        known = self._opened.get(key)
        if known is None or known[0] != tenant:
            known = self._opened.keep(key, (tenant, module.connect(self.opening(tenant, account))))
        return known[1]

    def opening(self, tenant: Tenant, account: Account) -> Opening:
        """What an account's module is given."""
        calls = self._calls.get(account)
        if calls is None:
            named = f"{account.platform} {account.account_id}"
            calls = self._calls.first(account, Calls(named, self.clock, seed=self.seed))
        read = partial(_credentials, self.secrets, account)
        at, campaigns = self.servers.get(account.platform), partial(_campaigns, self.documents, tenant)
        return Opening(tenant, account, read, self.clock, calls, at, campaigns)

    def tenant_of(self, tenant_id: str) -> Tenant:
        """As this process knows it: whoever works on a track has just read its tenant."""
        known = self.memo.newest(tenant_id)
        return known or read_one(self.documents, Tenant, paths.tenant(tenant_id)).value


class _Silent:
    """A source without an account: every call says so."""

    def __init__(self, trouble: Trouble, error: Callable[[str, Trouble], SourceSilent]) -> None:
        self._trouble, self._error = trouble, error

    def __getattr__(self, _: str) -> Callable[..., NoReturn]:
        return self._refuse

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise self._error(self._trouble.said, self._trouble)


def _ga4_module() -> SourceModule[Analytics]:
    return cast("SourceModule[Analytics]", import_module("common.adapters.ga4"))


def _ga4_account(named: str) -> Account:
    return Account(platform=GA4, account_id=named.removeprefix("properties/"))


def _credentials(secrets: Secrets, account: Account) -> str:
    try:
        return secrets.read(account.credentials)[0]
    except SecretMissing as error:
        said = f"{error}; it holds the credentials of {account.platform} {account.account_id}"
        raise CallFailed(Trouble(TroubleKind.PERSON, "secret_missing", said)) from error
    except Unavailable as error:  # one account's silence, not the run's: a pause goes on to the others
        said = f"the credentials of {account.platform} {account.account_id} can't be read now: {error}"
        raise CallFailed(Trouble(TroubleKind.LATER, "unavailable", said)) from error


def _campaigns(documents: Documents, tenant: Tenant) -> tuple[EntityRef, ...]:
    """What bears a budget and runs, of all its tracks."""
    found = documents.read(*(Track(tenant.tenant_id, track_id).manifest for track_id in tenant.tracks))
    entities = [one for held in found if held is not None for one in decode(Manifest, held).entities.values()]
    running = [one for one in entities if one.daily_budget is not None and one.status is Status.ENABLED]
    return tuple(map(ref_of, running))


def _unknown(platform: str) -> Trouble:
    said = f"no platform is called {platform}; there are {', '.join(KNOWN)}"
    return Trouble(TroubleKind.OURS, "unknown_platform", said)


def _no_account(tenant_id: str, platform: str) -> Trouble:
    said = (
        f"{tenant_id} has no account on {platform}: name one by "
        f"`python -m trimtab connect {tenant_id} --account {platform}=ID`"
    )
    return Trouble(TroubleKind.PERSON, "account_missing", said)
