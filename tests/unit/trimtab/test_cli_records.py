"""What a store tells: the log, the reasons, what waits, and where a command finds nothing, what to do."""

import json
import re
from pathlib import Path

import pytest

from common.adapters.sqlite import SqliteDocuments
from common.ports.documents import Replace
from tests.unit.trimtab.command import WEEKEND, trimtab


@pytest.mark.parametrize("width", [80, 120])
def test_the_log_tells_newest_first_what_was_changed_by_whom_and_why(played_file: Path, width: int) -> None:
    log = trimtab("log", "shop", "--newest", 100, "--store", f"sqlite:{played_file}", width=width)
    assert log.code == 0
    assert log.widest <= width
    text = " ".join(log.out.split())
    assert "external change by an account user, revision" in text
    assert re.search(r"google_search daily budget: [\d,.]+ EUR → 300.00 EUR", text)
    assert re.search(r"shop google_search: daily budget back to [\d,.]+ EUR. It was changed by hand to 300.00", text)
    assert re.search(r"shop google_search: [\d,.]+ EUR a day instead of [\d,.]+ EUR. [\d,.]+ EUR are left for", text)
    assert "(failed: rate_limited)" in text
    assert text.index("2026-05-10") < text.index("2026-05-07")
    assert text.rstrip().endswith("Taken on under plan v1.")


def test_the_log_as_json_has_as_many_entries_as_asked_for(played_file: Path) -> None:
    entries = trimtab("log", "shop", "--newest", 5, "--store", f"sqlite:{played_file}", "--json").data
    sequences = [entry["seq"] for entry in entries]
    assert sequences == list(range(sequences[0], sequences[0] - 5, -1))
    assert {"kind", "by", "why", "changes", "hash", "previous"} <= entries[0].keys()


def test_what_a_decision_was_made_on_is_shown_whether_it_was_archived_or_not(played_file: Path) -> None:
    """The flight has three days, so those of the first may be archived by now."""
    store = f"sqlite:{played_file}"
    entries = trimtab("log", "shop", "--newest", 1000, "--store", store, "--json").data
    decided = [one["change_set_id"] for one in entries if one["by"] == "trimtab" and one["change_set_id"]]
    assert len(decided) > 3
    for change_set in (decided[0], decided[-1]):
        looked_at = trimtab("inputs", change_set, "--store", store, "--json").data
        assert {"now", "tenant", "plan", "manifest", "state", "spend"} <= looked_at.keys()
        assert looked_at["manifest"]["track_id"] == "shop"
    missing = trimtab("inputs", "nothing", "--store", store)
    assert missing.code == 2
    assert "change_sets/nothing does not exist" in missing.err


@pytest.mark.parametrize("width", [80, 120])
def test_why_tells_each_entitys_reasons_in_words_with_money_as_money(played_file: Path, width: int) -> None:
    why = trimtab("why", "outlet", "--store", f"sqlite:{played_file}", width=width)
    assert why.code == 0
    assert why.widest <= width
    text = " ".join(why.out.split())
    assert "outlet: the ticks of 2026-05-10" in text
    assert "display 48 21:30 how it usually spends" in text
    assert re.search(r" 24 21:00 [\d,.]+ EUR a day is wanted, but the demand", text)
    assert "(demand_limited)" in text


def test_why_tells_that_a_setting_is_left_alone_while_a_person_is_asked(played_file: Path) -> None:
    reasons = trimtab("why", "shop", "--store", f"sqlite:{played_file}", "--json").data
    waits = [one for one in reasons if one["reason"]["code"] == "awaiting_person"]
    assert [one["entity_id"] for one in waits] == ["google_search"]
    assert waits[0]["count"] > 12


def test_what_waits_is_shown_with_what_it_would_change_and_how_to_answer(played_file: Path) -> None:
    listed = trimtab("approvals", "list", "--store", f"sqlite:{played_file}")
    assert listed.code == 0
    assert listed.widest <= 80
    text = " ".join(listed.out.split())
    assert re.search(r"google_search daily budget: 300.00 EUR → [\d,.]+ EUR", text)
    assert "approved by 0 of 1; expires 2026-05-12 08:00 UTC." in text
    assert "approvals approve ID --by YOU" in text
    (approval,) = trimtab("approvals", "list", "--store", f"sqlite:{played_file}", "--json").data
    assert approval["approval_id"] in listed.out
    assert [one["type"] for one in approval["proposals"]] == ["undo_external"]


def test_nothing_that_waits_is_said_so(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path}/w.db"
    trimtab("play", WEEKEND, "--store", store)
    assert trimtab("approvals", "list", "--store", store).out == "Nothing waits for a person.\n"
    assert trimtab("approvals", "list", "--store", store, "--json").data == []


def test_the_environment_may_name_the_store_and_the_command_line_goes_first(played_file: Path) -> None:
    assert trimtab("log", "shop", TRIMTAB_STORE=f"sqlite:{played_file}").code == 0
    assert trimtab("log", "shop", "--store", f"sqlite:{played_file}", TRIMTAB_STORE="sqlite:gone.db").code == 0


@pytest.mark.parametrize("command", ["log shop", "why shop", "verify-log", "approvals list", "tick"])
def test_a_store_that_is_not_there_is_named_and_not_made(tmp_path: Path, command: str) -> None:
    file = tmp_path / "typo" / "w.db"
    answer = trimtab(*command.split(), "--store", f"sqlite:{file}")
    assert (answer.code, answer.out) == (2, "")
    assert f"there is no store at {file}" in answer.err
    assert not file.parent.exists()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("log west", "weekend has no track west; it has shop, outlet"),
        ("why west", "weekend has no track west; it has shop, outlet"),
        ("log shop -t monday", "the store has no tenant monday; it has weekend"),
        ("approvals approve x --by a@example.com", "weekend has no approval x; `approvals list` shows"),
        ("approvals reject x --by a@example.com --reason No", "weekend has no approval x; `approvals list` shows"),
    ],
)
def test_a_name_that_the_store_does_not_know_is_answered_with_those_that_it_does(
    played_file: Path, command: str, said: str
) -> None:
    answer = trimtab(*command.split(), "--store", f"sqlite:{played_file}", "--json")
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_where_a_store_has_several_tenants_the_command_asks_which(store: str, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(WEEKEND.read_text().replace('"weekend"', '"holiday"'))
    assert trimtab("play", other, "--store", store).code == 0
    unsaid = trimtab("log", "shop", "--store", store)
    assert (unsaid.code, unsaid.out) == (2, "")
    assert "say which tenant with --tenant: holiday, weekend" in unsaid.err
    said = trimtab("log", "shop", "--tenant", "holiday", "--store", store, "--json").data
    assert {entry["tenant_id"] for entry in said} == {"holiday"}


def test_a_store_without_a_tenant_says_what_to_do() -> None:
    answer = trimtab("verify-log", "--store", "sqlite::memory:")
    assert answer.code == 2
    assert "the store has no tenant yet: play a scenario into it" in answer.err


def test_a_file_that_is_no_store_is_told_from_one(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but long enough to look at" * 30)
    answer = trimtab("log", "shop", "--store", f"sqlite:{file}")
    assert (answer.code, answer.out) == (2, "")
    assert "can't be opened" in answer.err


def test_every_fault_of_the_environment_is_listed(played_file: Path) -> None:
    store = f"sqlite:{played_file}"
    answer = trimtab("log", "shop", "--store", store, TRIMTAB_COLOUR="red", TRIMTAB_CALL_TIMEOUT_SECONDS="0")
    assert answer.code == 2
    assert "the environment has 2 faults" in answer.err
    assert "colour: unknown key" in answer.err
    assert "call_timeout_seconds" in answer.err


@pytest.mark.parametrize("newest", ["0", "-3", "many"])
def test_a_number_of_entries_that_makes_no_sense_is_refused(played_file: Path, newest: str) -> None:
    assert trimtab("log", "shop", "--newest", newest, "--store", f"sqlite:{played_file}").code == 2


def test_what_people_wrote_can_not_command_the_terminal(store: str) -> None:
    """Rich would pass escape sequences on: a name or a reason could rewrite what stands on the screen."""
    documents = SqliteDocuments(store.removeprefix("sqlite:"))
    (entry,) = documents.read("tenants/weekend/optimization_log/shop-000000000003")
    assert entry is not None
    hostile = {**entry.data, "why": "Fine.\x1b]0;owned\x07\x1b[2J\u202ekcab", "by": "eve\x9b31m"}
    documents.commit(Replace(entry.path, hostile, entry.version))
    log = trimtab("log", "shop", "--newest", 1000, "--store", store, width=200)
    assert "Fine.[U+001B]]0;owned[U+0007][U+001B][2J[U+202E]kcab" in log.out
    assert "by eve[U+009B]31m" in log.out
    assert not set(log.out) & {"\x1b", "\x07", "\x9b", "\u202e"}


def test_json_is_all_that_goes_to_standard_output(played_file: Path) -> None:
    for command in ("log shop", "why shop", "verify-log", "approvals list"):
        answer = trimtab(*command.split(), "--json", "--store", f"sqlite:{played_file}")
        json.loads(answer.out)
        assert answer.err == ""
