"""The day's deep review by hand, and what a played flight tells of its reviews."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reviewed_world import GOOD, POOR, shop
from tests.unit.trimtab.command import trimtab
from tests.unit.trimtab.underway import Underway, underway


@pytest.fixture
def flight(tmp_path: Path) -> Iterator[Underway]:
    """A flight five hours old, in which one channel brings far more than the other; its first review is at six."""
    with underway(tmp_path, hours=5, **shop()) as found:
        yield found


def test_what_it_moved_and_why_is_shown_and_why_the_rest_was_left_alone(flight: Underway) -> None:
    answer = flight.trimtab("review")
    assert (answer.code, answer.err) == (0, "")
    assert answer.widest <= 80
    said = " ".join(answer.out.split())
    assert "brand 2026-05-31 22:00 UTC" in said
    assert "applied: change set " in said
    assert f"{GOOD} allocation: 6,000.00 EUR → 6," in said
    assert f"{POOR} allocation: 6,000.00 EUR → 5," in said
    assert "expected: +" in said
    assert flight.trimtab("verify-log").code == 0


def test_as_json_it_has_all_that_was_decided(flight: Underway) -> None:
    (found,) = flight.trimtab("review", "brand", "--json").data
    assert (found["tenant"], found["track"], found["window"]) == ("acme", "brand", "2026-05-31T22:00:00+00:00")
    (made,) = found["change_sets"]
    assert made["state"] == "applied"
    entities = {change["entity_id"] for one in made["proposals"] for change in one["changes"]}
    assert entities == {GOOD, POOR}
    assert found["advice"]["agent"] == "statistical"
    assert {one["entity_id"] for one in found["reasons"]} >= {f"{GOOD}.ad-1", f"{POOR}.ad-1"}


def test_a_second_review_of_the_day_does_nothing_and_says_so(flight: Underway) -> None:
    flight.trimtab("review")
    said = " ".join(flight.trimtab("review").out.split())
    assert "was done before (window_done)" in said


def test_without_a_market_the_tenants_own_accounts_are_asked_and_it_has_none(flight: Underway) -> None:
    answer = trimtab("review", "--store", flight.store)
    assert (answer.code, answer.err) == (0, "")
    assert "is not connected: no account is named (account_missing)" in " ".join(answer.out.split())


def test_a_played_flight_tells_what_its_reviews_changed_and_why(tmp_path: Path) -> None:
    file, result = tmp_path / "shop.json", tmp_path / "result.json"
    file.write_text(json.dumps({**shop(), "flight": {"start": "2026-06-01", "end": "2026-06-08"}}))
    said = " ".join(trimtab("play", file, "--json", result).out.split())
    assert "What 8 deep reviews changed, and why (the largest move of each track):" in said
    assert "budget shifts; EUR by channel: " in said
    data = json.loads(result.read_text())
    (track,) = data["reviewed"]
    assert sum(track["moved"].values()) == 0
    assert track["moved"][GOOD] > 0
    assert (data["reviews"], track["track_id"]) == (8, "brand")


def test_a_flight_in_which_no_review_changed_anything_says_nothing_of_them(tmp_path: Path) -> None:
    scenario = {**shop(guardrails={"shift_max_pct": 0}), "flight": {"start": "2026-06-01", "end": "2026-06-02"}}
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(scenario))
    assert "deep reviews changed" not in trimtab("play", file).out
