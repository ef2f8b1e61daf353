"""A person's decision: by somebody who may, in time, once, about exactly what they saw, if it is still allowed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from common.domain import paths
from common.domain.approval import Approval, ApprovalState
from common.domain.change import OptimizationType, Setting, Status, Value
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.errors import NotFound, Refused
from common.domain.log_entry import EntryKind
from common.domain.tenant import Approver, Role
from common.use_cases.activate_plan import activate_plan
from common.use_cases.approvals import approve, expire, reject
from common.use_cases.configure import configure, switch_tenant
from common.use_cases.rest import bring_to_rest
from tests.world import LOOSE, NOW, World, asks, auto, euros, plan, tenant

ANA, BO, CY, VI = (f"{name}@example.com" for name in ("ana", "bo", "cy", "vi"))


@pytest.fixture
def world() -> World:
    return World.taken_on()


@pytest.fixture
def strict() -> World:
    """A tenant for whom two people decide from a tenth of a track's allocation on."""
    return World.taken_on(guardrails=LOOSE.but(two_approvers_pct=10))


def _asked(world: World, *raises: tuple[str, float]) -> Approval:
    """Ask to allocate so many euros to each of these."""
    wanted = [world.wanted(name, Setting.ALLOCATION, euros(units)) for name, units in raises or (("social", 2600),)]
    done = world.propose(*(asks(change) for change in wanted), window=world.clock.now())
    return world.approval(done.change_sets[0].change_set_id)


def _asked_for_more_a_day(world: World) -> Approval:
    done = world.propose(asks(world.wanted("search", Setting.DAILY_BUDGET, euros(140))))
    return world.approval(done.change_sets[0].change_set_id)


def _approve(world: World, approval: Approval, by: str = ANA, **others: Any) -> ChangeSet:
    seen = {"seen": approval.payload_digest, "run": "run", **others}
    return approve(world.ports(), "acme", approval.approval_id, by=by, **seen)


def _rest(world: World) -> None:
    bring_to_rest(world.ports(), world.track(), world.loaded().manifest, "run")


def test_an_approved_change_is_put_in_flight_and_applied_in_the_persons_name(world: World) -> None:
    approval = _asked(world)
    decided = _approve(world, approval)
    assert decided.state is ChangeSetState.INTENDED
    assert world.envelope().held, "its headroom is taken"
    _rest(world)
    assert world.manifest().entities["social"].allocation == euros(2600)
    assert world.envelope().ceilings["north"].total == euros(10_100)
    assert not world.envelope().held
    assert [entry.kind for entry in world.log()[-2:]] == [EntryKind.APPROVED, EntryKind.APPLIED]
    assert world.log()[-1].by == ANA


def test_the_same_person_in_other_letters_is_the_same_person(strict: World) -> None:
    approval = _asked(strict, ("social", 3000), ("retarget", 2000))
    assert _approve(strict, approval, ANA).state is ChangeSetState.PENDING
    with pytest.raises(Refused, match="second, different person"):
        _approve(strict, approval, "Ana@Example.com")
    assert _approve(strict, approval, CY).decided_by == (ANA, CY)


def test_both_people_must_approve_the_same_part(strict: World) -> None:
    approval = _asked(strict, ("social", 3000), ("retarget", 2000))
    _approve(strict, approval, ANA, proposals=_names(strict, approval)[:1])
    with pytest.raises(Refused, match="another part"):
        _approve(strict, approval, CY)


@pytest.mark.parametrize(
    ("by", "said"),
    [("eve@elsewhere.com", "may not decide"), (VI, "may not decide"), (BO, "may decide up to")],
    ids=["a stranger", "a viewer", "over their limit"],
)
def test_who_may_not_decide_is_refused(world: World, by: str, said: str) -> None:
    approval = _asked(world, ("social", 2900))
    with pytest.raises(Refused, match=said):
        _approve(world, approval, by)
    assert world.approval(approval.approval_id).decisions == ()


def test_a_person_who_was_taken_off_the_list_may_not_decide(world: World) -> None:
    approval = _asked(world)
    configure(world.ports(), "acme", lambda found: found.but(approvers=tenant().approvers[1:]))
    with pytest.raises(Refused, match="may not decide"):
        _approve(world, approval, ANA)


def _without(name: str) -> tuple[Approver, ...]:
    return tuple(one for one in tenant().approvers if one.email != name)


def _only_looking(name: str) -> tuple[Approver, ...]:
    return (*_without(name), Approver(email=name, roles=(Role.VIEWER,)))


def _with_less(name: str) -> tuple[Approver, ...]:
    return (*_without(name), Approver(email=name, limit=euros(1)))


@pytest.mark.parametrize("rest", [_without, _only_looking, _with_less])
def test_a_yes_of_somebody_who_may_not_decide_any_more_does_not_count(
    strict: World, rest: Callable[[str], tuple[Approver, ...]]
) -> None:
    """The second yes is the first then, and the log says why; a third person's makes two."""
    approval = _asked(strict, ("social", 3000), ("retarget", 2000))
    _approve(strict, approval, ANA, proposals=_names(strict, approval)[:1])
    more = Approver(email="di@example.com")
    configure(strict.ports(), "acme", lambda found: found.but(approvers=(*rest(ANA), more)))
    assert _approve(strict, approval, CY).state is ChangeSetState.PENDING
    assert "The yes of ana@example.com counts no longer" in strict.log()[-1].why
    assert _approve(strict, approval, more.email).decided_by == (CY, more.email)


def test_a_yes_counts_again_for_whoever_may_decide_again(strict: World) -> None:
    approval = _asked(strict, ("social", 3000), ("retarget", 2000))
    _approve(strict, approval, ANA)
    for approvers in (_without(ANA), tenant().approvers):
        configure(strict.ports(), "acme", lambda found, to=approvers: found.but(approvers=to))
    with pytest.raises(Refused, match="second, different person"):
        _approve(strict, approval, ANA)
    assert _approve(strict, approval, CY).decided_by == (ANA, CY)


def test_what_was_decided_is_not_decided_again(world: World) -> None:
    approval = _asked(world)
    reject(world.ports(), "acme", approval.approval_id, by=ANA, seen=approval.payload_digest, reason="Not now.")
    with pytest.raises(Refused, match="already rejected by ana"):
        _approve(world, approval, CY)


def test_an_approval_that_ran_out_is_refused_before_anybody_swept_it_up(world: World) -> None:
    approval = _asked(world)
    world.clock.at = approval.expires_at
    with pytest.raises(Refused, match="expired"):
        _approve(world, approval)


def test_something_else_than_was_shown_is_refused(world: World) -> None:
    with pytest.raises(Refused, match="what was shown is not what would be applied"):
        _approve(world, _asked(world), seen="0" * 64)


def test_a_payload_that_was_tampered_with_is_refused(world: World) -> None:
    approval = _asked(world)

    def richer(body: dict[str, Any]) -> dict[str, Any]:
        body["proposals"][0]["changes"][0]["after"] *= 2
        return body

    world.rewrite(paths.change_set("acme", approval.approval_id), richer)
    with pytest.raises(Refused, match="what was shown is not what would be applied"):
        _approve(world, approval)


def test_values_that_are_live_no_longer_are_refused(world: World) -> None:
    approval = _asked_for_more_a_day(world)
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(120))
    world.adopt()
    with pytest.raises(Refused, match="search: daily_budget was"):
        _approve(world, approval)


def test_what_the_guardrails_no_longer_allow_is_refused(world: World) -> None:
    approval = _asked(world)
    switch_tenant(world.ports(), "acme", on=True, by=CY, reason="stop")
    with pytest.raises(Refused, match="kill_switch"):
        _approve(world, approval)


def test_more_than_the_master_cap_leaves_is_refused(world: World) -> None:
    """Two tracks ask for the same headroom; the second to be approved finds it gone."""
    mine = _asked(world, ("social", 3500))
    ours = world.propose(asks(world.wanted("social-s", Setting.ALLOCATION, euros(3000), "south")), track_id="south")
    assert _approve(world, mine).headroom is not None
    theirs = world.approval(ours.change_sets[0].change_set_id)
    with pytest.raises(Refused, match="master_cap"):
        _approve(world, theirs)


def test_an_approval_against_a_superseded_plan_is_refused(world: World) -> None:
    approval = _asked(world)
    budgets = {"north": {"google_search": 6100, "meta": 4000}, "south": {"google_search": 3000, "meta": 2000}}
    activate_plan(world.ports(), plan(version=2, budgets=budgets), run="planner")
    with pytest.raises(Refused, match="newer proposal or plan version"):
        _approve(world, approval)


def test_a_part_goes_ahead_as_a_change_set_of_its_own(world: World) -> None:
    approval = _asked(world, ("social", 2600), ("retarget", 1600))
    part = _approve(world, approval, proposals=_names(world, approval)[1:])
    assert (part.parent, part.state) == (approval.approval_id, ChangeSetState.APPROVED)
    assert world.change_set(approval.approval_id).state is ChangeSetState.SUPERSEDED
    _rest(world)
    entities = world.manifest().entities
    assert (entities["social"].allocation, entities["retarget"].allocation) == (euros(2500), euros(1600))


def test_a_part_that_is_no_part_is_refused(world: World) -> None:
    with pytest.raises(Refused, match="not part of this change set: more-of-everything"):
        _approve(world, _asked(world), proposals=["more-of-everything"])


def test_a_rejection_needs_a_reason_and_tells_it(world: World) -> None:
    approval = _asked(world)
    with pytest.raises(Refused, match="needs a reason"):
        reject(world.ports(), "acme", approval.approval_id, by=ANA, seen=approval.payload_digest, reason=" ")
    ended = reject(
        world.ports(), "acme", approval.approval_id, by=ANA, seen=approval.payload_digest, reason="The client said no."
    )
    assert ended.state is ChangeSetState.REJECTED
    assert (world.log()[-1].kind, world.log()[-1].why) == (EntryKind.REJECTED, "The client said no.")
    assert world.bus.types[-1] == "optimization.rejected"


def test_an_approval_expires_when_its_time_is_over_and_not_before(world: World) -> None:
    approval = _asked(world)
    world.clock.at = approval.expires_at - timedelta(seconds=1)
    assert not expire(world.ports(), "acme", approval.approval_id)
    world.clock.at = approval.expires_at
    assert expire(world.ports(), "acme", approval.approval_id)
    assert world.approval(approval.approval_id).state is ApprovalState.EXPIRED
    assert world.bus.types[-1] == "optimization.expired"
    assert not expire(world.ports(), "acme", approval.approval_id)


def test_an_approval_that_does_not_exist_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        approve(world.ports(), "acme", "no-such-approval", by=ANA, seen="", run="run")


def test_an_approval_of_another_tenant_is_not_found(world: World) -> None:
    approval = _asked(world)
    with pytest.raises(NotFound):
        approve(world.ports(), "zen", approval.approval_id, by=ANA, seen=approval.payload_digest, run="run")


def _names(world: World, approval: Approval) -> list[str]:
    return [one.proposal_id for one in world.change_set(approval.approval_id).proposals]


def test_what_is_approved_while_something_is_under_way_waits_for_its_turn(world: World) -> None:
    approval = _asked(world)
    world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))), window=NOW + timedelta(hours=1))
    assert _approve(world, approval).state is ChangeSetState.APPROVED
    assert world.manifest().queue == (approval.approval_id,)
    _rest(world)
    entities = world.manifest().entities
    assert (entities["search"].daily_budget, entities["social"].allocation) == (euros(90), euros(2600))


def test_what_is_no_longer_allowed_when_its_turn_comes_ends_with_the_reason(world: World) -> None:
    approval = _asked_for_more_a_day(world)
    world.propose(auto(world.wanted("social", Setting.DAILY_BUDGET, euros(40))), window=NOW + timedelta(hours=1))
    _approve(world, approval)
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(120))
    world.adopt()
    _rest(world)
    ended = world.change_set(approval.approval_id)
    assert (ended.state, ended.reasons[0].code) == (ChangeSetState.FAILED, "changed_meanwhile")
    assert world.bus.types[-1] == "optimization.failed"
    assert world.manifest().at_rest


@pytest.mark.parametrize(
    ("setting", "after"),
    [(Setting.ALLOCATION, euros(2500)), (Setting.STATUS, Status.PAUSED.value)],
    ids=["an allocation cut", "a campaign stopped"],
)
def test_taking_money_away_meets_the_same_limits_as_giving_it(setting: Setting, after: Value) -> None:
    world = World.taken_on(guardrails=LOOSE.but(two_approvers_pct=20))
    done = world.propose(asks(world.wanted("search", setting, after), kind=OptimizationType.REVERT))
    approval = world.approval(done.change_sets[0].change_set_id)
    assert approval.people_needed == 2
    with pytest.raises(Refused, match="may decide up to"):
        _approve(world, approval, BO)
