"""A draft of the next plan version approved by planners, for exactly what they saw."""

from typing import Any

import pytest

from common.domain import paths
from common.domain.change import OptimizationType, Setting
from common.domain.change_set import ChangeSetState
from common.domain.errors import Busy, InvalidInput, Refused
from common.domain.log_entry import EntryKind
from common.domain.plan_draft import DraftState
from common.domain.tenant import Role
from common.ports.documents import Page, Query
from common.use_cases.configure import configure
from common.use_cases.drift import drift_now
from tests.unit.use_cases.plan_drafts.deciding import (
    CY,
    DEE,
    approved,
    as_it_is,
    edited,
    last,
    last_event,
    rejected,
    shifted,
    stored,
    waiting,
)
from tests.world import PLAN, SOUTH, World, asks, auto, euros


def test_an_approved_draft_is_the_plan_from_one_commit_on(world: World) -> None:
    draft, before = waiting(world), world.documents.body(paths.plan("acme", PLAN, 1))
    commits = world.documents.commits
    decided = approved(world, draft)
    version = stored(world, 2)
    assert decided.state is DraftState.APPROVED
    assert as_it_is(world, draft) == decided
    assert version.terms == draft.plan
    assert (version.approved_by, version.approved_at) == (CY, world.clock.now())
    assert (world.manifest().plan_version, world.manifest().drift) == (2, None)
    assert world.envelope().plan_version == 2
    assert world.documents.body(paths.plan("acme", PLAN, 1)) == before, "vN's bytes stay"
    assert world.documents.commits == commits + 2, "one commit, and the outbox emptied"
    assert last(world).kind is EntryKind.PLAN_ACTIVATED
    assert (last_event(world).type, last_event(world).data.draft_id) == ("plan.activated", draft.draft_id)
    assert last_event(world).data.digest == version.digest


def test_under_the_new_version_live_is_on_the_plan(world: World) -> None:
    approved(world, waiting(world))
    drift = drift_now(world.ports(), world.track())
    assert (drift.score, drift.plan_version) == (0, 2)
    assert all(one.delta == 0 for one in drift.channels)


def test_what_moved_since_it_was_drafted_follows_what_was_approved(world: World) -> None:
    draft = waiting(world)
    shifted(world, 40)
    approved(world, draft)
    assert world.manifest().budgets() == {"google_search": euros(5300), "meta": euros(4700)}


def test_what_waits_against_the_old_version_ends(world: World) -> None:
    asked = world.propose(asks(world.wanted("retarget", Setting.ALLOCATION, euros(1600)))).change_sets[0]
    approved(world, waiting(world))
    assert world.change_set(asked.change_set_id).state is ChangeSetState.SUPERSEDED


def test_what_is_in_flight_must_end_first(world: World) -> None:
    draft = waiting(world)
    world.clock.forward(minutes=1)
    world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(80))), window=world.clock.now(), run="tick")
    with pytest.raises(Busy):
        approved(world, draft)
    assert as_it_is(world, draft).state is DraftState.PENDING
    world.clock.forward(minutes=30)
    assert approved(world, draft).state is DraftState.APPROVED
    assert [entry.kind for entry in world.log()[-2:]] == [EntryKind.APPLIED, EntryKind.PLAN_ACTIVATED]


def test_a_large_draft_needs_two_different_planners(world: World) -> None:
    shifted(world, 1800)
    draft = waiting(world)
    assert approved(world, draft).state is DraftState.PENDING
    assert last(world).why == "The draft of plan v2 was approved by cy@example.com; a second planner must approve too."
    with pytest.raises(Refused, match="second, different planner"):
        approved(world, draft)
    assert approved(world, draft, by=DEE).state is DraftState.APPROVED
    assert stored(world, 2).approved_by == f"{CY}, {DEE}"


def test_the_yes_of_somebody_who_plans_no_more_counts_no_longer(world: World) -> None:
    shifted(world, 1800)
    draft = waiting(world)
    approved(world, draft)
    configure(
        world.ports(),
        "acme",
        lambda found: found.but(
            approvers=tuple(one.but(roles=(Role.VIEWER,)) if one.email == CY else one for one in found.approvers)
        ),
    )
    assert approved(world, draft, by=DEE).state is DraftState.PENDING
    assert last(world).why.endswith("The yes of cy@example.com counts no longer: they may not decide this any more.")


def test_two_tracks_of_one_draft_move_in_one_commit(world: World) -> None:
    terms = waiting(world).plan
    south = terms.slice(SOUTH)
    more = tuple(line.but(budget=line.budget + euros(100)) for line in south.channels)
    draft = edited(world, waiting(world), terms.but(tracks=(terms.slice("north"), south.but(channels=more))))
    assert draft.tracks == ("north", SOUTH)
    commits = world.documents.commits
    approved(world, draft)
    assert world.documents.commits == commits + 3, "one commit, and each track's events sent"
    assert [world.manifest(name).plan_version for name in ("north", SOUTH)] == [2, 2]
    assert world.envelope().ceilings[SOUTH].total == euros(5200)


def test_what_is_spent_by_now_is_held_against_the_draft(world: World) -> None:
    draft = waiting(world)

    def spent(body: dict[str, Any]) -> dict[str, Any]:
        body["pacing"] = {**body["pacing"], "search": {"visible": euros(5400), "unseen": 0}}
        return body

    world.rewrite(world.track().state, spent)
    with pytest.raises(InvalidInput, match="may be spent already"):
        approved(world, draft)
    assert as_it_is(world, draft).state is DraftState.PENDING


def test_a_decision_that_lands_meanwhile_is_seen(world: World) -> None:
    """Somebody rejects it between this one's look and its commit."""
    draft = waiting(world)

    def somebody_was_faster() -> None:
        world.documents.after_read = lambda: None
        rejected(world, draft, by=DEE)

    world.documents.after_read = somebody_was_faster
    with pytest.raises(Refused, match="already rejected by dee"):
        approved(world, draft)
    assert world.manifest().plan_version == 1


def test_a_track_that_moves_meanwhile_is_rebased_as_it_then_is(world: World) -> None:
    draft = waiting(world)
    queried = world.documents.query

    def somebody_shifts(query: Query) -> Page:
        page = queried(query)
        if query.collection.endswith("plan_drafts"):
            world.documents.query = queried
            world.clock.forward(minutes=1)
            world.apply(auto(*world.shift("search", "social", 20), kind=OptimizationType.BUDGET_SHIFT))
        return page

    world.documents.query = somebody_shifts
    approved(world, draft)
    assert world.manifest().budgets() == {"google_search": euros(5300), "meta": euros(4700)}
    assert [entry.kind for entry in world.log()[-2:]] == [EntryKind.APPLIED, EntryKind.PLAN_ACTIVATED]
