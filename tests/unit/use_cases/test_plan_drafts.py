"""A draft of the next plan version: edited, approved or rejected by planners, for exactly what they saw; or expired."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from common.domain import paths
from common.domain.calendar import Flight
from common.domain.change import OptimizationType, Setting
from common.domain.change_set import ChangeSetState
from common.domain.errors import Busy, InvalidInput, NotFound, Refused
from common.domain.event import Event
from common.domain.log_entry import EntryKind, LogEntry
from common.domain.plan import MediaPlan, PlanTerms
from common.domain.plan_draft import DraftState, PlanDraft
from common.domain.tenant import Approver, Role
from common.ports.documents import Page, Query, Write
from common.use_cases.activate_plan import activate_plan
from common.use_cases.approvals import approve
from common.use_cases.configure import configure, switch_tenant
from common.use_cases.drafts import next_id
from common.use_cases.drift import check_drift, drift_now
from common.use_cases.make_draft import draft_again
from common.use_cases.plan_drafts import (
    Rejected,
    approve_draft,
    draft_of,
    drafts_of,
    drafts_waiting,
    edit_draft,
    expire_draft,
    reject_draft,
)
from tests.world import FLIGHT, NOW, PLAN, SOUTH, World, asks, auto, euros, plan, tenant

ANA, CY, DEE, VI = (f"{name}@example.com" for name in ("ana", "cy", "dee", "vi"))


@pytest.fixture
def world() -> World:
    """North has moved 700 from search to Meta, and its draft waits."""
    world = World.taken_on(approvers=(*tenant().approvers, Approver(email=DEE, roles=(Role.PLANNER,))))
    shifted(world, 700)
    return world


def shifted(world: World, units: float, giver: str = "search", taker: str = "social") -> None:
    """Money moves by itself, and drift is looked at."""
    world.clock.forward(minutes=1)
    world.apply(auto(*world.shift(giver, taker, units), kind=OptimizationType.BUDGET_SHIFT))
    check_drift(world.ports(), world.track())


def waiting(world: World) -> PlanDraft:
    (draft,) = drafts_waiting(world.ports(), "acme")
    return draft


def as_it_is(world: World, draft: PlanDraft) -> PlanDraft:
    return draft_of(world.ports(), "acme", draft.draft_id).value


def approved(world: World, draft: PlanDraft, by: str = CY, seen: str | None = None) -> PlanDraft:
    digest = seen or draft.payload_digest
    return approve_draft(world.ports(), "acme", draft.draft_id, by=by, seen=digest, run="run")


def rejected(world: World, draft: PlanDraft, by: str = CY, reason: str = "We stay with search.") -> Rejected:
    return reject_draft(world.ports(), "acme", draft.draft_id, by=by, seen=draft.payload_digest, reason=reason)


def edited(world: World, draft: PlanDraft, terms: PlanTerms, by: str = CY) -> PlanDraft:
    return edit_draft(world.ports(), "acme", draft.draft_id, terms, by=by, seen=draft.payload_digest)


def budgets(terms: PlanTerms, **north: float) -> PlanTerms:
    """The terms with other budgets for lines of north."""
    piece = terms.slice("north")
    lines = tuple(
        line.but(budget=euros(north[line.channel])) if line.channel in north else line for line in piece.channels
    )
    return terms.but(tracks=tuple(piece.but(channels=lines) if one is piece else one for one in terms.tracks))


def stored(world: World, version: int) -> MediaPlan:
    return MediaPlan.model_validate(world.documents.body(paths.plan("acme", PLAN, version)))


def last(world: World, track_id: str = "north") -> LogEntry:
    return world.log(track_id)[-1]


def last_event(world: World) -> Event:
    return Event.model_validate(world.bus.events[-1])


# Approving


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


# Who may, and when


def edited_a_little(world: World, draft: PlanDraft, by: str = CY) -> PlanDraft:
    return edited(world, draft, budgets(draft.plan, meta=4600), by)


Act = Callable[..., PlanDraft | Rejected]
DECISIONS: list[Act] = [approved, rejected, edited_a_little]


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


def meanwhile(world: World, happens: Callable[[], object]) -> None:
    """Let this happen right before the next commit."""
    commit = world.documents.commit

    def somebody_was_faster(*writes: Write) -> tuple[str, ...]:
        world.documents.commit = commit
        happens()
        return commit(*writes)

    world.documents.commit = somebody_was_faster


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


# Editing


def test_an_edit_is_a_new_draft_in_the_place_of_the_old_one(world: World) -> None:
    old = waiting(world)
    new = edited(world, old, budgets(old.plan, meta=4500).but(notes=("Less for Meta.",)))
    assert (waiting(world), new.by, new.edits) == (new, CY, old.draft_id)
    assert (as_it_is(world, old).state, as_it_is(world, old).superseded_by) == (DraftState.SUPERSEDED, new.draft_id)
    assert (new.money, new.drift, new.tracks) == (euros(700), old.drift, ("north",))
    assert new.plan.notes == ("Less for Meta.",)
    assert (last(world).kind, last(world).by) == (EntryKind.NOTE, CY)
    assert last(world).why == "cy@example.com edited the draft of plan v2."
    assert (last_event(world).type, last_event(world).data.draft_id) == ("optimization.superseded", old.draft_id)
    assert drafts_of(world.ports(), "acme")[0] == new
    approved(world, new)
    assert world.manifest().budgets() == {"google_search": euros(5300), "meta": euros(4500)}


def test_an_edit_that_changes_nothing_writes_nothing(world: World) -> None:
    draft, before = waiting(world), world.documents.commits
    assert edited(world, draft, draft.plan) == draft
    assert world.documents.commits == before


def test_the_first_of_two_answers_does_not_pass_over_to_an_edit(world: World) -> None:
    shifted(world, 1800)
    draft = waiting(world)
    approved(world, draft)
    new = edited(world, draft, budgets(draft.plan, meta=6400), by=DEE)
    assert (new.decisions, new.people_needed) == ((), 2)


def test_a_higher_cap_counts_as_money(world: World) -> None:
    draft = waiting(world)
    new = edited(world, draft, draft.plan.but(master_cap=euros(20_500)))
    assert (new.money, new.people_needed) == (euros(4000), 2)


def test_everything_that_is_wrong_with_an_edit_is_said_at_once_and_nothing_is_written(world: World) -> None:
    draft, before = waiting(world), world.documents.bodies()
    west, north = draft.plan.slice(SOUTH).but(track_id="west"), budgets(draft.plan, google_search=9000, meta=50)
    wrong = draft.plan.but(version=4, currency="USD", plan_id="autumn", tracks=(north.slice("north"), west))
    with pytest.raises(InvalidInput) as caught:
        edited(world, draft, wrong)
    assert {fault.where for fault in caught.value.faults} == {
        "plan_id",
        "",
        "version",
        "currency",
        "tracks.west",
        "tracks.south",
        "tracks.north.meta",
    }
    assert "max_budget 7500000000 is under the budget 9000000000" in str(caught.value)
    assert world.documents.bodies() == before


def test_budgets_over_the_cap_are_refused(world: World) -> None:
    draft = waiting(world)
    with pytest.raises(InvalidInput, match="over the master cap of 16500000000") as caught:
        edited(world, draft, budgets(draft.plan, meta=9000))
    assert len(caught.value.faults) == 1


def test_a_cap_under_the_ceilings_of_tracks_that_stay_is_refused(world: World) -> None:
    """South was promised more than its plan: what was promised stays promised."""
    asked = world.propose(
        asks(world.wanted("social-s", Setting.ALLOCATION, euros(2900), SOUTH)), track_id=SOUTH
    ).change_sets[0]
    approve(world.ports(), "acme", asked.change_set_id, by=ANA, seen=asked.payload_digest, run="run")
    draft = waiting(world)
    with pytest.raises(InvalidInput, match=r"ceilings add up to 15,900\.00 EUR"):
        edited(world, draft, draft.plan.but(master_cap=euros(15_500)))


@pytest.mark.parametrize(
    ("start", "end", "where", "said"),
    [
        (date(2026, 5, 20), FLIGHT.end, "flight.start", "must be 2026-04-20: the flight began on 2026-04-20"),
        (date(2026, 3, 1), FLIGHT.end, "flight.start", "must be 2026-04-20: the flight began on 2026-04-20"),
        (
            FLIGHT.start,
            date(2026, 5, 3),
            "flight.end",
            "2026-05-03 is over; the earliest is today, 2026-05-04",
        ),
    ],
)
def test_a_flight_that_has_begun_keeps_its_start_and_ends_today_at_the_earliest(
    world: World, start: date, end: date, where: str, said: str
) -> None:
    """What is spent counts from its first day, and nobody would hold spend back outside of it."""
    draft, before = waiting(world), world.documents.bodies()
    with pytest.raises(InvalidInput) as caught:
        edited(world, draft, draft.plan.but(flight=Flight(start=start, end=end)))
    assert [(fault.where, fault.what) for fault in caught.value.faults] == [(where, said)]
    assert world.documents.bodies() == before


def test_a_flight_may_end_earlier_or_later(world: World) -> None:
    for end in (date(2026, 5, 4), date(2026, 7, 31)):
        draft = waiting(world)
        assert edited(world, draft, draft.plan.but(flight=FLIGHT.but(end=end))).plan.flight.end == end


def test_a_flight_to_come_moves_within_the_days_to_come(world: World) -> None:
    draft = waiting(world)
    world.clock.at = NOW - timedelta(days=20)
    later = draft.plan.but(flight=FLIGHT.but(start=date(2026, 4, 25)))
    with pytest.raises(InvalidInput, match="would have begun on 2026-04-10 already"):
        edited(world, draft, draft.plan.but(flight=FLIGHT.but(start=date(2026, 4, 10))))
    assert edited(world, draft, later).plan.flight == later.flight


def test_a_draft_of_a_flight_that_is_over_can_be_approved_as_it_was(world: World) -> None:
    """So that reports and invoices reconcile."""
    world.clock.at = NOW + timedelta(days=60)
    draft = draft_again(world.ports(), world.track(), by=CY)
    assert approved(world, draft).state is DraftState.APPROVED


# Rejecting


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


# Time


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
