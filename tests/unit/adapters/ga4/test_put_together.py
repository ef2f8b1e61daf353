"""A tenant's property as the whole system opens it: by the tenant's document, with what its manifests run."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
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
from sandbox.world import World
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


@contextmanager
def taken_on() -> Generator[tuple[Conduct, Ports, World]]:
    """A tenant whose property is on this machine, and its platforms in the market."""
    world = world_of(**BUSY)
    with served(world) as server:
        ports = build(Settings(store="sqlite::memory:", servers=f"ga4={server.address}"), clock=world)
        ports = replace(ports, platforms=world.platforms)
        tenant = tenant_of(world.scenario).but(ga4_property=f"properties/{PROPERTY_ID}")
        onboard(ports, tenant, plan_of(world.scenario), manifests_of(world.scenario))
        yield server.conduct, ports, world


def degraded_after(ports: Ports, world: World, minutes: int) -> bool:
    """Whether the tenant is in degraded mode after a check so much later."""
    world.market.advance(timedelta(minutes=minutes))
    watch(ports, Track("june", "t"), window_start(world.now(), QUARTER_HOUR), ports.new_run())
    return tenant_now(ports, "june").degraded_attribution


def test_degraded_mode_follows_the_grants_and_ends_only_when_nothing_is_missing() -> None:
    """A grant that goes degrades the tenant at the next check, and one that comes back restores it.

    What the daily look finds missing does too, though realtime answers: it is not left until that is mended.
    """
    with taken_on() as (conduct, ports, world):
        degraded: list[bool] = []
        for switch in SWITCHES:
            switch(conduct, ports)
            degraded.append(degraded_after(ports, world, 60))
    assert degraded == [False, True, False, True, True, False]


def test_realtime_alone_does_not_say_that_a_key_event_is_counted_again() -> None:
    """The report by hour, asked once an hour, finds that it is none; the checks between ask realtime only."""
    with taken_on() as (conduct, ports, world):
        assert not degraded_after(ports, world, 60 * 12)
        conduct.counts_key_event = False
        found = [degraded_after(ports, world, minutes) for minutes in (60, 15, 15, 15, 15)]
        assert found == [True] * 5
        conduct.counts_key_event = True
        connect(ports, "june")
        assert not degraded_after(ports, world, 15)
