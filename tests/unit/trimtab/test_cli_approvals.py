"""Deciding from the command line: applied at once where the platforms are in reach, or left for who comes next."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.trimtab.command import trimtab
from tests.unit.trimtab.underway import Underway, underway

BY_HAND = 300_000_000
BOTH = {"external_change_policy": "ask", "two_approvers_pct": 1}


@pytest.fixture
def flight(tmp_path: Path) -> Iterator[Underway]:
    """A flight in which somebody set a budget to 300 by hand."""
    with underway(tmp_path) as found:
        assert found.daily_budget() == BY_HAND
        yield found


def test_a_yes_is_applied_and_said_so(flight: Underway) -> None:
    wanted = flight.asked_for()
    answer = flight.trimtab("approvals", "approve", flight.waiting(), "--by", "Client@example.com")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("applied: change set ")
    assert f"google_search daily budget: 300.00 EUR → {wanted / 1_000_000:.2f} EUR" in answer.out
    assert flight.daily_budget() == wanted
    newest = flight.trimtab("log", "shop", "--newest", 2, "--json").data
    assert [(entry["kind"], entry["by"]) for entry in newest] == [
        ("applied", "client@example.com"),
        ("approved", "client@example.com"),
    ]
    assert flight.trimtab("verify-log").code == 0
    assert flight.trimtab("approvals", "list").out == "Nothing waits for a person.\n"


def test_a_yes_as_json_is_the_change_set_as_it_stands_then(flight: Underway) -> None:
    waiting = flight.waiting()
    answer = flight.trimtab("approvals", "approve", waiting, "--by", "client@example.com", "--json")
    assert (answer.data["change_set_id"], answer.data["state"]) == (waiting, "applied")
    assert [result["outcome"] for result in answer.data["results"]] == ["applied"]


def test_a_no_changes_nothing_and_its_reason_is_in_the_log(flight: Underway) -> None:
    waiting = flight.waiting()
    answer = flight.trimtab(
        "approvals", "reject", waiting, "--by", "client@example.com", "--reason", "Stock is short [until Monday]."
    )
    assert answer.code == 0
    assert f"rejected: change set {waiting}" in answer.out
    assert flight.daily_budget() == BY_HAND
    assert "Stock is short [until Monday]." in flight.trimtab("log", "shop", "--newest", 1).out


def test_part_of_it_can_be_approved_and_a_part_that_it_has_not_is_refused(flight: Underway) -> None:
    waiting = flight.waiting()
    wanted, by = flight.asked_for(), ("--by", "client@example.com")
    wrong = flight.trimtab("approvals", "approve", waiting, *by, "--only", "undo-everything")
    assert wrong.code == 2
    assert "not part of this change set: undo-everything" in wrong.err
    whole = flight.trimtab("approvals", "approve", waiting, *by, "--only", "undo-google_search-daily_budget")
    assert whole.code == 0
    assert flight.daily_budget() == wanted


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("approve", "--by", "stranger@example.com"), "stranger@example.com may not decide for weekend"),
        (("reject", "--by", "client@example.com", "--reason", " "), "a rejection needs a reason"),
        (("reject", "--by", "stranger@example.com", "--reason", "No"), "may not decide for weekend"),
    ],
)
def test_a_decision_that_is_not_theirs_or_not_whole_is_refused(
    flight: Underway, arguments: tuple[str, ...], said: str
) -> None:
    command, *options = arguments
    answer = flight.trimtab("approvals", command, flight.waiting(), *options)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert flight.daily_budget() == BY_HAND


def test_what_was_decided_is_not_decided_again(flight: Underway) -> None:
    waiting = flight.waiting()
    for code in (0, 2):
        answer = flight.trimtab("approvals", "approve", waiting, "--by", "client@example.com")
        assert answer.code == code
    assert "was already approved by client@example.com" in answer.err


def test_what_was_changed_meanwhile_is_not_applied(flight: Underway) -> None:
    waiting = flight.waiting()
    flight.player.world.market.set("shop/google_search", "daily_budget", 350.0)
    flight.player.hour()
    answer = flight.trimtab("approvals", "approve", waiting, "--by", "client@example.com")
    assert answer.code == 2
    assert "was replaced by a newer proposal" in answer.err
    assert flight.daily_budget() == 350_000_000


def test_where_two_must_agree_the_first_yes_says_so_and_the_second_applies_it(tmp_path: Path) -> None:
    with underway(tmp_path, guardrails=BOTH) as flight:
        waiting, wanted = flight.waiting(), flight.asked_for()
        first = flight.trimtab("approvals", "approve", waiting, "--by", "client@example.com")
        assert "A second, different person must approve it too." in first.out
        assert flight.daily_budget() == BY_HAND
        again = flight.trimtab("approvals", "approve", waiting, "--by", "client@example.com")
        assert "it needs a second, different person" in again.err
        assert "approved by 1 of 2" in " ".join(flight.trimtab("approvals", "list").out.split())
        second = flight.trimtab("approvals", "approve", waiting, "--by", "agency@example.com")
        assert second.out.startswith("applied")
        assert flight.daily_budget() == wanted


def test_an_approval_whose_time_is_over_is_refused(store: str) -> None:
    """Without a market the time is this machine's, and the played weekend is long past."""
    (approval,) = trimtab("approvals", "list", "--store", store, "--json").data
    name = approval["approval_id"]
    answer = trimtab("approvals", "approve", name, "--by", "client@example.com", "--store", store)
    assert (answer.code, answer.out) == (2, "")
    assert "expired at 2026-05-12 08:00 UTC; nothing was changed" in answer.err


def test_where_no_platform_is_in_reach_a_yes_is_kept_and_the_next_tick_applies_it(tmp_path: Path) -> None:
    later: dict[str, Any] = {
        "flight": {"start": "2099-05-07", "end": "2099-05-10"},
        "events": [
            {
                "kind": "external_edit",
                "channel": "google_search",
                "track_id": "shop",
                "at": "2099-05-09T10:00",
                "daily_budget": 300,
            }
        ],
    }
    with underway(tmp_path, **later) as flight:
        waiting, wanted = flight.waiting(), flight.asked_for()
        answer = trimtab("approvals", "approve", waiting, "--by", "client@example.com", "--store", flight.store)
        assert answer.code == 0
        assert answer.out.startswith("intended: change set ")
        assert "the next tick or sweep drives it to its end" in " ".join(answer.out.split())
        assert flight.daily_budget() == BY_HAND
        assert flight.trimtab("tick", "shop").code == 0
        log = flight.trimtab("log", "shop", "--newest", 3, "--json").data
        (undone,) = (entry for entry in log if (entry["kind"], entry["by"]) == ("applied", "client@example.com"))
        assert [change["after"] for change in undone["changes"]] == [wanted]
        assert flight.daily_budget() != BY_HAND


def test_a_market_that_has_gone_is_named_and_nothing_is_decided(flight: Underway) -> None:
    waiting = flight.waiting()
    gone = trimtab(
        "approvals",
        "approve",
        waiting,
        "--by",
        "client@example.com",
        TRIMTAB_STORE=flight.store,
        TRIMTAB_MARKET_URL="http://127.0.0.1:1/market",
    )
    assert gone.code == 2
    assert "http://127.0.0.1:1/market/now does not answer" in gone.err
    assert flight.waiting() == waiting
