"""Live against the plan: told after each apply, drafted where it is news, explained to the micro, swept daily."""

from datetime import date, timedelta

import pytest

from common.decisions.drift import Moved
from common.domain import paths
from common.domain.change import OptimizationType, Setting, Status, Verdict
from common.domain.drift import CauseKind, Direction, Standing
from common.domain.event import IMPORTANCE, TYPE, Event, EventType
from common.domain.log_entry import EntryKind
from common.domain.plan import Period, PlanChannel
from common.domain.plan_draft import DraftState, PlanDraft
from common.ports.documents import Document, Page, Query
from common.use_cases.activate_plan import activate_plan
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.drift import DriftChecked, after_event, check_drift, drift_now
from common.use_cases.plan_drafts import draft_of, drafts_of, drafts_waiting, edit_draft
from tests.world import FLIGHT, LOOSE, PLAN, SOUTH, World, asks, auto, change, euros, plan, proposal, state

RECOMMENDED = "plan.revise.recommended"
CY = "cy@example.com"
"""A planner."""


@pytest.fixture
def world() -> World:
    return World.taken_on()


def shifted(world: World, units: float, giver: str = "search", taker: str = "social") -> None:
    """Money moves from one campaign to another, by itself."""
    world.clock.forward(minutes=1)
    world.apply(auto(*world.shift(giver, taker, units), kind=OptimizationType.BUDGET_SHIFT))


def south_crosses(world: World) -> None:
    """A sixth of south's search goes to social."""
    goals = {"search-s": 2500, "social-s": 2500}
    moves = [change(world.manifest(SOUTH), name, Setting.ALLOCATION, euros(to)) for name, to in goals.items()]
    world.apply(auto(*moves, kind=OptimizationType.BUDGET_SHIFT), track_id=SOUTH)


def checked(world: World, track_id: str = "north") -> DriftChecked:
    return check_drift(world.ports(), world.track(track_id))


def draft_in(world: World) -> PlanDraft:
    (draft,) = drafts_waiting(world.ports(), "acme")
    return draft


def as_it_is(world: World, draft: PlanDraft) -> PlanDraft:
    return draft_of(world.ports(), "acme", draft.draft_id).value


def told(world: World) -> list[Event]:
    """The drift that others were told of, in order."""
    events = [Event.model_validate(event) for event in world.bus.events]
    return [event for event in events if event.data.cause == "drift"]


# What is over the threshold


def test_a_shift_under_the_threshold_is_nothing_to_tell(world: World) -> None:
    shifted(world, 500)
    before = world.documents.commits
    assert checked(world).moved is Moved.UNDER
    assert (world.documents.commits, told(world), drafts_of(world.ports(), "acme")) == (before, [], [])


def test_a_crossing_is_drafted_logged_told_and_remembered_in_one_commit(world: World) -> None:
    shifted(world, 700)
    before, log = world.documents.commits, len(world.log())
    done = checked(world)
    draft, entry, event = draft_in(world), world.log()[-1], told(world)[-1]
    assert (done.moved, done.draft) == (Moved.CROSSED, draft)
    assert len(world.log()) == log + 1
    assert (entry.kind, entry.revision, entry.by) == (EntryKind.RECOMMENDED, None, "trimtab")
    assert entry.why == (
        "Meta has 4,700.00 EUR, 17.5% more than the 4,000.00 EUR of plan v1. Plan v2 is drafted with what is live."
    )
    assert (event.type, event.data.seq, event.data.revision) == (RECOMMENDED, entry.seq, None)
    assert (event.data.new_crossing, event.data.drafted, event.data.draft_id) == (True, True, draft.draft_id)
    assert event.data.drift == draft.drift["north"]
    mark = world.manifest().drift
    assert mark is not None
    assert (mark.draft_id, mark.based_on, mark.told, mark.score) == (draft.draft_id, 1, 1, 0.175)
    assert world.documents.commits == before + 2, "one commit, and the outbox emptied"
    assert world.outbox() == []


def test_the_draft_is_the_next_version_with_what_is_live(world: World) -> None:
    shifted(world, 700)
    checked(world)
    draft = draft_in(world)
    lines = {line.channel: line.budget for line in draft.plan.slice("north").channels}
    assert lines == world.manifest().budgets() == {"google_search": euros(5300), "meta": euros(4700)}
    assert (draft.based_on, draft.plan.version, draft.tracks, draft.by) == (1, 2, ("north",), "trimtab")
    assert draft.plan.slice(SOUTH) == plan().slice(SOUTH)
    assert (draft.money, draft.people_needed) == (euros(700), 1)
    assert draft.expires_at - draft.created_at == timedelta(days=7)


def test_a_draft_waits_as_long_as_approvals_where_that_is_longer() -> None:
    world = World.taken_on(guardrails=LOOSE.but(approval_hours=240))
    shifted(world, 700)
    checked(world)
    assert draft_in(world).expires_at - draft_in(world).created_at == timedelta(days=10)


def test_a_large_draft_needs_two_planners(world: World) -> None:
    shifted(world, 2000)
    checked(world)
    assert draft_in(world).people_needed == 2


def test_what_is_large_for_one_track_needs_two_planners_whatever_else_the_draft_changes(world: World) -> None:
    shifted(world, 700)
    checked(world)
    south_crosses(world)
    checked(world, SOUTH)
    assert (draft_in(world).money, draft_in(world).people_needed) == (euros(1200), 1)
    moves = [change(world.manifest(SOUTH), "search-s", Setting.ALLOCATION, euros(1900))]
    world.clock.forward(minutes=1)
    world.apply(auto(*moves, kind=OptimizationType.BUDGET_SHIFT), track_id=SOUTH)
    checked(world, SOUTH)
    draft = draft_in(world)
    assert (draft.tracks, draft.money, draft.people_needed) == (("north", "south"), euros(1800), 2)


def test_what_comes_again_makes_nothing_more(world: World) -> None:
    shifted(world, 700)
    checked(world)
    before = world.documents.commits
    assert checked(world).moved is Moved.STILL
    assert world.documents.commits == before


def test_what_comes_again_is_no_news_for_a_tenant_without_hysteresis() -> None:
    world = World.taken_on(guardrails=LOOSE.but(drift_hysteresis=0))
    shifted(world, 700)
    assert [checked(world).moved for _ in range(2)] == [Moved.CROSSED, Moved.STILL]
    shifted(world, 1)
    assert [checked(world).moved for _ in range(2)] == [Moved.MATERIAL, Moved.STILL]


def test_unplanned_money_is_told_once_where_the_track_has_no_budget_at_all() -> None:
    nothing = plan(budgets={"north": {"google_search": 6000, "meta": 4000}, "south": {"google_search": 0, "meta": 0}})
    world = World.taken_on()
    world.rewrite(paths.plan("acme", PLAN, 1), lambda _: nothing.body())
    assert [checked(world, SOUTH).moved for _ in range(2)] == [Moved.CROSSED, Moved.STILL]


def test_whoever_checks_at_the_same_time_finds_that_it_was_told(world: World) -> None:
    """Somebody else's check lands between this one's look and its commit."""
    shifted(world, 700)
    racing = iter([lambda: checked(world)])

    def somebody_was_faster() -> None:
        world.documents.after_read = lambda: None
        next(racing)()

    world.documents.after_read = somebody_was_faster
    assert checked(world).moved is Moved.STILL
    assert (len(told(world)), len(drafts_of(world.ports(), "acme"))) == (1, 1)


def test_a_later_apply_that_is_no_news_is_told_once_and_leaves_no_entry(world: World) -> None:
    shifted(world, 700)
    checked(world)
    shifted(world, 40)
    log = len(world.log())
    assert [checked(world).moved for _ in range(2)] == [Moved.STILL, Moved.STILL]
    first, again = told(world)
    assert (again.data.new_crossing, again.data.drafted, again.data.draft_id) == (False, False, first.data.draft_id)
    assert again.id == "acme:north-d000000000002"
    assert (again.data.seq, again.data.revision) == (world.manifest().log_seq, None)
    assert again.data.drift is not None
    assert again.data.drift.score == 0.185
    assert (len(world.log()), len(drafts_of(world.ports(), "acme"))) == (log, 1)


def test_a_drift_that_people_know_is_for_programs_alone_and_its_message_says_so(world: World) -> None:
    for units in (700, 40):
        shifted(world, units)
        checked(world)
    said = [(message.attributes[TYPE], message.attributes[IMPORTANCE]) for _, message in world.bus.messages]
    applied = ("optimization.applied", "digest")
    assert said == [applied, (RECOMMENDED, "urgent"), applied, (RECOMMENDED, "silent")]


def test_a_material_move_drafts_again_in_the_place_of_the_first(world: World) -> None:
    shifted(world, 700)
    checked(world)
    first = draft_in(world)
    shifted(world, 200)
    assert checked(world).moved is Moved.MATERIAL
    second = draft_in(world)
    old = next(one for one in drafts_of(world.ports(), "acme") if one.draft_id == first.draft_id)
    assert (old.state, old.superseded_by) == (DraftState.SUPERSEDED, second.draft_id)
    assert second.plan.slice("north").budget == euros(10_000)
    assert [(event.data.new_crossing, event.data.drafted) for event in told(world)] == [(True, True), (False, True)]


def test_back_under_the_threshold_is_not_settled_yet(world: World) -> None:
    shifted(world, 700)
    checked(world)
    shifted(world, 200, "social", "search")
    assert checked(world).moved is Moved.UNDER
    shifted(world, 200)
    assert checked(world).moved is Moved.STILL, "it never was well under the threshold"


def test_well_under_the_threshold_the_draft_is_withdrawn_and_the_next_time_over_it_is_a_new_crossing(
    world: World,
) -> None:
    shifted(world, 700)
    first = checked(world).draft
    assert first is not None
    shifted(world, 400, "social", "search")
    log = len(world.log())
    assert checked(world).moved is Moved.SETTLED
    assert checked(world).moved is Moved.SETTLED
    assert (world.manifest().drift, len(world.log())) == (None, log + 1)
    assert "the draft of v2 is withdrawn" in world.log()[-1].why
    assert as_it_is(world, first).state is DraftState.SUPERSEDED
    shifted(world, 400)
    assert checked(world).moved is Moved.CROSSED


def test_what_a_planner_wrote_is_not_withdrawn(world: World) -> None:
    shifted(world, 700)
    draft = checked(world).draft
    assert draft is not None
    terms = draft.plan.but(notes=("As we said on the phone.",))
    edited = edit_draft(world.ports(), "acme", draft.draft_id, terms, by=CY, seen=draft.payload_digest)
    shifted(world, 400, "social", "search")
    assert checked(world).moved is Moved.SETTLED
    assert as_it_is(world, edited).state is DraftState.PENDING


def test_a_draft_that_other_tracks_are_in_is_not_withdrawn(world: World) -> None:
    shifted(world, 700)
    checked(world)
    south_crosses(world)
    draft = checked(world, SOUTH).draft
    assert draft is not None
    shifted(world, 400, "social", "search")
    assert checked(world).moved is Moved.SETTLED
    assert as_it_is(world, draft).state is DraftState.PENDING


def test_a_draft_of_one_track_is_carried_over_into_that_of_another(world: World) -> None:
    shifted(world, 700)
    checked(world)
    south_crosses(world)
    assert checked(world, SOUTH).moved is Moved.CROSSED
    draft = draft_in(world)
    assert (draft.tracks, sorted(draft.drift)) == (("north", "south"), ["north", "south"])
    assert {line.budget for line in draft.plan.slice("north").channels} == {euros(5300), euros(4700)}
    assert draft.money == euros(1200)


def test_two_tracks_that_cross_at_once_leave_one_draft_with_both(world: World) -> None:
    """The other track's check lands after this one has looked for the newest draft: both want the same id."""
    shifted(world, 700)
    south_crosses(world)
    queried = world.documents.query

    def somebody_is_faster(query: Query) -> Page:
        page = queried(query)
        if query.descending and query.collection.endswith("plan_drafts"):
            world.documents.query = queried
            checked(world, SOUTH)
        return page

    world.documents.query = somebody_is_faster
    checked(world)
    assert draft_in(world).tracks == ("north", "south")
    assert len(drafts_of(world.ports(), "acme")) == 2


def test_a_structural_recommendation_enters_as_a_note_once_with_its_day(world: World) -> None:
    wish = proposal(OptimizationType.STRUCTURAL, world.wanted("search", Setting.STATUS, Status.PAUSED.value))
    judged = asks(kind=OptimizationType.STRUCTURAL).but(proposal=wish.but(why="Add a Performance Max campaign."))
    world.propose(judged.but(verdict=Verdict.NEEDS_REPLAN))
    shifted(world, 700)
    checked(world)
    note = "2026-05-04, north: Add a Performance Max campaign."
    assert draft_in(world).plan.notes == (note,)
    shifted(world, 200)
    checked(world)
    assert draft_in(world).plan.notes == (note,)


def test_money_on_a_channel_without_a_plan_is_unplanned_and_gets_a_line_in_the_draft() -> None:
    budgets = {"north": {"google_search": 6000, "meta": 4000}, "south": {"google_search": 3000, "meta": 2000}}
    world = World.taken_on(of=plan(budgets=budgets))
    unspent = state(world.manifest(SOUTH), {"social-s": 10}).body()
    unspent["pacing"]["social-s"]["unseen"] = 0
    world.rewrite(world.track(SOUTH).state, lambda _: unspent)
    activate_plan(world.ports(), plan(version=2, budgets={**budgets, "south": {"google_search": 3000}}), run="run")
    assert checked(world, SOUTH).drift.over is False, "a channel that was dropped has no money"
    move = change(world.manifest(SOUTH), "social-s", Setting.ALLOCATION, euros(400))
    world.apply(auto(move, kind=OptimizationType.SPEND_INCREASE), track_id=SOUTH)
    done = checked(world, SOUTH)
    assert (done.moved, done.drift.score, done.drift.unplanned) == (Moved.CROSSED, None, ("meta",))
    assert done.reasons[0].code == "unplanned_money"
    line = draft_in(world).plan.slice(SOUTH).line("meta")
    assert line == PlanChannel(channel="meta", platform="meta", budget=euros(400))
    assert "plan v2 has no money for it" in world.log(SOUTH)[-1].why


def test_a_draft_that_a_new_version_ended_is_made_again_on_that_version(world: World) -> None:
    """The new version leaves north's slice as it was, so north stays as far from it as before."""
    shifted(world, 700)
    checked(world)
    budgets = {"north": {"google_search": 6000, "meta": 4000}, "south": {"google_search": 3000, "meta": 2500}}
    activate_plan(world.ports(), plan(version=2, budgets=budgets), run="run")
    assert drafts_waiting(world.ports(), "acme") == []
    assert checked(world).moved is Moved.CROSSED
    assert (draft_in(world).based_on, draft_in(world).plan.version) == (2, 3)
    assert draft_in(world).plan.slice(SOUTH).budget == euros(5500)


# What caused it


def test_the_causes_of_each_channels_delta_add_up_to_it(world: World) -> None:
    shifted(world, 700)
    shifted(world, 100, "social", "search")
    shifted(world, 150, "retarget", "search")
    for one in drift_now(world.ports(), world.track()).channels:
        assert sum(cause.amount for cause in one.causes) == one.delta == one.live - one.plan
        assert sum(cause.share or 0 for cause in one.causes) == pytest.approx(1, abs=1e-5)


def test_a_cause_names_its_change_set_with_what_it_said(world: World) -> None:
    shifted(world, 700)
    (cause,) = drift_now(world.ports(), world.track()).channels[0].causes
    entry = world.log()[-1]
    assert (cause.kind, cause.seq, cause.change_set_id) == (CauseKind.CHANGE_SET, entry.seq, entry.change_set_id)
    assert (cause.amount, cause.share, cause.why) == (-euros(700), 1.0, entry.why)


def test_spend_pauses_and_direction_are_told(world: World) -> None:
    shifted(world, 700)
    meta = drift_now(world.ports(), world.track()).channels[1]
    assert (meta.spent, meta.standing, meta.paused, meta.percent) == (euros(180), Standing.PLANNED, False, 17.5)
    assert drift_now(world.ports(), world.track()).direction is Direction.BETWEEN


def test_looking_writes_nothing(world: World) -> None:
    shifted(world, 700)
    before = world.documents.commits
    assert drift_now(world.ports(), world.track()).over
    assert world.documents.commits == before


# After which events it is looked at


def test_each_revision_is_looked_at_and_nothing_else(world: World) -> None:
    shifted(world, 700)
    applied = Event.model_validate(world.bus.events[-1])
    done = after_event(world.ports(), applied)
    assert done is not None
    assert done.moved is Moved.CROSSED
    recommended = told(world)[-1]
    assert after_event(world.ports(), recommended) is None
    again = after_event(world.ports(), applied)
    assert again is not None
    assert again.moved is Moved.STILL
    assert len(told(world)) == 1


def test_an_event_that_a_later_one_overtook_leaves_the_look_to_it(world: World) -> None:
    """A delivery of the first comes after the second landed: one look, at what is live then, and one event."""
    shifted(world, 700)
    shifted(world, 40)
    first, second = (Event.model_validate(event) for event in world.bus.events)
    assert after_event(world.ports(), first) is None
    assert told(world) == []
    done = after_event(world.ports(), second)
    assert done is not None
    assert (done.moved, len(told(world))) == (Moved.CROSSED, 1)


def test_a_look_at_what_is_under_the_threshold_reads_the_manifest_alone(world: World) -> None:
    shifted(world, 500)
    event, read, found = Event.model_validate(world.bus.events[-1]), world.documents.read, list[str]()
    ports = world.ports()
    after_event(ports, event)  # tenant and plan are remembered

    def noted(*places: str) -> tuple[Document | None, ...]:
        found.extend(places)
        return read(*places)

    world.documents.read = noted
    done = after_event(ports, event)
    assert done is not None
    assert (done.moved, found) == (Moved.UNDER, [world.track().manifest])


@pytest.mark.parametrize(
    ("kind", "revision"),
    [("optimization.failed", None), ("optimization.rejected", None), ("optimization.applied", None)],
)
def test_what_raised_no_revision_is_not_looked_at(world: World, kind: str, revision: int | None) -> None:
    shifted(world, 700)
    event = Event.model_validate(world.bus.events[-1])
    other = event.model_copy(update={"type": EventType(kind), "data": event.data.but(revision=revision)})
    assert after_event(world.ports(), other) is None
    assert told(world) == []


# Plans with periods


def in_months(first: float, rest: float) -> tuple[Period, ...]:
    """Up to the end of April, and from then on."""
    april = Period(start=FLIGHT.start, end=date(2026, 4, 30), budget=euros(first))
    return april, Period(start=date(2026, 5, 1), end=FLIGHT.end, budget=euros(rest))


def with_periods(**by_channel: tuple[Period, ...]) -> World:
    """North's lines with periods of their own."""
    base = plan()
    lines = tuple(line.but(periods=by_channel.get(line.channel, ())) for line in base.slice("north").channels)
    return World.taken_on(of=base.but(tracks=(base.slice("north").but(channels=lines), base.slice(SOUTH))))


def test_periods_that_ended_keep_their_plan_and_the_others_share_the_rest() -> None:
    world = with_periods(meta=in_months(1000, 3000))
    shifted(world, 700)
    checked(world)
    line = draft_in(world).plan.slice("north").line("meta")
    assert line is not None
    assert line.periods == in_months(1000, 3700)


def test_where_ended_periods_leave_too_little_all_share_it() -> None:
    world = with_periods(google_search=in_months(5900, 100))
    shifted(world, 700)
    checked(world)
    line = draft_in(world).plan.slice("north").line("google_search")
    assert line is not None
    assert sum(one.budget for one in line.periods) == line.budget == euros(5300)
    assert line.periods[0].budget == euros(5300) * 59 // 60


def test_a_cap_of_a_channel_is_raised_where_it_would_be_under_the_budget() -> None:
    base = plan()
    meta = base.slice("north").channels[1].but(max_budget=euros(4200))
    north = base.slice("north").but(channels=(base.slice("north").channels[0], meta))
    world = World.taken_on(of=base.but(tracks=(north, base.slice(SOUTH))))
    shifted(world, 700)
    checked(world)
    lines = draft_in(world).plan.slice("north").channels
    assert [line.max_budget for line in lines] == [euros(7500), euros(4700)]


def test_a_carried_slice_that_no_longer_fits_under_the_cap_falls_back_to_the_plan(world: World) -> None:
    """A planner gave south all that was free; then north was given some of it."""
    shifted(world, 700)
    checked(world)
    first = draft_in(world)
    south = first.plan.slice(SOUTH)
    grown = south.but(channels=tuple(line.but(budget=line.budget + euros(750)) for line in south.channels))
    terms = first.plan.but(tracks=(first.plan.slice("north"), grown))
    edit_draft(world.ports(), "acme", first.draft_id, terms, by="cy@example.com", seen=first.payload_digest)
    more = asks(world.wanted("social", Setting.ALLOCATION, euros(4000)))
    asked = world.propose(more, window=world.clock.now()).change_sets[0]
    named = {"by": "ana@example.com", "seen": asked.payload_digest}
    approve_and_apply(world.ports(), "acme", asked.change_set_id, **named)
    assert checked(world).moved is Moved.MATERIAL
    draft = draft_in(world)
    assert (draft.plan.slice("north").budget, draft.plan.slice(SOUTH)) == (euros(10_800), plan().slice(SOUTH))
    assert (draft.plan.master_cap, draft.tracks) == (euros(16_500), ("north",))
