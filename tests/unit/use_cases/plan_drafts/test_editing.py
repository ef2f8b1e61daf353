"""An edit of a draft: a new draft in its place, or all that is wrong with it at once."""

from datetime import date, timedelta

import pytest

from common.domain.calendar import Flight
from common.domain.change import Setting
from common.domain.errors import InvalidInput
from common.domain.log_entry import EntryKind
from common.domain.plan_draft import DraftState
from common.use_cases.approvals import approve
from common.use_cases.make_draft import draft_again
from common.use_cases.plan_drafts import (
    drafts_of,
)
from tests.unit.use_cases.plan_drafts.deciding import (
    ANA,
    CY,
    DEE,
    approved,
    as_it_is,
    budgets,
    edited,
    last,
    last_event,
    shifted,
    waiting,
)
from tests.world import FLIGHT, NOW, SOUTH, World, asks, euros


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
