"""A week's flight on LinkedIn, hour by hour: what is seen a day late is neither overspent nor paused for nothing."""

from functools import cache

import pytest

from common.adapters.memory_bus import MemoryBus
from common.adapters.platforms import linkedin
from common.adapters.sqlite import SqliteDocuments
from common.bootstrap import build
from common.domain.manifest import Manifest
from common.ports.ad_platform import AdPlatform
from common.ports.journal import Silence
from common.settings import Settings
from common.use_cases.onboard import onboard
from sandbox.play import Player
from sandbox.scenario import parse_scenario
from sandbox.servers.linkedin import served
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from sandbox.world import World
from tests.contract.translated import Names, Translated
from tests.contract.way import Reached
from tests.contract.ways.linkedin import opening
from tests.unit.sandbox.scenarios import channel_file, scenario_file

PLAN = 1_400
DELAY = 33
"""Hours, as docs/connecting.md has it for a tenant in Madrid, and to spare for one in UTC."""


def late(manifest: Manifest) -> Manifest:
    """The manifest, whose entities are known to be reported so late."""
    entities = {
        name: one.but(delivery=one.delivery.but(reporting_delay_hours=DELAY)) for name, one in manifest.entities.items()
    }
    return manifest.but(entities=entities)


def played(zone: str, seed: int, *, native_cap: bool) -> Player:
    """A flight of seven days, played to its end."""
    channel = channel_file(plan_budget=PLAN, native_cap=native_cap, overdelivery=1.5, reporting_delay_hours=1)
    world = World(parse_scenario(scenario_file(channel, seed=seed, timezone=zone)))
    with served(world) as server:
        names = Names.of(world, Reached(entity_id=server.external_id), nowhere="699999999")

        @cache
        def platforms(tenant_id: str, platform: str) -> AdPlatform:
            assert tenant_id == world.scenario.name
            return Translated(linkedin.connect(opening(server, server.account_id(platform))), names)

        ports = build(
            Settings(),
            documents=SqliteDocuments(),
            bus=MemoryBus(),
            journal=Silence(),
            clock=world,
            platforms=platforms,
            analytics=world.analytics,
            crm=world.crm,
        )
        player = Player(ports, world, lambda _: True)
        onboard(
            ports, tenant_of(world.scenario), plan_of(world.scenario), tuple(map(late, manifests_of(world.scenario)))
        )
        for _ in player.hours():
            pass
    return player


@pytest.mark.parametrize(
    ("zone", "seed", "native_cap", "least"), [("UTC", 11, False, 0.9), ("Europe/Madrid", 12, True, 0.999)]
)
def test_a_flight_ends_within_its_money(zone: str, seed: int, native_cap: bool, least: float) -> None:
    """With LinkedIn's own total budget, to the end; without it some is left, since the last two days are not seen."""
    player = played(zone, seed, native_cap=native_cap)
    spent = player.world.market.true_spend("t/search")
    assert least * PLAN <= spent <= PLAN
    assert player.played.stopped == []
