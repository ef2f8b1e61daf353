"""An ad account of Meta, served from a market on this machine and opened by the adapter."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from common.adapters.opening import Opening
from common.adapters.platforms import meta
from common.domain.change import Setting, Value
from common.domain.tenant import Tenant
from common.ports.ad_platform import AdPlatform, Answer, EntityRef, PlatformChange
from sandbox.scenario import parse_scenario
from sandbox.servers.meta import MetaServer, Shape, served
from sandbox.world import World
from tests.contract.ways.meta import opening_of
from tests.unit.sandbox.scenarios import channel_file, scenario_file

TIMEOUT = 20.0
BIDS: Mapping[str, Any] = {"bid": {"target": 4.0, "volume": 0.5, "efficiency": 0.5}}


@dataclass(frozen=True, slots=True)
class Account:
    """The world, its server, and the adapter."""

    world: World
    server: MetaServer
    opening: Opening
    platform: AdPlatform

    def ref(self, name: str = "t/search", kind: str = "campaign") -> EntityRef:
        """A campaign or an ad by its name in the market."""
        return EntityRef(name, self.server.external_id(name), kind)

    def ad_set(self, number: int, line: str = "t/search") -> EntityRef:
        """An ad set of a line, counted from 0."""
        return EntityRef(f"{line} {number}", self.server.objects.ad_set_id(line, number), "ad_set")

    def values(self, ref: EntityRef | None = None) -> Mapping[Setting, Value]:
        """Live settings."""
        known = ref or self.ref()
        return self.platform.live([known], timeout=TIMEOUT)[known.entity_id].values

    def write(self, *changes: tuple[EntityRef, Setting, Value]) -> tuple[Answer, ...]:
        """Write settings, whatever they are now."""
        wanted = [PlatformChange(ref, setting, None, after) for ref, setting, after in changes]
        return self.platform.apply("key", wanted, timeout=TIMEOUT)

    def set(self, setting: Setting, after: Value, ref: EntityRef | None = None) -> Answer:
        """Write one."""
        (answer,) = self.write((ref or self.ref(), setting, after))
        return answer

    def reopened(self, **tenant: Any) -> AdPlatform:
        """The same account of a tenant that is otherwise."""
        other = Tenant.model_validate(self.opening.tenant.model_dump() | tenant)
        return meta.connect(replace(self.opening, tenant=other))


@contextmanager
def account(
    *events: dict[str, Any],
    shape: Shape | None = None,
    scenario: Mapping[str, Any] | None = None,
    lock: "Lock | None" = None,
    **channel: Any,
) -> Generator[Account]:
    """An account with one campaign, `t/search`, and another, `t/social`, with a budget of its own."""
    first = channel_file(**{"platform": "meta", **channel})
    second = channel_file(channel="social", platform="meta")
    world = World(parse_scenario(scenario_file(first, second, events=events, **(scenario or {}))))
    shapes = {} if shape is None else {"t/search": shape}
    with served(world, lock, shapes=shapes) as server:
        opening = opening_of(world, server)
        yield Account(world, server, opening, meta.connect(opening))
