"""What people are asked: independent requests, each once, and none again on the day of its no."""

from collections.abc import Iterable

import pytest

from common.domain.approval import Approval, ApprovalState
from common.domain.change import Change, Judgement, OptimizationType, Reason, Setting, Verdict
from common.domain.change_set import ChangeSet, Origin
from common.domain.guardrails import Mode
from common.domain.log_entry import EntryKind
from common.domain.tick import Cadence
from common.use_cases.approvals import approve, reject
from common.use_cases.desk import entries_of
from common.use_cases.load import facts_of
from common.use_cases.propose import Proposed, propose
from common.use_cases.queries import waiting
from common.use_cases.remember import remember
from tests.world import LOOSE, World, asks, euros, proposal

ANA, CY = "ana@example.com", "cy@example.com"
PACE, SHIFT, BID = OptimizationType.PACE, OptimizationType.BUDGET_SHIFT, OptimizationType.BID


@pytest.fixture
def world() -> World:
    """A tenant for whom two people decide from a tenth of a track's allocation on."""
    return World.taken_on(guardrails=LOOSE.but(two_approvers_pct=10))


def _daily(world: World, entity_id: str, units: float) -> Judgement:
    """Pacing wants so many euros a day, and a person must decide."""
    return asks(world.wanted(entity_id, Setting.DAILY_BUDGET, euros(units)), kind=PACE)


def _later(world: World, *judgements: Judgement, hours: float = 1, track_id: str = "north") -> Proposed:
    world.clock.forward(hours=hours)
    return world.propose(*judgements, window=world.clock.now(), track_id=track_id)


def _states(world: World, change_sets: Iterable[ChangeSet]) -> list[ApprovalState]:
    return [world.approval(one.change_set_id).state for one in change_sets]


def _no(world: World, change_set: ChangeSet) -> None:
    named = {"by": ANA, "seen": change_set.payload_digest, "reason": "No."}
    reject(world.ports(), "acme", change_set.change_set_id, **named)


def _asked_of(world: World) -> list[Approval]:
    return waiting(world.ports(), "acme")


def test_pacing_asks_for_each_entity_by_itself(world: World) -> None:
    done = world.propose(_daily(world, "search", 160), _daily(world, "social", 80))
    assert [len(one.proposals) for one in done.change_sets] == [1, 1]
    assert len({one.change_set_id for one in done.change_sets}) == 2


def test_an_entity_that_moves_does_not_ask_again_for_the_others(world: World) -> None:
    """And the first of two answers about the others stands."""
    search, social = world.propose(_daily(world, "search", 160), _daily(world, "social", 80)).change_sets
    approve(world.ports(), "acme", search.change_set_id, by=ANA, seen=search.payload_digest, run="run")
    (again,) = _later(world, _daily(world, "search", 161), _daily(world, "social", 120)).change_sets
    assert _states(world, [search, social, again]) == [
        ApprovalState.PENDING,
        ApprovalState.SUPERSEDED,
        ApprovalState.PENDING,
    ]
    assert [one.by for one in world.approval(search.change_set_id).decisions] == [ANA]


def test_what_one_rule_proposes_is_one_request_in_parts_and_another_rules_is_another(world: World) -> None:
    bids = [asks(world.wanted(name, Setting.STATUS, "paused"), rule="bids") for name in ("ad-1", "ad-2")]
    shift = asks(*world.shift("search", "social", 300), kind=SHIFT, rule="shifts")
    done = world.propose(*bids, shift)
    assert [len(one.proposals) for one in done.change_sets] == [2, 1]


def test_proposals_for_the_same_setting_are_always_parts_of_one_request(world: World) -> None:
    one = asks(world.wanted("search", Setting.ALLOCATION, euros(6500)), rule="rules")
    other = asks(world.wanted("search", Setting.ALLOCATION, euros(7000)), rule="agent", proposal_id="agent-1")
    (request,) = world.propose(one, other).change_sets
    assert [part.rule for part in request.proposals] == ["rules", "agent"]


def test_parts_that_are_still_wanted_are_asked_again_beside_the_one_that_moved(world: World) -> None:
    """A request ends whole; what it asked for besides is not lost."""
    first = world.propose(_more(world, "social", 2600), _more(world, "retarget", 1600)).change_sets[0]
    (again,) = _later(world, _more(world, "social", 2900), _more(world, "retarget", 1600)).change_sets
    assert _states(world, [first, again]) == [ApprovalState.SUPERSEDED, ApprovalState.PENDING]
    assert [change.after for change in again.changes] == [euros(2900), euros(1600)]


def test_a_request_that_nothing_touches_waits_on(world: World) -> None:
    first = world.propose(_more(world, "social", 2600)).change_sets[0]
    _later(world, _more(world, "retarget", 1700))
    assert _states(world, [first]) == [ApprovalState.PENDING]


def test_pacing_leaves_alone_what_the_review_asks_about(world: World) -> None:
    """It comes by every hour, and must not push aside what came once."""
    first = world.propose(asks(*world.shift("search", "social", 300), kind=SHIFT, rule="shifts")).change_sets[0]
    done = _later(world, _daily(world, "search", 160), _daily(world, "retarget", 40))
    assert [change.entity_id for one in done.change_sets for change in one.changes] == ["retarget"]
    assert _states(world, [first]) == [ApprovalState.PENDING]
    assert "awaiting_person" in [reason.code for reason in done.reasons]


def test_a_pause_that_turned_nothing_off_is_asked_about_once(world: World) -> None:
    """A request about no setting is known by the pause that it lifts."""
    first, other = (asks(kind=OptimizationType.RESUME, proposal_id=name, lifts_pause=name) for name in ("p-1", "p-2"))
    (request,) = world.propose(first).change_sets
    again = _later(world, first, other).change_sets
    assert [part.lifts_pause for one in again for part in one.proposals] == ["p-2"]
    _no(world, request)
    assert _later(world, first).change_sets == (), "not again today"
    assert len(_later(world, first, hours=14).change_sets) == 1


def test_the_same_window_gives_the_same_ids_and_writes_nothing_twice(world: World) -> None:
    other = World.taken_on(guardrails=world.loaded().tenant.guardrails)
    made = [one.propose(_daily(one, "search", 160), _daily(one, "social", 80)).change_sets for one in (world, other)]
    assert [one.change_set_id for one in made[0]] == [one.change_set_id for one in made[1]]
    assert world.propose(_daily(world, "search", 240)).duplicate
    assert _states(world, made[0]) == [ApprovalState.PENDING, ApprovalState.PENDING]


def test_what_a_person_said_no_to_does_not_come_back_that_day(world: World) -> None:
    """Nor as about the same amount, and it leaves its reason; the next day it may."""
    _no(world, world.propose(_daily(world, "search", 160)).change_sets[0])
    again = _later(world, _daily(world, "search", 161), _daily(world, "social", 80))
    assert [change.entity_id for one in again.change_sets for change in one.changes] == ["social"]
    assert "declined_today" in [reason.code for reason in again.reasons]
    tomorrow = _later(world, _daily(world, "search", 160), hours=14)
    assert len(tomorrow.change_sets) == 1


def test_the_day_of_a_no_is_the_tenants(world: World) -> None:
    """21:30 UTC is 23:30 in Madrid: an hour later it is tomorrow there."""
    world.clock.forward(hours=12.5)
    _no(world, world.propose(_daily(world, "search", 160), window=world.clock.now()).change_sets[0])
    assert len(_later(world, _daily(world, "search", 160)).change_sets) == 1


def test_a_no_does_not_hold_for_another_amount_or_the_other_way(world: World) -> None:
    _no(world, world.propose(_daily(world, "search", 160)).change_sets[0])
    assert len(_later(world, _daily(world, "search", 200)).change_sets) == 1
    assert len(_later(world, _daily(world, "search", 99)).change_sets) == 1


def test_a_no_holds_for_what_trimtab_wants_and_not_for_what_a_person_asks(world: World) -> None:
    wanted = _daily(world, "search", 160)
    _no(world, world.propose(wanted).change_sets[0])
    ports, loaded = world.ports(), world.loaded()
    mine = Origin(cadence="revert-1", window=world.clock.now(), by=CY)
    assert len(propose(ports, loaded, facts_of(ports, loaded), [wanted], mine, "run").change_sets) == 1


def test_what_was_left_out_is_written_down_told_and_not_asked_again_that_day(world: World) -> None:
    whole = world.propose(_more(world, "social", 2600), _more(world, "retarget", 1600)).change_sets[0]
    seen, wanted = whole.payload_digest, ["spend_increase-social"]
    part = approve(world.ports(), "acme", whole.change_set_id, by=ANA, seen=seen, run="run", proposals=wanted)
    told = entries_of(world.ports(), "acme", whole.change_set_id)[-1]
    assert (told.kind, told.by) == (EntryKind.SUPERSEDED, ANA)
    assert part.change_set_id in told.why
    assert [change.entity_id for change in told.changes] == ["retarget"]
    assert world.bus.types[-1] == "optimization.superseded"
    assert _later(world, _more(world, "retarget", 1600)).change_sets == ()


def test_a_request_in_the_place_of_one_that_people_know_is_no_news(world: World) -> None:
    _repeats = [_repeat(world, _daily(world, "search", units)) for units in (160, 140, 175)]
    assert _repeats == [False, True, True]


def test_it_is_news_again_once_the_money_has_grown_whatever_the_steps(world: World) -> None:
    """Against what people were last told of, so that small steps do not add up unheard."""
    steps = [_repeat(world, _daily(world, "retarget", units)) for units in (35, 38, 42)]
    assert steps == [False, True, False], "10, 13 and 17 euros a day more"
    assert [one.told for one in _asked_of(world)] == [euros(17 * 48)]


def test_it_is_news_where_more_people_must_agree_or_other_settings_are_asked_for(world: World) -> None:
    assert _repeat(world, _more(world, "social", 3450)) is False
    assert _repeat(world, _more(world, "social", 3700)) is False, "two must agree now"
    assert _repeat(world, _more(world, "social", 3900), _more(world, "retarget", 1501)) is False


def _repeat(world: World, *judgements: Judgement) -> bool:
    """Whether the request that is made next is told as no news."""
    made = _later(world, *judgements).change_sets
    assert len(made) == 1
    return world.bus.events[-1]["data"]["repeats"]


def _more(world: World, entity_id: str, units: float) -> Judgement:
    return asks(world.wanted(entity_id, Setting.ALLOCATION, euros(units)))


def test_what_protects_a_cap_does_not_wait_for_a_person_where_pacing_only_advises() -> None:
    world = World.taken_on(guardrails=LOOSE.but(mode={PACE: Mode.ADVISE}))
    lower = _paced(world.wanted("search", Setting.DAILY_BUDGET, euros(60)), "cap_in_danger")
    done = world.propose(lower, _paced(world.wanted("social", Setting.DAILY_BUDGET, euros(50)), "raised"))
    assert done.intended is not None
    assert [change.entity_id for change in done.intended.changes] == ["search"]
    assert [change.entity_id for one in _asked_of(world) for change in one.before] == ["social"]


def test_a_wish_in_the_shadow_is_written_down_once_a_day() -> None:
    """Hourly ticks leave it among the day's reasons; what it turns into is written down again."""
    world = World.taken_on(guardrails=LOOSE.but(mode={PACE: Mode.SHADOW}))
    for units, code in ((110, "raised"), (112, "raised"), (90, "lowered")):
        done = _later(world, _paced(world.wanted("search", Setting.DAILY_BUDGET, euros(units)), code))
        remember(world.ports(), world.loaded(), lambda state: state, Cadence.PACING, world.clock.now(), done.reasons)
    assert [entry.kind for entry in world.log()[1:]] == [EntryKind.SHADOWED, EntryKind.SHADOWED]
    reasons = {one.reason.code: one.count for one in world.loaded().memory.reasons}
    assert reasons == {"shadowed:raised": 2, "shadowed:lowered": 1}


def _paced(change: Change, code: str) -> Judgement:
    reasons = (Reason(code=code, entity_id=change.entity_id),)
    return Judgement(proposal=proposal(PACE, change, reasons=reasons), verdict=Verdict.AUTO, reasons=reasons)
