"""A new plan version becomes the contract: tracks rebased to the micro, the old version untouched."""

from typing import Any

import pytest

from common.domain import paths
from common.domain.change import Setting
from common.domain.change_set import ChangeSetState
from common.domain.errors import Busy, InvalidInput, Refused
from common.domain.log_entry import EntryKind
from common.domain.plan import MediaPlan
from common.use_cases.activate_plan import activate_plan
from tests.world import PLAN, World, asks, auto, euros, plan

SOUTH_AS_IT_WAS = {"google_search": 3000, "meta": 2000}


@pytest.fixture
def world() -> World:
    return World.taken_on()


def _next(north: dict[str, float] | None = None, **changes: Any) -> MediaPlan:
    budgets = {"north": north or {"google_search": 6600, "meta": 3600}, "south": SOUTH_AS_IT_WAS}
    return plan(version=2, budgets=budgets, **changes)


def test_allocations_follow_the_new_budgets_to_the_micro(world: World) -> None:
    activate_plan(world.ports(), _next(), run="run")
    manifest = world.manifest()
    assert manifest.budgets() == {"google_search": euros(6600), "meta": euros(3600)}
    assert (manifest.plan_version, manifest.revision) == (2, 1)
    assert world.log()[-1].kind is EntryKind.PLAN_ACTIVATED
    assert world.envelope().ceilings["north"].total == euros(10_200)


def test_what_is_spent_stays_where_it_was_spent(world: World) -> None:
    """Retarget has spent 1,200 of its 1,500: a budget of 60% can't take that back from it."""

    def spent(body: dict[str, Any]) -> dict[str, Any]:
        body["pacing"] = {**body["pacing"], "retarget": {"visible": euros(1190), "unseen": euros(10)}}
        return body

    world.rewrite(world.track().state, spent)
    activate_plan(world.ports(), _next({"google_search": 6000, "meta": 2400}), run="run")
    entities = world.manifest().entities
    assert (entities["retarget"].allocation or 0) >= euros(1200)
    assert world.manifest().allocated("meta") == euros(2400)


def test_a_track_whose_slice_stays_the_same_stays_as_it_is(world: World) -> None:
    activate_plan(world.ports(), _next(), run="run")
    assert (world.manifest("south").plan_version, world.manifest("south").revision) == (1, 0)


def test_activating_twice_changes_nothing_more(world: World) -> None:
    activate_plan(world.ports(), _next(), run="run")
    assert activate_plan(world.ports(), _next(), run="again") == ()
    assert world.manifest().revision == 1


def test_an_approved_version_keeps_its_bytes(world: World) -> None:
    before = world.documents.body(paths.plan("acme", PLAN, 1))
    activate_plan(world.ports(), _next(), run="run")
    with pytest.raises(Refused, match="an approved version never changes"):
        activate_plan(world.ports(), _next({"google_search": 6100, "meta": 3600}), run="run")
    assert world.documents.body(paths.plan("acme", PLAN, 1)) == before


def test_what_waits_for_a_person_ends_with_the_old_version(world: World) -> None:
    asked = world.propose(asks(world.wanted("social", Setting.ALLOCATION, euros(2600)))).change_sets[0]
    activate_plan(world.ports(), _next(), run="run")
    assert world.change_set(asked.change_set_id).state is ChangeSetState.SUPERSEDED
    assert world.bus.types[-2:] == ["optimization.superseded", "plan.activated"]


def test_what_is_in_flight_ends_under_the_old_version_first(world: World) -> None:
    flight = world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90)))).intended
    assert flight is not None
    with pytest.raises(Busy):
        activate_plan(world.ports(), _next(), run="planner")
    world.clock.forward(minutes=20)
    activate_plan(world.ports(), _next(), run="planner")
    assert [(entry.kind, entry.plan_version) for entry in world.log()[1:]] == [
        (EntryKind.APPLIED, 1),
        (EntryKind.PLAN_ACTIVATED, 2),
    ]


def test_every_fault_of_a_version_is_listed_and_nothing_is_written(world: World) -> None:
    budgets = {"north": {"google_search": 6600, "meta": 0}, "west": {"meta": 100}}
    wrong = plan(version=4, budgets=budgets, currency="USD")
    before = world.documents.bodies()
    with pytest.raises(InvalidInput) as caught:
        activate_plan(world.ports(), wrong, run="run")
    assert [fault.where for fault in caught.value.faults] == [
        "version",
        "currency",
        "tracks.west",
        "tracks.south",
        "tracks.north.meta",
    ]
    assert world.documents.bodies() == before


def test_a_cap_under_what_the_tracks_may_take_already_is_refused(world: World) -> None:
    """South keeps its ceiling of 5,000: with north's new slice it is more than the new cap."""
    with pytest.raises(InvalidInput, match="master_cap"):
        activate_plan(world.ports(), _next(master_cap=euros(15_000)), run="run")
