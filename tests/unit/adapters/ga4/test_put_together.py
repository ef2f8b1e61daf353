"""A tenant's property as the whole system opens it: by the tenant's document, with what its manifests run."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from common.bootstrap import build
from common.domain.calendar import QUARTER_HOUR, window_start
from common.domain.paths import Track
from common.settings import Settings
from common.use_cases.configure import tenant_of as tenant_now
from common.use_cases.connect import connect
from common.use_cases.onboard import onboard
from common.use_cases.ports import Ports
from common.use_cases.watch import watch
from sandbox.servers.ga4 import PROPERTY_ID, Conduct, served
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from tests.contract.market_rig import BUSY, world_of


def _as_it_was(conduct: Conduct, ports: Ports) -> None:
    conduct.revoked = False


def _revoked(conduct: Conduct, ports: Ports) -> None:
    conduct.revoked = True


def _another_clock(conduct: Conduct, ports: Ports) -> None:
    conduct.time_zone = "America/New_York"
    connect(ports, "june")


def _mended(conduct: Conduct, ports: Ports) -> None:
    conduct.time_zone = None
    connect(ports, "june")


SWITCHES: tuple[Callable[[Conduct, Ports], None], ...] = (
    _as_it_was,
    _revoked,
    _as_it_was,
    _another_clock,
    _as_it_was,
    _mended,
)


def test_degraded_mode_follows_the_grants_and_ends_only_when_nothing_is_missing() -> None:
    """A grant that goes degrades the tenant at the next check, and one that comes back restores it.

    What the daily look finds missing does too, though realtime answers: it is not left until that is mended.
    """
    world = world_of(**BUSY)
    with served(world) as server:
        ports = build(Settings(store="sqlite::memory:", servers=f"ga4={server.address}"), clock=world)
        ports = replace(ports, platforms=world.platforms)
        tenant = tenant_of(world.scenario).but(ga4_property=f"properties/{PROPERTY_ID}")
        onboard(ports, tenant, plan_of(world.scenario), manifests_of(world.scenario))
        degraded: list[bool] = []
        for switch in SWITCHES:
            switch(server.conduct, ports)
            world.market.advance(timedelta(hours=1))
            watch(ports, Track("june", "t"), window_start(world.now(), QUARTER_HOUR), ports.new_run())
            degraded.append(tenant_now(ports, "june").degraded_attribution)
    assert degraded == [False, True, False, True, True, False]
