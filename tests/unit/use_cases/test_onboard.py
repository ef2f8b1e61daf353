"""A tenant is taken on whole or not at all."""

from datetime import UTC, datetime

import pytest

from common.domain import paths
from common.domain.errors import InvalidInput
from common.domain.log_entry import EntryKind, chain_faults
from common.domain.manifest import AT_ONCE, Manifest, Pause, PauseScope
from common.ports.documents import Conflict
from common.use_cases.configure import tenant_of
from common.use_cases.onboard import onboard
from tests.world import PLAN, World, entity, manifest, plan, tenant


def test_everything_that_a_tenant_needs_is_written_at_once() -> None:
    world = World.taken_on()
    assert tenant_of(world.ports(), "acme").approvers == tenant().approvers
    assert world.documents.body(paths.plan("acme", PLAN, 1)) == plan().body()
    assert world.envelope().free == plan().master_cap - sum(track.budget for track in plan().tracks)
    log = world.log()
    assert [entry.kind for entry in log] == [EntryKind.GENESIS]
    assert not chain_faults(log, world.manifest().log_seq, world.manifest().log_hash)


@pytest.mark.parametrize(("scope", "due"), [("search", AT_ONCE), ("nothing", None)])
def test_from_the_first_moment_a_manifest_says_when_somebody_is_to_see_to_it(scope: str, due: datetime | None) -> None:
    """A pause that comes along may cover what runs; what somebody wrote there is not believed."""
    world, since = World(), datetime(2026, 5, 1, tzinfo=UTC)
    pause = Pause(pause_id="p", scope=PauseScope.ENTITY, target=scope, reason="spend_anomaly", since=since, entities=())
    north = manifest(pauses=(pause,), due=since)
    onboard(world.ports(), tenant(), plan(), [north, manifest(track_id="south")])
    assert world.manifest().due == due


def test_a_tenant_that_exists_is_not_taken_on_again() -> None:
    world = World.taken_on()
    with pytest.raises(Conflict):
        onboard(world.ports(), tenant(), plan(), [manifest(), manifest(track_id="south")])


def test_every_fault_is_listed_and_nothing_is_written() -> None:
    world = World()
    with pytest.raises(InvalidInput) as caught:
        onboard(world.ports(), tenant(currency="USD", tracks=("north", "east")), plan(), [_odd()])
    wheres = [fault.where for fault in caught.value.faults]
    fits = ["manifests.north", "manifests.north.bing", "manifests.north.google_search", "manifests.north"]
    assert wheres == ["currency", "tracks", "manifests", *fits]
    assert not world.documents.bodies()


def _odd() -> Manifest:
    """Of another plan, in a channel that the plan lacks, over a channel's cap, and over the plan."""
    entities = [entity("search", 9000), entity("social", 4000), entity("other", 1, channel="bing", platform="bing")]
    return manifest().but(plan_id="autumn", entities={one.entity_id: one for one in entities})
