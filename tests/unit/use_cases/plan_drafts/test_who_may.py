"""Who may decide about a draft, and until when."""

from collections.abc import Callable

import pytest

from common.domain import paths
from common.domain.change import Setting
from common.domain.errors import NotFound, Refused
from common.domain.plan_draft import DraftState, PlanDraft
from common.domain.tenant import Approver, Role
from common.use_cases.activate_plan import activate_plan
from common.use_cases.configure import configure
from common.use_cases.plan_drafts import (
    approve_draft,
    expire_draft,
)
from tests.unit.use_cases.plan_drafts.deciding import (
    ANA,
    CY,
    DECISIONS,
    DEE,
    VI,
    Act,
    approved,
    as_it_is,
    budgets,
    edited,
    meanwhile,
    rejected,
    shifted,
    waiting,
)
from tests.world import SOUTH, World, auto, euros, plan


@pytest.mark.parametrize(
    ("by", "said"),
    [(ANA, "may not decide about the plans"), (VI, "may not decide about the plans"), ("eve@x.org", "may not decide")],
)
@pytest.mark.parametrize("act", DECISIONS)
def test_only_planners_decide(world: World, act: Act, by: str, said: str) -> None:
    before = world.documents.bodies()
    with pytest.raises(Refused, match=said) as caught:
        act(world, waiting(world), by=by)
    assert caught.value.code == "not_yours"
    assert world.documents.bodies() == before


def test_an_address_counts_in_any_case(world: World) -> None:
    assert approved(world, waiting(world), by="CY@Example.com").state is DraftState.APPROVED


def test_a_planner_approves_up_to_their_limit_and_rejects_beyond(world: World) -> None:
    limited = Approver(email=DEE, roles=(Role.PLANNER,), limit=euros(699))
    configure(world.ports(), "acme", lambda found: found.but(approvers=(limited,)))
    with pytest.raises(Refused, match=r"moves 700.00 EUR; dee@example.com may decide up to 699.00 EUR"):
        approved(world, waiting(world), by=DEE)
    assert rejected(world, waiting(world), by=DEE).draft.state is DraftState.REJECTED


@pytest.mark.parametrize("people", [1, 2])
@pytest.mark.parametrize("act", DECISIONS)
def test_a_tick_that_lands_meanwhile_takes_nobodys_answer_away(world: World, act: Act, people: int) -> None:
    draft = waiting(world)
    path = paths.plan_draft("acme", draft.draft_id)
    world.rewrite(path, lambda body: {**body, "people_needed": people})
    pace = auto(world.wanted("search", Setting.DAILY_BUDGET, euros(91)))
    world.clock.forward(minutes=1)
    meanwhile(world, lambda: world.apply(pace))
    act(world, draft)
    assert as_it_is(world, draft) != draft.but(people_needed=people)
    assert world.manifest().entities["search"].daily_budget == euros(91)


@pytest.mark.parametrize("act", DECISIONS)
def test_who_was_faster_is_said(world: World, act: Act) -> None:
    draft = waiting(world)
    meanwhile(world, lambda: rejected(world, draft, by=DEE))
    with pytest.raises(Refused, match="already rejected by dee"):
        act(world, draft)


@pytest.mark.parametrize("act", DECISIONS)
def test_what_was_shown_must_be_the_draft(world: World, act: Act) -> None:
    draft = waiting(world)
    shown = draft.but(plan=budgets(draft.plan, meta=4600))
    before = world.documents.bodies()
    with pytest.raises(Refused, match="what was shown"):
        act(world, shown)
    assert world.documents.bodies() == before


def _by_approval(world: World, draft: PlanDraft) -> None:
    approved(world, draft)


def _by_rejection(world: World, draft: PlanDraft) -> None:
    rejected(world, draft)


def _by_edit(world: World, draft: PlanDraft) -> None:
    edited(world, draft, budgets(draft.plan, meta=4600))


def _by_a_newer_one(world: World, draft: PlanDraft) -> None:
    shifted(world, 300)


def _by_time(world: World, draft: PlanDraft) -> None:
    world.clock.at = draft.expires_at


def _by_time_and_sweep(world: World, draft: PlanDraft) -> None:
    world.clock.at = draft.expires_at
    assert expire_draft(world.ports(), "acme", draft.draft_id)


def _by_activation(world: World, draft: PlanDraft) -> None:
    north = {"google_search": 6000, "meta": 4000}
    activate_plan(
        world.ports(),
        plan(version=2, budgets={"north": north, SOUTH: {"google_search": 3100, "meta": 2000}}),
        run="run",
    )


ENDS = [
    (_by_approval, "already approved by cy@example.com"),
    (_by_rejection, "already rejected by cy@example.com"),
    (_by_edit, "replaced by a newer draft"),
    (_by_a_newer_one, "replaced by a newer draft"),
    (_by_time, "expired at 2026-05-11"),
    (_by_time_and_sweep, "expired; nothing was changed"),
    (_by_activation, "replaced by a newer draft or plan version"),
]


@pytest.mark.parametrize("act", DECISIONS)
@pytest.mark.parametrize(("end", "said"), ENDS)
def test_a_draft_that_ended_is_closed(
    world: World, end: Callable[[World, PlanDraft], None], said: str, act: Act
) -> None:
    draft = waiting(world)
    end(world, draft)
    before = world.documents.bodies()
    with pytest.raises(Refused, match=said):
        act(world, draft)
    assert world.documents.bodies() == before


def test_a_draft_on_a_version_that_is_over_is_closed_though_nobody_ended_it(world: World) -> None:
    """A version became active at the very moment at which the draft was made."""
    draft = waiting(world)
    _by_activation(world, draft)
    path = paths.plan_draft("acme", draft.draft_id)
    world.rewrite(path, lambda body: {**body, "state": "pending", "superseded_by": None})
    with pytest.raises(Refused, match=r"was made on plan v1; v2 is active now") as caught:
        approved(world, draft)
    assert caught.value.code == "stale"
    assert expire_draft(world.ports(), "acme", draft.draft_id)
    assert as_it_is(world, draft).state is DraftState.SUPERSEDED


def test_there_must_be_such_a_draft(world: World) -> None:
    with pytest.raises(NotFound, match="there is no draft nothing for acme"):
        approve_draft(world.ports(), "acme", "nothing", by=CY, seen="", run="run")
