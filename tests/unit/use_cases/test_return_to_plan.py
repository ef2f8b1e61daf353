"""The way back: live allocations return to the plan as far as they can, once a person has said so."""

from typing import Any

import pytest

from common.domain.approval import ApprovalState
from common.domain.change import OptimizationType, Verdict
from common.domain.change_set import ChangeSet, ChangeSetState, PauseIntent
from common.domain.errors import NotFound, Refused
from common.domain.guardrails import Mode
from common.domain.manifest import PauseScope
from common.domain.paths import Track
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.configure import configure, switch_tenant
from common.use_cases.drift import check_drift, drift_now
from common.use_cases.emergency_pause import emergency_pause
from common.use_cases.pace import pace
from common.use_cases.plan_drafts import return_to_plan
from common.use_cases.queries import waiting
from tests.world import LOOSE, World, auto, euros, origin, plan

ANA, BO, CY, VI = (f"{name}@example.com" for name in ("ana", "bo", "cy", "vi"))


@pytest.fixture
def world() -> World:
    """North has moved 700 from search to social."""
    world = World.taken_on()
    world.apply(auto(*world.shift("search", "social", 700), kind=OptimizationType.BUDGET_SHIFT))
    world.clock.forward(minutes=1)
    return world


def asked(world: World, by: str = CY) -> ChangeSet:
    found = return_to_plan(world.ports(), world.track(), by=by)
    assert found is not None
    return found


def answered(world: World, change_set: ChangeSet, by: str = ANA) -> ChangeSet:
    named = {"by": by, "seen": change_set.payload_digest}
    return approve_and_apply(world.ports(), "acme", change_set.change_set_id, **named)


def spends(world: World, **euros_by_entity: float) -> None:
    """So much is spent, all of it visible."""

    def spent(body: dict[str, Any]) -> dict[str, Any]:
        more = {name: {"visible": euros(units), "unseen": 0} for name, units in euros_by_entity.items()}
        return {**body, "pacing": {**body["pacing"], **more}}

    world.rewrite(world.track().state, spent)


def after(change_set: ChangeSet) -> dict[str, Any]:
    return {change.entity_id: change.after for change in change_set.changes}


def said(change_set: ChangeSet) -> str:
    return change_set.proposals[0].why


def test_a_person_is_asked_and_told_what_would_move(world: World) -> None:
    way = asked(world)
    assert (way.state, way.verdict, way.origin.by) == (ChangeSetState.PENDING, Verdict.NEEDS_APPROVAL, CY)
    (proposal,) = way.proposals
    assert (proposal.type, proposal.rule) == (OptimizationType.REVERT, "return_to_plan")
    assert said(way) == (
        "Back to plan v1: google_search from 5,300.00 EUR to 6,000.00 EUR; meta from 4,700.00 EUR to 4,000.00 EUR."
    )
    assert "return_to_plan" in [reason.code for reason in way.reasons]


def test_within_every_bound_it_waits_for_a_person_all_the_same(world: World) -> None:
    """A step of ten euros would go out by itself, if it were a shift."""
    world.apply(auto(*world.shift("social", "search", 690), kind=OptimizationType.BUDGET_SHIFT))
    way = asked(world)
    assert [reason.code for reason in way.reasons] == ["return_to_plan"]


def test_approved_and_paced_live_is_on_the_plan_and_the_drift_is_nothing(world: World) -> None:
    check_drift(world.ports(), world.track())
    assert answered(world, asked(world)).state is ChangeSetState.APPLIED
    world.clock.forward(hours=1)
    pace(world.ports(), world.track(), world.clock.now().replace(minute=0), "run")
    assert world.manifest().budgets() == {"google_search": euros(6000), "meta": euros(4000)}
    assert (drift_now(world.ports(), world.track()).score, return_to_plan(world.ports(), world.track(), by=CY)) == (
        0,
        None,
    )
    check_drift(world.ports(), world.track())
    assert world.manifest().drift is None


def test_asked_twice_it_is_one_request(world: World) -> None:
    first = asked(world)
    world.clock.forward(minutes=5)
    assert asked(world, by=ANA) == first
    assert [one.approval_id for one in waiting(world.ports(), "acme")] == [first.change_set_id]


def test_asked_twice_in_the_same_moment_it_is_one_request(world: World) -> None:
    assert asked(world) == asked(world)


def test_once_live_has_moved_the_request_is_made_anew(world: World) -> None:
    first = asked(world)
    world.apply(auto(*world.shift("search", "social", 200), kind=OptimizationType.BUDGET_SHIFT))
    world.clock.forward(minutes=5)
    second = asked(world)
    assert world.approval(first.change_set_id).state is ApprovalState.SUPERSEDED
    assert after(second)["search"] == euros(6000)


def test_on_the_plan_there_is_nothing_to_ask() -> None:
    assert return_to_plan(World.taken_on().ports(), Track("acme", "north"), by=CY) is None


def test_what_is_spent_stays_and_the_sentence_says_so(world: World) -> None:
    spends(world, social=3150, retarget=1450)
    way = asked(world)
    assert sum(after(way)[name] for name in ("social", "retarget")) == euros(4600)
    assert said(way).endswith(
        " google_search stays 600.00 EUR under its plan: the track's ceiling leaves no more."
        " meta stays 600.00 EUR over its plan: what is spent, or may be, can't be taken back."
    )
    assert sum(after(way).values()) == euros(10_000), "never over the track's ceiling"


def test_what_can_not_be_seen_stays(world: World) -> None:
    """Nobody knows what social has spent: it may not be lowered, and what it took can't be given back."""

    def unseen(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "pacing": {name: one for name, one in body["pacing"].items() if name != "social"}}

    world.rewrite(world.track().state, unseen)
    way = asked(world)
    assert after(way) == {"retarget": euros(800), "search": euros(6000)}


def test_a_campaign_that_overspent_keeps_what_it_has(world: World) -> None:
    spends(world, social=3300)
    assert after(asked(world)) == {"retarget": euros(800), "search": euros(6000)}


def test_nothing_that_is_paused_is_raised(world: World) -> None:
    intent = PauseIntent(scope=PauseScope.CHANNEL, target="google_search", reason="spend_anomaly")
    emergency_pause(world.ports(), world.track(), intent, origin("anomaly_pause"), "Spend ran away.", "pauser")
    way = asked(world)
    assert (set(after(way)), sum(after(way).values())) == ({"social", "retarget"}, euros(4000))
    assert said(way).endswith("google_search stays 700.00 EUR under its plan: a pause stands over it.")
    answered(world, way)
    assert world.manifest().budgets() == {"google_search": euros(5300), "meta": euros(4000)}


def test_a_line_without_a_campaign_can_not_be_reached() -> None:
    budgets = {
        "north": {"google_search": 6000, "meta": 4000, "tiktok": 1000},
        "south": {"google_search": 3000, "meta": 2000},
    }
    world = World.taken_on(of=plan(budgets=budgets))
    with pytest.raises(Refused, match=r"tiktok stays 1,000.00 EUR under its plan: nothing live bears a budget there"):
        return_to_plan(world.ports(), world.track(), by=CY)
    assert waiting(world.ports(), "acme") == []


def test_where_the_guardrails_stand_in_the_way_it_is_refused_and_nothing_is_written(world: World) -> None:
    switch_tenant(world.ports(), "acme", on=True, by=CY, reason="Stop.")
    before = world.documents.bodies()
    with pytest.raises(Refused, match="a kill switch is on"):
        asked(world)
    assert world.documents.bodies() == before


def test_where_undoing_is_only_tried_out_nobody_is_asked(world: World) -> None:
    configure(world.ports(), "acme", lambda found: found.but(guardrails=LOOSE.but(mode={"revert": Mode.SHADOW})))
    assert asked(world).state is ChangeSetState.SHADOWED
    assert waiting(world.ports(), "acme") == []


def test_only_who_decides_may_ask(world: World) -> None:
    with pytest.raises(Refused, match="may not decide for Acme"):
        asked(world, by=VI)
    with pytest.raises(NotFound):
        return_to_plan(world.ports(), Track("acme", "west"), by=CY)


def test_who_approves_it_answers_for_the_money(world: World) -> None:
    with pytest.raises(Refused, match=r"bo@example.com may decide up to 200.00 EUR"):
        answered(world, asked(world), by=BO)
