"""A flight of a week whose only platform is LinkedIn, played on its server through its adapter."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

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
from sandbox.servers.linkedin import LinkedInServer, served
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from sandbox.world import World
from tests.contract.translated import Names, Translated
from tests.contract.way import Reached
from tests.contract.ways.linkedin import opening
from tests.unit.sandbox.scenarios import channel_file, scenario_file

PLAN = 1_400
DELAY = 33
"""Hours, as docs/connecting.md has it for a tenant in Madrid, and to spare for one in UTC."""


@dataclass(frozen=True, slots=True)
class LinkedInFlight:
    """Who plays it, and on what."""

    player: Player
    server: LinkedInServer


@contextmanager
def linkedin_flight(
    *events: dict[str, Any], zone: str = "UTC", seed: int = 11, native_cap: bool = False
) -> Generator[LinkedInFlight]:
    """A flight of seven days in its first hour."""
    channel = channel_file(plan_budget=PLAN, native_cap=native_cap, overdelivery=1.5, reporting_delay_hours=1)
    world = World(parse_scenario(scenario_file(channel, seed=seed, timezone=zone, events=events)))
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
        manifests = tuple(map(_late, manifests_of(world.scenario)))
        onboard(ports, tenant_of(world.scenario), plan_of(world.scenario), manifests)
        yield LinkedInFlight(Player(ports, world, lambda _: True), server)


def _late(manifest: Manifest) -> Manifest:
    """The manifest, whose entities are known to be reported so late."""
    entities = {
        name: one.but(delivery=one.delivery.but(reporting_delay_hours=DELAY)) for name, one in manifest.entities.items()
    }
    return manifest.but(entities=entities)
