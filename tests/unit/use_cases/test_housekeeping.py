"""What runs that died left behind is swept up: events, approvals, leases, queues."""

import pytest

from common.domain.approval import ApprovalState
from common.domain.change import OptimizationType, Setting
from common.domain.errors import Unavailable
from common.domain.plan_draft import DraftState
from common.use_cases.drift import check_drift
from common.use_cases.drive import finish
from common.use_cases.housekeeping import Swept, sweep
from common.use_cases.plan_drafts import draft_of, drafts_waiting
from tests.world import World, asks, auto, euros


@pytest.fixture
def world() -> World:
    return World.taken_on()


def _sweep(world: World) -> Swept:
    return sweep(world.ports(), "acme", run="sweeper")


def test_a_tenant_at_rest_needs_nothing(world: World) -> None:
    assert _sweep(world) == Swept(published=0, expired=0, driven=(), busy=())


def test_events_that_were_left_over_go_out_once(world: World) -> None:
    proposed = world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    world.bus.down = True
    with pytest.raises(Unavailable):
        finish(world.ports(), world.track(), proposed.manifest, "run")
    world.bus.down = False
    assert _sweep(world).published == 1
    assert _sweep(world).published == 0
    assert world.bus.types == ["optimization.applied"]


def test_a_live_lease_is_left_alone_and_one_that_ran_out_is_driven_to_its_end(world: World) -> None:
    world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    assert _sweep(world).busy == ("north",)
    world.clock.forward(minutes=20)
    assert _sweep(world).driven == ("north",)
    assert world.manifest().entities["search"].daily_budget == euros(90)


def test_approvals_expire_when_their_time_is_over(world: World) -> None:
    asked = world.propose(asks(world.wanted("social", Setting.ALLOCATION, euros(2600)))).change_sets[0]
    assert _sweep(world).expired == 0
    world.clock.forward(hours=73)
    assert _sweep(world).expired == 1
    assert world.approval(asked.change_set_id).state is ApprovalState.EXPIRED


def test_drafts_of_the_plan_expire_when_their_time_is_over(world: World) -> None:
    world.apply(auto(*world.shift("search", "social", 700), kind=OptimizationType.BUDGET_SHIFT))
    check_drift(world.ports(), world.track())
    (draft,) = drafts_waiting(world.ports(), "acme")
    assert _sweep(world).expired == 0
    world.clock.at = draft.expires_at
    assert _sweep(world).expired == 1
    assert draft_of(world.ports(), "acme", draft.draft_id).value.state is DraftState.EXPIRED
    assert _sweep(world).expired == 0
