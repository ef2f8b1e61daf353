"""The deep review, on the store and in a simulated market: what it moves, what it leaves alone, and what it keeps."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from common.decisions.guardrails import judge
from common.decisions.review import statistical
from common.decisions.review.admit import admitted
from common.domain.advice import Advice, Dropped, Explained
from common.domain.calendar import HOUR
from common.domain.change import Setting
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.errors import Refused
from common.domain.log_entry import EntryKind
from common.domain.state import Freeze
from common.ports.documents import Replace
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.archived_inputs import inputs_of
from common.use_cases.configure import switch_tenant
from common.use_cases.kept_inputs import again, keep, review_again
from common.use_cases.pace import pace
from common.use_cases.verify import verify
from common.use_cases.watch import watch
from tests.reviewed_world import DAY, GOOD, POOR, Outspoken, ReviewedWorld

S = ChangeSetState


def allocations(world: ReviewedWorld) -> tuple[int, int]:
    """What the better and the poorer campaign may spend over the flight."""
    entities = world.manifest.entities
    return entities[GOOD].allocation or 0, entities[POOR].allocation or 0


def reviewed(**changes: Any) -> ReviewedWorld:
    """A week into the flight, its first review done."""
    world = ReviewedWorld.begun(**changes)
    world.review()
    return world


def only(world: ReviewedWorld) -> ChangeSet:
    """The one change set that there is."""
    (made,) = world.change_sets()
    return made


def moved(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Whether money went to where it brings more, and none of it got lost."""
    return sum(before) == sum(after) and after[0] > before[0]


def test_money_goes_to_the_campaign_that_brings_more_and_the_total_is_kept() -> None:
    world = ReviewedWorld.begun()
    before = allocations(world)
    world.review()
    assert moved(before, allocations(world))
    made = only(world)
    assert (made.state, made.origin.cadence, made.origin.window) == (S.APPLIED, "deep_review", world.window)
    assert [one.kind for one in world.log] == [EntryKind.GENESIS, EntryKind.APPLIED]
    assert verify(world.ports, world.track).faults == ()


def test_every_entity_is_in_a_proposal_or_has_the_reason_why_it_was_left_alone() -> None:
    world = ReviewedWorld.begun()
    done = world.review()
    touched = {change.entity_id for one in done.change_sets for change in one.changes}
    assert touched | {one.entity_id for one in done.reasons} >= set(world.manifest.entities)
    assert {one.entity_id for one in world.state.reasons} >= set(world.manifest.entities) - touched


def test_a_proposal_carries_its_numbers_what_it_is_expected_to_bring_and_a_sentence() -> None:
    for proposal in only(reviewed()).proposals:
        effect, low, high = (proposal.evidence[one] for one in ("expected_effect", "effect_low", "effect_high"))
        assert isinstance(effect, float)
        assert isinstance(low, float)
        assert isinstance(high, float)
        assert low <= effect <= high
        assert isinstance(proposal.evidence["effect_unit"], str)
        assert "EUR" in proposal.why


def test_a_second_review_of_the_same_day_changes_nothing() -> None:
    world = reviewed()
    state, log = world.state, world.log
    (reason,) = world.review().reasons
    assert reason.code == "window_done"
    assert (world.state, world.log) == (state, log)


def test_a_run_that_died_before_it_remembered_is_done_again_without_a_second_move() -> None:
    world = reviewed()
    after, log = allocations(world), world.log
    held = world.documents.read(world.track.state)[0]
    assert held is not None
    world.documents.commit(Replace(world.track.state, {**held.data, "windows": {}}, held.version))
    again_done = world.review()
    assert "review_cooldown_hours" in {one.code for one in again_done.reasons}
    assert (allocations(world), world.log) == (after, log)


def test_a_window_of_days_ago_is_left_out() -> None:
    world = ReviewedWorld.begun()
    (reason,) = world.review(world.window - 3 * DAY).reasons
    assert reason.code == "stale_tick"
    assert world.change_sets() == []


def test_the_day_after_it_goes_on() -> None:
    world = reviewed()
    before = allocations(world)
    world.go_to(8)
    world.review()
    assert moved(before, allocations(world))


@pytest.mark.parametrize("agent", ["statistical", "dropping", "silent"])
def test_the_kept_inputs_decide_the_same_again_to_the_byte(agent: str) -> None:
    advice = {
        "statistical": None,
        "dropping": Outspoken(Advice(agent="m", explain=(Explained(proposal_id="budget", why="More where it pays."),))),
        "silent": Outspoken(),
    }[agent]
    world = reviewed(agent=advice)
    made = only(world)
    inputs = inputs_of(world.ports, made)
    looked_at = review_again(inputs)
    assert looked_at is not None
    evidence, said = looked_at
    found = admitted(said, statistical.review(evidence), evidence)
    facts = again(inputs)
    judgements = [one for one in judge(found.proposals, facts) if one.verdict is made.verdict]
    assert tuple(one.proposal for one in judgements) == made.proposals
    assert tuple(reason for one in judgements for reason in one.reasons) == made.reasons
    assert keep(facts, review=looked_at) == inputs


def test_where_the_agent_gives_no_answer_the_statistics_stand_and_the_log_says_so() -> None:
    told, silent = reviewed(), reviewed(agent=Outspoken())
    assert only(silent).proposals == only(told).proposals
    assert allocations(silent) == allocations(told)
    (note,) = [one for one in silent.log if one.kind is EntryKind.NOTE]
    assert "quota: come again tomorrow" in note.why
    looked_at = review_again(inputs_of(silent.ports, only(silent)))
    assert looked_at is not None
    assert looked_at.advice.failure == "quota: come again tomorrow"
    assert verify(silent.ports, silent.track).faults == ()


def test_what_the_agent_drops_is_not_done_and_says_why() -> None:
    drop = Advice(agent="m", drop=(Dropped(proposal_id="budget", why="A sale begins tomorrow."),))
    world = ReviewedWorld.begun(agent=Outspoken(drop))
    before = allocations(world)
    done = world.review()
    assert (allocations(world), world.change_sets()) == (before, [])
    dropped = [one for one in done.reasons if one.measured == "A sale begins tomorrow."]
    assert {one.entity_id for one in dropped} == {GOOD, POOR}


def test_the_agent_is_asked_with_the_evidence_and_the_proposals() -> None:
    agent = Outspoken()
    world = reviewed(agent=agent)
    (asked,) = agent.asked
    assert [one.proposal_id for one in asked.proposals] == [one.proposal_id for one in only(world).proposals]
    assert asked.facts["currency"] == "EUR"


@pytest.mark.parametrize(("mode", "state"), [("shadow", S.SHADOWED), ("advise", S.PENDING)])
def test_where_shifts_are_only_tried_out_nothing_moves_by_itself(mode: str, state: ChangeSetState) -> None:
    world = ReviewedWorld.begun(guardrails={"mode": {"budget_shift": mode}})
    before = allocations(world)
    world.review()
    made = only(world)
    assert (made.state, allocations(world)) == (state, before)
    if state is S.PENDING:
        answer = {"by": "client@example.com", "seen": made.payload_digest}
        approve_and_apply(world.ports, "acme", made.change_set_id, **answer)
        assert moved(before, allocations(world))


def test_under_a_kill_switch_nothing_moves() -> None:
    world = ReviewedWorld.begun()
    switch_tenant(world.ports, "acme", on=True, by="client@example.com", reason="test")
    before = allocations(world)
    world.review()
    assert allocations(world) == before
    assert {one.state for one in world.change_sets()} <= {S.BLOCKED}


@pytest.mark.parametrize("channel", [None, GOOD])
def test_while_increases_are_frozen_none_goes_through(channel: str | None) -> None:
    world = ReviewedWorld.begun(day=7)
    pace(world.ports, world.track, world.window + 6 * HOUR, "pacing")
    frozen = Freeze(code="test_freeze", since=world.ports.clock.now(), channel=channel)
    held = world.documents.read(world.track.state)[0]
    assert held is not None
    body = world.state.but(freezes=(frozen,)).body()
    world.documents.commit(Replace(world.track.state, body, held.version))
    before = allocations(world)
    world.review()
    after = allocations(world)
    assert after[0] <= before[0]
    assert channel is not None or after[1] <= before[1]


def test_a_platform_that_does_not_answer_is_named_and_nothing_of_it_moves() -> None:
    down = {"kind": "platform_error", "platform": "meta", "mode": "unavailable"}
    event = {**down, "at": "2026-06-08T00:00", "until": "2026-06-09T00:00"}
    world = ReviewedWorld.begun(events=[event])
    before = allocations(world)
    codes = {(one.code, one.measured) for one in world.review().reasons}
    assert ("platform_silent", "meta") in codes
    assert ("source_silent", "platform-meta") in codes
    assert allocations(world) == before


def test_before_the_flight_and_after_it_there_is_nothing_to_review() -> None:
    agent = Outspoken()
    world = ReviewedWorld.begun(day=31, agent=agent)
    done = world.review()
    assert {one.code for one in done.reasons if one.entity_id} == {"flight_over"}
    assert agent.asked == []
    assert world.change_sets() == []


def test_pacing_and_the_review_never_write_the_same_setting() -> None:
    """Through a week of both, and of checks: each writes its own, and pacing follows where money was moved."""
    world = ReviewedWorld.begun(day=7)
    for day in range(7, 14):
        world.go_to(day)
        for hour in range(3):
            window = world.window + (6 + hour) * HOUR
            pace(world.ports, world.track, window, f"pace-{day}-{hour}")
            watch(world.ports, world.track, window, f"watch-{day}-{hour}")
            if hour == 0:
                world.review()
            world.world.market.advance(timedelta(hours=1))
    wrote: dict[str, set[Setting]] = {}
    for made in world.change_sets():
        wrote.setdefault(made.origin.cadence, set()).update(one.setting for one in made.changes)
    assert wrote["deep_review"] == {Setting.ALLOCATION}
    assert wrote["pacing"] == {Setting.DAILY_BUDGET}
    good, poor = (world.manifest.entities[name].daily_budget or 0 for name in (GOOD, POOR))
    assert good > poor
    assert verify(world.ports, world.track).faults == ()


def test_inputs_that_were_edited_are_refused() -> None:
    world = reviewed()
    inputs = inputs_of(world.ports, only(world))
    with pytest.raises(Refused, match="do not match their digest"):
        review_again(inputs.but(digest="0" * 64))


def test_what_another_rule_decided_has_no_review() -> None:
    world = ReviewedWorld.begun()
    pace(world.ports, world.track, world.window + 6 * HOUR, "pacing")
    (made,) = [one for one in world.change_sets() if one.origin.cadence == "pacing"]
    inputs = inputs_of(world.ports, made)
    assert review_again(inputs) is None
    assert replace(again(inputs), killed=False) == again(inputs)
