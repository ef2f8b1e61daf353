"""Configuration and kill switches: the epoch goes up, each track learns it, and what must not change does not."""

import pytest

from common.domain.errors import InvalidInput, NotFound, Refused
from common.domain.tenant import Tenant
from common.use_cases.configure import configure, control_of, switch_global, switch_tenant, tenant_of
from common.use_cases.load import load_track
from tests.world import LOOSE, World


@pytest.fixture
def world() -> World:
    return World.taken_on()


def _renamed(tenant: Tenant) -> Tenant:
    return tenant.but(name="Acme Shoes")


def test_a_change_raises_the_epoch_of_the_tenant_and_of_each_track(world: World) -> None:
    configured = configure(world.ports(), "acme", _renamed)
    assert configured.config_epoch == 1
    assert [world.manifest(track).config_epoch for track in ("north", "south")] == [1, 1]
    assert [world.manifest(track).revision for track in ("north", "south")] == [0, 0]


def test_a_process_that_remembers_the_tenant_sees_the_change_at_once(world: World) -> None:
    ports = world.ports()
    assert load_track(ports, world.track()).tenant.name == "Acme"
    configure(world.ports(), "acme", _renamed)
    assert load_track(ports, world.track()).tenant.name == "Acme Shoes"


@pytest.mark.parametrize(
    "change",
    [{"currency": "USD"}, {"time_zone": "Europe/Paris"}, {"tracks": ("north",)}, {"tenant_id": "zen"}],
    ids=str,
)
def test_what_a_running_flight_stands_on_does_not_change(world: World, change: dict[str, object]) -> None:
    with pytest.raises(Refused, match=next(iter(change))):
        configure(world.ports(), "acme", lambda tenant: tenant.but(**change))
    assert tenant_of(world.ports(), "acme").config_epoch == 0


def test_a_tenant_that_can_not_be_is_refused_with_every_fault(world: World) -> None:
    rails = LOOSE.but(shift_max_pct=-1, confidence=2)
    with pytest.raises(InvalidInput) as caught:
        configure(world.ports(), "acme", lambda tenant: tenant.but(guardrails=rails))
    assert {fault.where for fault in caught.value.faults} == {"guardrails.shift_max_pct", "guardrails.confidence"}
    assert tenant_of(world.ports(), "acme").config_epoch == 0


def test_a_tenant_that_does_not_exist_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        configure(world.ports(), "nobody", _renamed)


def test_the_global_switch_is_off_until_somebody_turns_it(world: World) -> None:
    assert not control_of(world.ports()).kill_switch.on
    for on in (True, True, False):
        switch_global(world.ports(), on=on, by="cy@example.com", reason="drill")
        assert control_of(world.ports()).kill_switch.on is on


def test_a_tenants_switch_says_who_turned_it_when_and_why(world: World) -> None:
    switch = switch_tenant(world.ports(), "acme", on=True, by="cy@example.com", reason="runaway").kill_switch
    assert (switch.on, switch.by, switch.since, switch.reason) == (True, "cy@example.com", world.clock.at, "runaway")
