"""Where a process finds GA4 and CRM: with its caller, in a served market, or nowhere yet."""

from datetime import timedelta

import pytest

from common.adapters.platforms import KNOWN
from common.bootstrap import build
from common.domain import paths
from common.domain.account import Account
from common.ports.ad_platform import PlatformUnavailable
from common.ports.connections import no_connections
from common.ports.documents import Create, Replace
from common.settings import Settings
from common.use_cases.ports import Ports
from sandbox.scenario import parse_scenario
from sandbox.tenancy import tenant_of
from sandbox.world import World
from tests.fakes.documents import MemoryDocuments
from tests.served_market import served
from tests.unit.sandbox.scenarios import scenario_file

TENANT = "june"


def found(ports: Ports) -> tuple[bool, int]:
    """Whether GA4 answers, and how many uploads the CRM has."""
    realtime = ports.analytics(TENANT).realtime(timeout=30)
    since = ports.clock.now() - timedelta(days=7)
    return realtime is not None, len(ports.crm(TENANT).uploads((), since, timeout=30))


def test_they_are_where_the_caller_says() -> None:
    world = World(parse_scenario(scenario_file()))
    settings = Settings(store="sqlite::memory:")
    ports = build(settings, clock=world, platforms=world.platforms, analytics=world.analytics, crm=world.crm)
    assert found(ports) == (True, 7)


def test_else_they_are_in_the_market_that_the_settings_name() -> None:
    with served(World(parse_scenario(scenario_file()))) as url:
        assert found(build(Settings(store="sqlite::memory:", market_url=url))) == (True, 7)


def test_else_they_are_what_the_tenant_names_and_it_names_none() -> None:
    world = World(parse_scenario(scenario_file()))
    documents = MemoryDocuments()
    documents.commit(Create(paths.tenant(TENANT), tenant_of(world.scenario).body()))
    ports = build(Settings(), documents=documents, clock=world, platforms=world.platforms)
    assert found(ports) == (False, 0)
    assert ports.check_connection is no_connections, "who brings platforms brings what looks at them"


def test_an_account_is_opened_once_and_anew_where_its_tenant_is_another() -> None:
    """So that what was verified of it, and how often it was called, is known; and a new time zone is looked at."""
    world = World(parse_scenario(scenario_file()))
    documents = MemoryDocuments()
    accounts = (
        Account(platform="google_ads", account_id="1234567890"),
        Account(platform="meta", account_id="act_42424242"),
    )
    tenant = tenant_of(world.scenario).but(accounts=accounts, ga4_property="properties/1")
    documents.commit(Create(paths.tenant(TENANT), tenant.body()))
    ports = build(Settings(), documents=documents, clock=world)
    first = [ports.platforms(TENANT, name) for name in ("google_ads", "meta")] + [ports.analytics(TENANT)]
    again = [ports.platforms(TENANT, name) for name in ("google_ads", "meta")] + [ports.analytics(TENANT)]
    assert [one is other for one, other in zip(first, again, strict=True)] == [True] * 3
    held = documents.read(paths.tenant(TENANT))[0]
    assert held is not None
    documents.commit(Replace(paths.tenant(TENANT), tenant.but(config_epoch=1).body(), held.version))
    assert ports.platforms(TENANT, "meta") is not first[1]


@pytest.mark.parametrize(("platform", "code"), [("google_ads", "account_missing"), ("bing", "unknown_platform")])
def test_a_platform_without_an_account_gives_no_answer_and_says_why(platform: str, code: str) -> None:
    world = World(parse_scenario(scenario_file()))
    documents = MemoryDocuments()
    documents.commit(Create(paths.tenant(TENANT), tenant_of(world.scenario).body()))
    ports = build(Settings(), documents=documents, clock=world)
    with pytest.raises(PlatformUnavailable) as raised:
        ports.platforms(TENANT, platform).live([], timeout=1)
    assert raised.value.trouble is not None
    assert raised.value.trouble.code == code


def test_nobody_is_told_to_name_an_account_on_a_platform_that_is_not_known() -> None:
    scenario = World(parse_scenario(scenario_file())).scenario
    ports = build(Settings(), documents=MemoryDocuments())
    assert ports.check_connection(tenant_of(scenario), "google_ads", 1) is None
    needs = ports.check_connection(tenant_of(scenario), "bing", 1)
    assert needs is not None
    assert [(one.code, one.met, one.required) for one in needs] == [("unknown_platform", False, True)]
    assert ", ".join(KNOWN) in needs[0].said
