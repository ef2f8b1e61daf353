"""Playing a scenario from the command line: a table that tells how it ended, or the same as JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.trimtab.command import WEEKEND, trimtab


def test_a_person_reads_how_each_channel_ended_what_was_unusual_and_where_to_look(tmp_path: Path) -> None:
    played = trimtab("play", WEEKEND, "--store", f"sqlite:{tmp_path}/new/w.db")
    assert played.code == 0
    assert played.err == ""
    for word in ("shop", "outlet", "google_search", "meta", "display", "planned", "allocated", "spent", "waiting"):
        assert word in played.out
    assert "Off its allocation: outlet display" in played.out
    assert "the demand" in played.out
    assert "A change could not be made: rate_limited (failed," in played.out
    assert "96 hours, 192 ticks; approvals answered: 1;" in played.out
    assert f"python -m trimtab verify-log --store sqlite:{tmp_path}/new/w.db" in played.out


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_fits_the_terminal_and_nothing_is_cut(width: int) -> None:
    played = trimtab("play", WEEKEND, width=width)
    assert "…" not in played.out
    assert played.widest <= width


def test_with_a_dash_the_result_is_printed_as_json_and_nothing_else_is() -> None:
    played = trimtab("play", WEEKEND, "--json", "-")
    assert played.err == ""
    assert played.data["tenant_id"] == "weekend"
    rows = {(row["track_id"], row["channel"]): row for row in played.data["channels"]}
    assert len(rows) == 4
    search = rows[("shop", "google_search")]
    assert search["planned"] == search["allocated"] == 2_400_000_000
    assert abs(search["error_pct"]) < 5
    assert {one["what"] for one in played.data["happened"]} >= {"external_change", "pending", "approved"}


def test_with_a_file_the_result_is_written_there_and_the_table_is_printed(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    played = trimtab("play", WEEKEND, "--json", file)
    assert "how the flight ended" in played.out
    assert json.loads(file.read_text()) == trimtab("play", WEEKEND, "--json", "-").data


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_played(tmp_path: Path) -> None:
    file = tmp_path / "missing" / "result.json"
    played = trimtab("play", WEEKEND, "--json", file)
    assert (played.code, played.out) == (2, "")
    assert f"{file}: No such file or directory" in played.err


def test_approvals_can_be_left_waiting() -> None:
    played = trimtab("play", WEEKEND, "--unanswered", "--json", "-").data
    assert played["approvals"] == 0
    waiting = {(row["track_id"], row["channel"]): row["waiting"] for row in played["channels"]}
    assert [where for where, count in waiting.items() if count] == [("shop", "google_search")]


def test_on_a_terminal_a_bar_shows_how_far_it_is(tmp_path: Path) -> None:
    played = trimtab("play", WEEKEND, "--json", "-", TTY_COMPATIBLE="1", TTY_INTERACTIVE="1")
    assert "playing weekend" in played.err
    assert "%" in played.err
    assert played.data["hours"] == 96


def test_a_store_that_has_the_tenant_already_is_left_as_it_is(store: str) -> None:
    before = trimtab("verify-log", "--store", store, "--json").data
    again = trimtab("play", WEEKEND, "--store", store)
    assert (again.code, again.out) == (2, "")
    assert f"{store} has weekend already: play it on another store" in again.err
    assert trimtab("verify-log", "--store", store, "--json").data == before


def test_a_scenario_with_faults_is_refused_with_all_of_them_and_nothing_is_written(tmp_path: Path) -> None:
    scenario: dict[str, Any] = json.loads(WEEKEND.read_text())
    scenario["currency"] = "EUX"
    scenario["flight"] = {"start": "2026-05-10", "end": "2026-05-07"}
    scenario["colour"] = "red"
    scenario["tracks"][0]["channels"][0]["plan_budget"] = -5
    file, db = tmp_path / "bad.json", tmp_path / "new" / "w.db"
    file.write_text(json.dumps(scenario))
    played = trimtab("play", file, "--store", f"sqlite:{db}")
    assert (played.code, played.out) == (2, "")
    for fault in ("colour: unknown key", "currency:", "flight", "tracks.0.channels.0.plan_budget"):
        assert fault in played.err
    assert not db.parent.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("play", "/nowhere/x.json"), "/nowhere/x.json: No such file or directory"),
        (("play", WEEKEND, "--store", "postgres:x"), "start it with sqlite: or firestore:"),
        (("play", WEEKEND, "--store", "sqlite:/proc/no/w.db"), "/proc/no"),
    ],
)
def test_what_it_can_not_do_is_told_in_a_line(arguments: tuple[object, ...], said: str) -> None:
    played = trimtab(*arguments)
    assert (played.code, played.out) == (2, "")
    assert said in played.err


def test_the_demo_plays_three_tracks_to_their_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    played = trimtab("demo", "--json").data
    assert {row["track_id"] for row in played["channels"]} == {"shoes", "bags", "outlet"}
    assert played["approvals"] == 6, "an edit by hand, money to move, and four pauses to lift"
    assert played["drafts"] >= 1, "what that money, and what reviews moved, was away from the plan"
    stopped = [(one["track_id"], one["alarm"]["kind"], one["alarm"]["target"]) for one in played["stopped"]]
    assert stopped[0] == ("outlet", "spend_anomaly", "meta_retargeting"), "the runaway"
    assert {(track, kind) for track, kind, _ in stopped[1:]} == {
        (track, "tracking_failure") for track in ("shoes", "bags", "outlet")
    }, "the outage"
    assert "paused" in (tmp_path / "var" / "demo-pauses.svg").read_text()
    off = [row for row in played["channels"] if abs(row["error_pct"]) >= 1]
    assert {row["track_id"] for row in off} <= {"bags"}, "money that came late, after an outage"
    assert [row for row in played["channels"] if row["note"]] == off, "each says why"
    assert played["reviews"] == 3 * 30
    assert {one["track_id"] for one in played["reviewed"] if one["landed"]} == {"shoes", "bags", "outlet"}
    assert all(sum(one["moved"].values()) == 0 for one in played["reviewed"]), "totals are kept"
    assert {one["what"] for one in played["happened"]} >= {"external_change", "approved", "recommended"}
    plans = [one["track_id"] for one in played["happened"] if one["what"] == "plan_activated"]
    assert len(plans) > played["drafts"], "drift's, and the client's own"
    assert plans[-1] == "bags"
    assert trimtab("verify-log", "--store", "sqlite:var/demo.db").code == 0


COMMANDS = ["demo", "play", "tick", "review", "log", "why", "verify-log", "validate", "serve", "schemas"]
APPROVALS = ["approvals", "approvals list", "approvals approve", "approvals reject"]
PLANS = ["drift", "return-to-plan", "plan", "plan list", "plan show"]
DRAFTS = ["drafts", *(f"drafts {one}" for one in ("list", "show", "terms", "approve", "edit", "reject"))]


@pytest.mark.parametrize("command", ["", *COMMANDS, *APPROVALS, *PLANS, *DRAFTS])
def test_every_command_explains_itself_within_eighty_columns(command: str) -> None:
    helped = trimtab(*command.split(), "--help")
    assert helped.code == 0
    assert "Usage:" in helped.out
    assert helped.widest <= 80
