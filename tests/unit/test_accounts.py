"""What a process keeps of accounts: how much, whose, and what it makes of a secret that can't be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from common.adapters.calls import CallFailed
from common.adapters.opening import Opening
from common.adapters.recent import Recent
from common.bootstrap.accounts import MOST_CALLED, MOST_OPEN, Accounts
from common.domain import paths
from common.domain.account import Account
from common.domain.connection import Need
from common.domain.errors import Unavailable
from common.domain.tenant import Tenant
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import EntityRef, PlatformUnavailable
from common.ports.documents import Create
from common.ports.secrets import Secrets
from common.use_cases.memo import Memo
from sandbox.scenario import parse_scenario
from sandbox.tenancy import plan_of, tenant_of
from sandbox.world import World
from tests.fakes.documents import MemoryDocuments
from tests.unit.sandbox.scenarios import scenario_file

WORLD = World(parse_scenario(scenario_file()))
NUMBER = "500000001"
TOKEN_DEAD = CallFailed(Trouble(TroubleKind.PERSON, "token_expired", "the token of the secret one is dead"))


class Down:
    """Secrets that nobody can read now."""

    def read(self, name: str) -> tuple[str, ...]:
        raise Unavailable(f"the secret {name}: Secret Manager does not answer")


@dataclass
class Counted:
    """A source's module that counts what it opens."""

    opened: list[str] = field(default_factory=list[str])

    def connect(self, opening: Opening) -> object:
        self.opened.append(opening.tenant.tenant_id)
        return object()

    def check(self, opening: Opening, *, timeout: float) -> tuple[Need, ...]:
        return ()


def linkedin(secret: str | None = None) -> Account:
    return Account(platform="linkedin", account_id=NUMBER, secret=secret)


def tenant(name: str, *accounts: Account, epoch: int = 0) -> Tenant:
    return tenant_of(WORLD.scenario).but(tenant_id=name, accounts=accounts, config_epoch=epoch)


def accounts_of(*tenants: Tenant, secrets: Secrets | None = None, memo: Memo | None = None) -> Accounts:
    documents, nowhere = MemoryDocuments(), dict[str, str]()
    documents.commit(*(Create(paths.tenant(one.tenant_id), one.body()) for one in tenants))
    servers: Mapping[str, str] = nowhere
    return Accounts(documents, memo or Memo(), WORLD, secrets or Down(), servers)


@pytest.mark.parametrize(
    "account",
    [linkedin(), Account(platform="meta", account_id="act_1"), Account(platform="google_ads", account_id="1234567890")],
)
def test_a_secret_that_cannot_be_read_now_is_that_accounts_silence_and_not_the_runs(account: Account) -> None:
    """A pause goes on to the other platforms."""
    platform = accounts_of(tenant("one", account)).platforms("one", account.platform)
    with pytest.raises(PlatformUnavailable) as silent:
        platform.live([EntityRef("search", "1", "campaign")], timeout=0.2)
    assert silent.value.trouble is not None
    assert (silent.value.trouble.kind, silent.value.trouble.code) == (TroubleKind.LATER, "unavailable")


@pytest.mark.parametrize(("others", "heard"), [(linkedin("other"), False), (linkedin("one"), True)])
def test_a_dead_token_closes_the_account_to_those_who_reach_it_by_the_same_credentials(
    others: Account, heard: bool
) -> None:
    """And tells nobody else what another tenant's secret is called."""
    one, other = tenant("one", linkedin("one")), tenant("other", others)
    accounts = accounts_of(one, other)

    def dead(_: float) -> Any:
        raise TOKEN_DEAD

    with pytest.raises(CallFailed):
        accounts.opening(one, linkedin("one")).calls.read(dead, lambda _: None, timeout=1)
    theirs = accounts.opening(other, others).calls
    if heard:
        with pytest.raises(CallFailed, match="is left alone until"):
            theirs.read(lambda _: "yes", lambda _: None, timeout=1)
    else:
        assert theirs.read(lambda _: "yes", lambda _: None, timeout=1) == "yes"


def test_of_a_hundred_thousand_tenants_only_those_that_were_met_lately_stay_open() -> None:
    accounts, module = accounts_of(), Counted()
    for number in range(MOST_OPEN + 1):
        accounts.open(module, tenant(f"t{number}"), linkedin())
    last, first = tenant(f"t{MOST_OPEN}"), tenant("t0")
    accounts.open(module, last, linkedin())
    assert len(module.opened) == MOST_OPEN + 1
    accounts.open(module, first, linkedin())
    assert module.opened[-1] == "t0"
    assert MOST_CALLED > MOST_OPEN, "what an account was called is known for longer than it stays open"


def test_what_was_used_lately_is_kept() -> None:
    recent = Recent[str, int](2)
    for key, value in (("a", 1), ("b", 2)):
        assert recent.first(key, value) == value
    assert (recent.first("a", 9), recent.keep("c", 3)) == (1, 3)
    assert [recent.get(key) for key in "abc"] == [1, None, 3]
    recent.forget("a")
    assert recent.get("a") is None


def test_a_slow_run_that_read_its_tenant_long_ago_does_not_open_the_account_of_then() -> None:
    memo, plan = Memo(), plan_of(WORLD.scenario)
    old, new = (
        Account(platform="linkedin", account_id="500000001"),
        Account(platform="linkedin", account_id="500000002"),
    )
    memo.keep(tenant("one", new, epoch=2), plan)
    memo.keep(tenant("one", old, epoch=1), plan)
    accounts = accounts_of(memo=memo)
    assert accounts.tenant_of("one").account("linkedin") == new
