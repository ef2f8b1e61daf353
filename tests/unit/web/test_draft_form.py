"""What a person types over a draft, and what is wrong with it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.errors import InvalidInput
from common.domain.plan import Period
from common.domain.plan_draft import PlanDraft
from common.web.draft_form import budgets, edit_view, typed_terms, written
from tests.unit.web.drafted import draft
from tests.world import FLIGHT, NORTH, SOUTH, euros, plan, tenant

SEARCH, SOCIAL = "budget/south/google_search", "budget/south/meta"


def as_shown(of: PlanDraft) -> dict[str, str]:
    """What the form sends where nobody typed anything."""
    return {one.name: written(one.micros, "EUR") for one in budgets(of.plan)} | {"notes": "\n".join(of.plan.notes)}


def faults(of: PlanDraft, typed: dict[str, str]) -> dict[str, str]:
    """What is wrong, by field."""
    with pytest.raises(InvalidInput) as caught:
        typed_terms(of, {**as_shown(of), **typed})
    return {one.where: one.what for one in caught.value.faults}


@given(st.integers(0, euros(2000)))
def test_a_field_that_is_left_as_it_was_keeps_its_budget_to_the_micro(micros: int) -> None:
    terms = draft().plan
    search, social = terms.slice(SOUTH).channels
    piece = terms.slice(SOUTH).but(channels=(search, social.but(budget=micros)))
    odd = draft(plan=terms.but(tracks=(terms.tracks[0], piece)))
    assert typed_terms(odd, as_shown(odd)) == odd.plan


def test_what_is_typed_becomes_the_budget() -> None:
    terms = typed_terms(draft(), {**as_shown(draft()), SEARCH: "2,400.5", "notes": " One.\n\nTwo. "})
    assert terms.slice(SOUTH).line("google_search") == draft().plan.slice(SOUTH).channels[0].but(budget=euros(2400.5))
    assert (terms.notes, terms.version) == (("One.", "Two."), 2)


@pytest.mark.parametrize("text", ["", "x", "-1", "1.234,5", "1,23", "1e3", "\u0663", "12 000", "12 EUR", "+5", "."])
def test_what_is_no_amount_is_said_beside_its_field(text: str) -> None:
    found = faults(draft(), {SOCIAL: text})
    assert list(found) == [SOCIAL]
    assert found[SOCIAL].startswith("Type an amount")


def test_every_fault_is_told_at_once() -> None:
    found = faults(draft(), {SEARCH: "5000", SOCIAL: "1.234", f"budget/{NORTH}/meta": "", "notes": "x" * 501})
    assert found == {
        SEARCH: "The channel's own cap is 2,812.50 EUR; it can have no more.",
        SOCIAL: "EUR has 2 decimals at most.",
        f"budget/{NORTH}/meta": "Type an amount; 0 if it should have nothing.",
        "notes": "A note has at most 500 characters.",
    }


def test_over_the_cap_of_all_is_said_with_what_is_too_much() -> None:
    assert faults(draft(), {SOCIAL: "4750"}) == {
        "": "All budgets together are 17,000.00 EUR; the plan's cap is 16,500.00 EUR. Take 500.00 EUR away."
    }
    assert faults(draft(), {SOCIAL: "9" * 15}) == {SOCIAL: "That is more than can be planned."}


def test_a_line_with_periods_has_a_field_for_each_and_their_sum_as_budget() -> None:
    terms = draft().plan
    search, social = terms.slice(SOUTH).channels
    cut = FLIGHT.start + timedelta(days=10)
    halves = (
        Period(start=FLIGHT.start, end=cut, budget=euros(750)),
        Period(start=cut + timedelta(days=1), end=FLIGHT.end, budget=euros(2000)),
    )
    piece = terms.slice(SOUTH).but(channels=(search, social.but(periods=halves)))
    of = draft(plan=terms.but(tracks=(terms.tracks[0], piece)))
    changed = typed_terms(of, {**as_shown(of), f"{SOCIAL}/{halves[1].start}": "1500"})
    line = changed.slice(SOUTH).line("meta")
    assert line is not None
    assert (line.budget, [one.budget for one in line.periods]) == (euros(2250), [euros(750), euros(1500)])


def test_the_form_shows_what_was_typed_and_each_fault_beside_its_field() -> None:
    typed = {**as_shown(draft()), SOCIAL: "lots"}
    with pytest.raises(InvalidInput) as caught:
        typed_terms(draft(), typed)
    view = edit_view(tenant(), draft(), plan(), typed, caught.value.faults)
    (field,) = [one for track in view.tracks for one in track.fields if one.faults]
    assert (field.name, field.value, field.about) == (SOCIAL, "lots", "Plan v1 has 2,000.00 EUR.")
    assert view.faults == [(field.key, f"south, Meta: {field.faults[0]}")]
