"""Where a process finds GA4 and CRM: with its caller, in a served market, or nowhere yet."""

from datetime import timedelta

from common.bootstrap import build
from common.domain import paths
from common.ports.connections import no_connections
from common.ports.documents import Create
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
