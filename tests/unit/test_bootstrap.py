"""Where a process finds GA4 and CRM: with its caller, in a served market, or nowhere yet."""

from datetime import timedelta

from common.bootstrap import build
from common.settings import Settings
from common.use_cases.ports import Ports
from sandbox.scenario import parse_scenario
from sandbox.world import World
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


def test_else_they_are_not_connected() -> None:
    world = World(parse_scenario(scenario_file()))
    assert found(build(Settings(store="sqlite::memory:"), clock=world, platforms=world.platforms)) == (False, 0)
