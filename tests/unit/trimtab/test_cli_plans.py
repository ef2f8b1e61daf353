"""Drift, plan versions and drafts from the command line: looked at, edited, approved, rejected, taken back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from common.use_cases.activate_plan import activate_plan
from sandbox.events import PlanRevision
from sandbox.tenancy import revised
from tests.unit.trimtab.command import Outcome, trimtab
from tests.unit.trimtab.underway import Underway, underway

BY = ("--by", "client@example.com")
SHIFT = {
    "kind": "budget_shift",
    "track_id": "shop",
    "channel": "google_search",
    "to": "meta",
    "at": "2026-05-07T01:00",
    "amount": 400,
    "why": "Meta sells better.",
}
HOURS = 2
"""Into the flight: when the request has been made."""


@pytest.fixture
def flight(tmp_path: Path) -> Iterator[Underway]:
    """A flight in which 400 EUR went from Google (2,400) to Meta (1,600), which drift drafted as v2."""
    with underway(tmp_path, HOURS, events=[SHIFT]) as found:
        assert found.trimtab("approvals", "approve", found.waiting(), *BY).code == 0
        found.player.hour()
        yield found


def draft_id(flight: Underway) -> str:
    """The id of the one draft that waits."""
    (draft,) = flight.trimtab("drafts", "list", "--json").data
    return draft["draft_id"]


def squeezed(answer: Outcome) -> str:
    """What was printed, as if the terminal were endless."""
    return " ".join(answer.out.split())


def budgets(plan: Any, track_id: str = "shop") -> dict[str, int]:
    """A plan's budgets of a track, in micros."""
    (track,) = (one for one in plan["tracks"] if one["track_id"] == track_id)
    return {line["channel"]: line["budget"] for line in track["channels"]}


def versions(flight: Underway) -> list[int]:
    """The versions that the plan has."""
    return [one["version"] for one in flight.trimtab("plan", "list", "--json").data]


def test_drift_says_how_far_each_channel_is_and_what_moved_it(flight: Underway) -> None:
    answer = flight.trimtab("drift", "shop")
    assert (answer.code, answer.err) == (0, "")
    said = squeezed(answer)
    for part in ("25% over its budget in plan v1", "1,600.00 EUR 2,000.00 EUR +400.00 EUR", "Meta sells better."):
        assert part in said
    data = flight.trimtab("drift", "shop", "--json").data
    assert (data["score"], data["over"], data["direction"]) == (0.25, True, "between")
    assert {one["channel"]: one["delta"] for one in data["channels"]} == {
        "google_search": -4 * 10**8,
        "meta": 4 * 10**8,
    }
    assert all(sum(cause["amount"] for cause in one["causes"]) == one["delta"] for one in data["channels"])


def test_a_track_on_its_plan_says_so(flight: Underway) -> None:
    assert "Live budgets are those of plan v1." in squeezed(flight.trimtab("drift", "outlet"))
    assert "nothing to take back" in flight.trimtab("return-to-plan", "outlet", *BY).out
    assert flight.trimtab("return-to-plan", "outlet", *BY, "--json").data is None


def test_the_draft_is_shown_beside_the_version_that_it_would_follow(flight: Underway) -> None:
    name = draft_id(flight)
    assert name in flight.trimtab("drafts", "list").out
    said = squeezed(flight.trimtab("drafts", "show", name))
    assert "meta 1,600.00 EUR 2,000.00 EUR +400.00 EUR" in said
    assert f"python -m trimtab drafts approve {name} --by YOU" in said
    assert budgets(flight.trimtab("drafts", "terms", name).data) == {"google_search": 2 * 10**9, "meta": 2 * 10**9}


def test_a_yes_makes_it_the_next_version_and_leaves_the_first_as_it_was(flight: Underway) -> None:
    first = flight.trimtab("plan", "show", 1, "--json").data
    name = draft_id(flight)
    answer = flight.trimtab("drafts", "approve", name, *BY)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"approved: media-plan v2, draft {name}")
    assert flight.trimtab("plan", "show", 1, "--json").data == first
    newest = flight.trimtab("plan", "show", "--json").data
    assert (newest["version"], newest["approved_by"]) == (2, "client@example.com")
    assert budgets(newest) == {"google_search": 2 * 10**9, "meta": 2 * 10**9}
    rows = {one["version"]: one["active_on"] for one in flight.trimtab("plan", "list", "--json").data}
    assert "shop" in rows[2]
    assert "v2" in flight.trimtab("plan", "list").out
    assert "Live budgets are those of plan v2." in squeezed(flight.trimtab("drift", "shop"))
    assert flight.trimtab("drafts", "list").out == "No draft of a plan version waits for a person.\n"
    assert [one["state"] for one in flight.trimtab("drafts", "list", "--all", "--json").data] == ["approved"]
    again = flight.trimtab("drafts", "approve", name, *BY)
    assert (again.code, again.out) == (2, "")
    assert "was already approved by client@example.com" in again.err
    assert flight.trimtab("verify-log").code == 0


def test_an_edit_is_a_new_draft_in_the_place_of_the_old_one(flight: Underway, tmp_path: Path) -> None:
    old = draft_id(flight)
    terms = flight.trimtab("drafts", "terms", old).data
    shop = next(one for one in terms["tracks"] if one["track_id"] == "shop")
    shop["channels"][0]["budget"] -= 100_000_000
    file = tmp_path / "terms.json"
    file.write_text(json.dumps(terms))
    assert trimtab("validate", file, "--json").data["kind"] == "terms"
    answer = flight.trimtab("drafts", "edit", old, *BY, "--file", file)
    assert (answer.code, answer.err) == (0, "")
    new = draft_id(flight)
    assert new != old
    assert f"{old} is replaced by {new}, media-plan v2." in squeezed(answer)
    refused = flight.trimtab("drafts", "approve", old, *BY)
    assert refused.code == 2
    assert "replaced" in refused.err
    assert flight.trimtab("drafts", "approve", new, *BY).code == 0
    assert budgets(flight.trimtab("plan", "show", 2, "--json").data)["google_search"] == 1_900_000_000


def _cap_passed(terms: dict[str, Any]) -> None:
    terms["master_cap"] = 1


def _another_version(terms: dict[str, Any]) -> None:
    terms["version"] = 7


def _a_track_is_gone(terms: dict[str, Any]) -> None:
    terms["tracks"] = terms["tracks"][:1]


def _a_key_is_unknown(terms: dict[str, Any]) -> None:
    terms["colour"] = "red"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cap_passed, "over the master cap"),
        (_another_version, "version"),
        (_a_track_is_gone, "outlet"),
        (_a_key_is_unknown, "colour: unknown key"),
    ],
)
def test_terms_that_can_not_be_are_refused_and_nothing_is_written(
    flight: Underway, tmp_path: Path, spoil: Any, said: str
) -> None:
    name = draft_id(flight)
    terms = flight.trimtab("drafts", "terms", name).data
    spoil(terms)
    file = tmp_path / "terms.json"
    file.write_text(json.dumps(terms))
    answer = flight.trimtab("drafts", "edit", name, *BY, "--file", file)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert (draft_id(flight), versions(flight)) == (name, [1])


def test_a_no_keeps_the_plan_and_asks_whether_live_should_go_back(flight: Underway) -> None:
    name = draft_id(flight)
    answer = flight.trimtab("drafts", "reject", name, *BY, "--reason", "Not this month.")
    assert (answer.code, answer.err) == (0, "")
    assert f"rejected: media-plan v2, draft {name}" in answer.out
    asked = flight.waiting()
    assert f"python -m trimtab approvals approve {asked} --by YOU" in squeezed(answer)
    assert versions(flight) == [1]
    assert "Not this month." in flight.trimtab("log", "shop", "--newest", 3).out
    assert flight.trimtab("approvals", "approve", asked, *BY).code == 0
    assert "Live budgets are those of plan v1." in squeezed(flight.trimtab("drift", "shop"))
    assert flight.trimtab("verify-log").code == 0


def test_after_a_no_a_planner_can_have_it_drafted_again(flight: Underway) -> None:
    first = draft_id(flight)
    assert flight.trimtab("drafts", "reject", first, *BY, "--reason", "Not yet.").code == 0
    made = flight.trimtab("drafts", "make", "shop", *BY)
    assert made.code == 0
    again = draft_id(flight)
    assert again != first
    assert again in made.out
    assert flight.trimtab("drafts", "approve", again, *BY).code == 0
    assert versions(flight) == [2, 1]


def test_the_way_back_can_be_asked_for_while_a_draft_waits(flight: Underway) -> None:
    answer = flight.trimtab("return-to-plan", "shop", *BY, "--json")
    assert (answer.code, answer.data["state"]) == (0, "pending")
    assert flight.waiting() == answer.data["change_set_id"]
    assert {change["after"] for change in answer.data["proposals"][0]["changes"]} == {2_400_000_000, 1_600_000_000}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan", "show", "9"), "media-plan has no version 9; the newest is 2"),
        (("plan", "show", "0"), "media-plan has no version 0"),
        (("plan", "list", "--plan", "spring"), "weekend has no plan spring; it has media-plan"),
        (("drift", "nowhere"), "weekend has no track nowhere"),
        (("drafts", "show", "nothing"), "weekend has no draft nothing; `drafts list --all` shows"),
        (("drafts", "terms", "nothing"), "weekend has no draft nothing"),
        (("drafts", "approve", "nothing", *BY), "weekend has no draft nothing"),
        (("drafts", "reject", "nothing", *BY, "--reason", "No"), "weekend has no draft nothing"),
        (("drafts", "edit", "nothing", *BY, "--file", "/nowhere.json"), "/nowhere.json: No such file or directory"),
        (("return-to-plan", "shop", "--by", "stranger@example.com"), "stranger@example.com"),
    ],
)
def test_what_is_not_there_is_named(store: str, arguments: tuple[str, ...], said: str) -> None:
    answer = trimtab(*arguments, "--store", store)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("approve", "--by", "stranger@example.com"), "stranger@example.com may not"),
        (("reject", *BY, "--reason", " "), "a rejection needs a reason"),
        (("reject", "--by", "stranger@example.com", "--reason", "No"), "stranger@example.com may not"),
    ],
)
def test_a_decision_that_is_not_theirs_or_not_whole_is_refused(
    flight: Underway, arguments: tuple[str, ...], said: str
) -> None:
    command, *options = arguments
    name = draft_id(flight)
    answer = flight.trimtab("drafts", command, name, *options)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert (draft_id(flight), versions(flight)) == (name, [1])


def test_a_draft_on_a_version_that_is_over_is_refused(flight: Underway) -> None:
    """The client approved another v2 while the draft waited."""
    name, player = draft_id(flight), flight.player
    body = {"kind": "plan_revision", "at": "2026-05-07T03:00", "track_id": "outlet", "channels": {"display": 700}}
    revision = PlanRevision.model_validate_json(json.dumps(body))
    now = player.ports.clock.now()
    activate_plan(player.ports, revised(player.scenario, player.active_plan(), revision, now), run="another")
    answer = flight.trimtab("drafts", "approve", name, *BY)
    assert (answer.code, answer.out) == (2, "")
    assert "Traceback" not in answer.err
    assert versions(flight) == [2, 1]
    assert flight.trimtab("plan", "show", 2, "--json").data["digest"] == player.active_plan().digest
