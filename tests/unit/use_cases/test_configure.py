"""Configuration and kill switches: the epoch goes up, each track learns it, and what must not change does not."""

from dataclasses import replace

import pytest

from common.domain.change import Setting
from common.domain.errors import InvalidInput, NotFound, Refused
from common.domain.log_entry import EntryKind
from common.domain.model import parse
from common.domain.tenant import Approver, Tenant
from common.ports.documents import Document, Write
from common.use_cases.configure import configure, control_of, switch_global, switch_tenant, tenant_of
from common.use_cases.load import facts_of, load_track
from common.use_cases.queries import tenants_naming
from common.use_cases.verify import verify
from tests.fakes.documents import MemoryDocuments
from tests.world import LOOSE, World, asks, auto, euros, tenant

CY = "cy@example.com"


class MovingOnce(MemoryDocuments):
    """A store on which a track moves just before the first commit."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world, self._moved = world, False

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """As the port says."""
        return self._world.documents.read(*paths)

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """As the port says."""
        if not self._moved:
            self._moved = True
            self._world.propose(asks(self._world.wanted("social", Setting.ALLOCATION, euros(2600))))
        return self._world.documents.commit(*writes)


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


def test_what_a_tenants_own_switch_stops_stays_stopped_when_everything_is_resumed(world: World) -> None:
    switch_tenant(world.ports(), "acme", on=True, by=CY, reason="Budgets jump.")
    for on in (True, False):
        switch_global(world.ports(), on=on, by=CY, reason="All of them.")
        assert world.facts().killed
    switch_tenant(world.ports(), "acme", on=False, by=CY, reason="Mended.")
    assert not world.facts().killed


def test_a_tenant_is_stopped_whatever_state_its_tracks_are_in(world: World) -> None:
    """However many there are, too: their manifests need not fit into one commit."""
    ports = world.ports()
    assert not load_track(ports, world.track()).tenant.kill_switch.on
    world.rewrite(world.track("south").manifest, lambda _: {"broken": True})
    others = {path: body for path, body in world.documents.bodies().items() if path != "tenants/acme"}
    switch_tenant(ports, "acme", on=True, by=CY, reason="Budgets jump.")
    assert others == {path: body for path, body in world.documents.bodies().items() if path != "tenants/acme"}
    assert facts_of(ports, load_track(ports, world.track())).killed


def test_entering_and_leaving_degraded_mode_is_one_event_and_an_entry_in_each_tracks_log(world: World) -> None:
    """And no revision: nothing that is live changed."""
    for degraded in (True, True, False):
        configure(world.ports(), "acme", lambda tenant, to=degraded: tenant.but(degraded_attribution=to), by=CY)
    assert world.bus.types == ["tenant.attribution_degraded", "tenant.attribution_restored"]
    for track in ("north", "south"):
        told = world.log(track)[1:]
        assert [(entry.kind, entry.by, entry.revision) for entry in told] == [(EntryKind.NOTE, CY, None)] * 2
        assert ["GA4" in entry.why for entry in told] == [True, True]
        assert verify(world.ports(), world.track(track)).faults == ()


def test_what_changes_nothing_about_the_attribution_leaves_no_entry(world: World) -> None:
    configure(world.ports(), "acme", _renamed)
    assert [entry.kind for entry in world.log()] == [EntryKind.GENESIS]
    assert world.bus.types == []


def test_where_the_commit_does_not_happen_nothing_is_told(world: World) -> None:
    """A track that moved meanwhile is read again: one entry, one event."""
    ports = replace(world.ports(), documents=MovingOnce(world))
    configure(ports, "acme", lambda tenant: tenant.but(degraded_attribution=True))
    assert [entry.kind for entry in world.log()[1:]] == [EntryKind.PENDING, EntryKind.NOTE]
    assert world.bus.types == ["optimization.pending_approval", "tenant.attribution_degraded"]


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


def test_who_comes_or_goes_finds_the_tenant_or_does_not_from_that_commit_on() -> None:
    world = World.taken_on()
    ports = world.ports()
    assert [one.tenant_id for one in tenants_naming(ports, "vi@example.com")] == ["acme"]
    people = (Approver(email="New@Example.com"), Approver(email="none@example.com", roles=()))
    configure(ports, "acme", lambda tenant: tenant.but(approvers=people))
    assert [one.tenant_id for one in tenants_naming(ports, "new@example.com")] == ["acme"]
    assert tenants_naming(ports, "vi@example.com") == tenants_naming(ports, "none@example.com") == []


def test_a_tenants_list_of_people_can_not_say_anything_else_than_its_approvers() -> None:
    claimed = {**tenant().body(), "people": ["eve@example.com"]}
    assert parse(Tenant, claimed, "a tenant").people == tuple(sorted(one.email for one in tenant().approvers))


def test_entries_and_events_say_whether_the_tenant_was_without_ga4(world: World) -> None:
    for without in (True, False):
        world.clock.forward(hours=1)
        configure(world.ports(), "acme", lambda tenant, it=without: tenant.but(degraded_attribution=it))
        world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(91 if without else 92))))
        assert {entry.degraded for entry in world.log()[-2:]} == {without}
        assert world.bus.events[-1]["data"]["degraded"] is without
