"""A draft that was rejected, or that nobody decided in time."""

from datetime import timedelta

import pytest

from common.domain.change_set import ChangeSetState
from common.domain.errors import Refused
from common.domain.log_entry import EntryKind
from common.domain.plan_draft import DraftState
from common.use_cases.configure import switch_tenant
from common.use_cases.drafts import next_id
from common.use_cases.drift import check_drift
from common.use_cases.make_draft import draft_again
from common.use_cases.plan_drafts import (
    drafts_waiting,
    expire_draft,
)
from tests.unit.use_cases.plan_drafts.deciding import (
    ANA,
    CY,
    approved,
    as_it_is,
    last,
    last_event,
    rejected,
    shifted,
    waiting,
)
from tests.world import SOUTH, World, euros


def test_a_rejected_draft_offers_the_way_back(world: World) -> None:
    draft = waiting(world)
    done = rejected(world, draft)
    (way,) = done.ways_back
    assert (done.draft.state, as_it_is(world, draft)) == (DraftState.REJECTED, done.draft)
    assert (way.state, way.track_id, way.origin.by) == (ChangeSetState.PENDING, "north", CY)
    assert {(one.entity_id, one.after) for one in way.changes if one.entity_id == "search"} == {("search", euros(6000))}
    entry = next(one for one in world.log() if one.kind is EntryKind.REJECTED)
    assert (entry.by, entry.why) == (CY, "The draft of plan v2 was rejected: We stay with search.")
    event = next(one for one in world.bus.events if one["type"] == "optimization.rejected")
    assert (event["data"]["draft_id"], event["data"]["reason"]) == (draft.draft_id, "We stay with search.")
    assert (world.manifest().plan_version, world.manifest().revision) == (1, 1)


def test_after_a_no_only_a_material_move_asks_again(world: World) -> None:
    rejected(world, waiting(world))
    shifted(world, 40)
    assert drafts_waiting(world.ports(), "acme") == []
    shifted(world, 200)
    assert waiting(world).draft_id == "spring-v2-000002"


def test_a_rejection_needs_a_reason(world: World) -> None:
    with pytest.raises(Refused, match="needs a reason"):
        rejected(world, waiting(world), reason="  ")
    assert waiting(world).state is DraftState.PENDING


def test_where_nothing_may_move_the_no_stands_and_says_why_there_is_no_way_back(world: World) -> None:
    draft = waiting(world)
    switch_tenant(world.ports(), "acme", on=True, by=CY, reason="Stop.")
    done = rejected(world, draft)
    assert (done.draft.state, done.ways_back) == (DraftState.REJECTED, ())
    assert done.refused == ("north: the guardrails do not allow the way back now: a kill switch is on",)


def test_a_draft_expires_with_an_entry_and_an_event(world: World) -> None:
    draft = waiting(world)
    world.clock.at = draft.expires_at - timedelta(seconds=1)
    assert not expire_draft(world.ports(), "acme", draft.draft_id)
    world.clock.at = draft.expires_at
    assert expire_draft(world.ports(), "acme", draft.draft_id)
    assert as_it_is(world, draft).state is DraftState.EXPIRED
    assert (last(world).kind, last_event(world).type) == (EntryKind.EXPIRED, "optimization.expired")
    assert last(world).why == "Nobody decided about the draft of plan v2 by 2026-05-11 09:01 UTC."
    assert last_event(world).data.draft_id == draft.draft_id
    assert not expire_draft(world.ports(), "acme", draft.draft_id), "twice is once"


def test_a_plan_with_a_long_name_has_drafts_whose_ids_fit() -> None:
    first = next_id(None, "p" * 200, 2)
    assert len(first) <= 200
    assert first != next_id(None, "p" * 199 + "q", 2)


def test_a_planner_has_it_drafted_again_once_the_draft_has_expired(world: World) -> None:
    """Drift stays as it was, so nothing else would draft it; what was drafted is then no news."""
    first = waiting(world)
    world.clock.forward(days=8)
    assert expire_draft(world.ports(), "acme", first.draft_id)
    again = draft_again(world.ports(), world.track(), by=CY.upper())
    assert (again.by, again.plan, again.tracks) == (CY, first.plan, first.tracks)
    assert waiting(world) == again
    assert world.log()[-1].by == CY
    assert check_drift(world.ports(), world.track()).draft is None
    assert approved(world, again).state is DraftState.APPROVED


def test_what_waits_already_is_not_drafted_again(world: World) -> None:
    log = len(world.log())
    assert draft_again(world.ports(), world.track(), by=CY) == waiting(world)
    assert len(world.log()) == log


def test_a_draft_that_is_over_but_not_swept_yet_is_replaced(world: World) -> None:
    first = waiting(world)
    world.clock.forward(days=8)
    again = draft_again(world.ports(), world.track(), by=CY)
    assert as_it_is(world, first).superseded_by == again.draft_id


def test_drafting_again_is_a_planners_wish_and_needs_a_difference(world: World) -> None:
    log = len(world.log())
    with pytest.raises(Refused, match="may not decide about the plans"):
        draft_again(world.ports(), world.track(), by=ANA)
    with pytest.raises(Refused, match="south is what plan v1 says: there is nothing to draft"):
        draft_again(world.ports(), world.track(SOUTH), by=CY)
    assert len(world.log()) == log


def test_a_planners_draft_under_the_threshold_hides_no_crossing() -> None:
    world = World.taken_on()
    shifted(world, 500)
    early = draft_again(world.ports(), world.track(), by=CY)
    shifted(world, 140)
    draft = waiting(world)
    assert as_it_is(world, early).superseded_by == draft.draft_id
    told = [event["data"]["new_crossing"] for event in world.bus.events if event["type"] == "plan.revise.recommended"]
    assert told == [False, True]
