"""`verify-log`: green where the log is whole and explains the live state; red, with exit code 1, where it is not."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from common.domain.log_entry import LogEntry
from tests.unit.trimtab.command import trimtab

Body = dict[str, Any]


def rewrite(file: Path, where: str, change: Callable[[Body], None]) -> None:
    """Edit one document in the SQLite file, as somebody with access to it could."""
    collection, _, name = where.rpartition("/")
    with closing(sqlite3.connect(file)) as connection, connection:
        of = (f"tenants/weekend/{collection}", name)
        row = connection.execute("SELECT body FROM documents WHERE collection = ? AND id = ?", of).fetchone()
        body = json.loads(row[0])
        change(body)
        update = "UPDATE documents SET body = ? WHERE collection = ? AND id = ?"
        assert connection.execute(update, (json.dumps(body), *of)).rowcount == 1


def remove(file: Path, where: str) -> None:
    """Take one document away."""
    collection, _, name = where.rpartition("/")
    with closing(sqlite3.connect(file)) as connection, connection:
        of = (f"tenants/weekend/{collection}", name)
        assert connection.execute("DELETE FROM documents WHERE collection = ? AND id = ?", of).rowcount == 1


def entry(seq: int, track: str = "shop") -> str:
    return f"optimization_log/{track}-{seq:012}"


def last_entry(store: str) -> int:
    return trimtab("log", "shop", "--newest", 1, "--store", store, "--json").data[0]["seq"]


def must_be_red(store: str, said: str) -> None:
    """Verification fails for the tampered track, and for no other."""
    answer = trimtab("verify-log", "--store", store)
    assert answer.code == 1
    assert answer.err == ""
    assert said in " ".join(answer.out.split())
    assert "outlet: the log is whole and explains the live state" in answer.out
    told = trimtab("verify-log", "--store", store, "--json")
    assert told.code == 1
    assert told.data["outlet"] == []
    assert said in " ".join(" ".join(told.data["shop"]).split())


def test_what_was_played_verifies(store: str) -> None:
    answer = trimtab("verify-log", "--store", store)
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "shop: the log is whole and explains the live state",
        "outlet: the log is whole and explains the live state",
    ]
    assert trimtab("verify-log", "--store", store, "--json").data == {"shop": [], "outlet": []}


@pytest.mark.parametrize(
    "edit", [{"by": "somebody@else.example"}, {"why": "For another reason."}, {"changes": []}, {"revision": 99}]
)
def test_an_edited_entry_is_found(store: str, file: Path, edit: Body) -> None:
    rewrite(file, entry(3), lambda body: body.update(edit))
    must_be_red(store, "entry 3 was edited after it was written")


def test_an_edited_value_is_found(store: str, file: Path) -> None:
    rewrite(file, entry(3), lambda body: body["changes"][0].update(after=1))
    must_be_red(store, "entry 3 was edited after it was written")


def test_a_removed_entry_is_found(store: str, file: Path) -> None:
    remove(file, entry(4))
    must_be_red(store, "entries 4 to 4 are missing")


def test_a_removed_genesis_is_found(store: str, file: Path) -> None:
    remove(file, entry(0))
    must_be_red(store, "entries 0 to 0 are missing")


def test_a_log_that_was_cut_at_its_end_is_found(store: str, file: Path) -> None:
    last = last_entry(store)
    remove(file, entry(last))
    must_be_red(store, f"entries {last} to {last} are missing at the end: the log was truncated")


def test_an_entry_that_was_edited_with_its_hash_is_found_by_the_next_one(store: str, file: Path) -> None:
    def forge(body: Body) -> None:
        body.update(LogEntry.model_validate({**body, "by": "somebody@else.example"}).sealed().body())

    rewrite(file, entry(3), forge)
    must_be_red(store, "entry 4 does not follow from entry 3: the chain is broken")


def test_an_edited_manifest_is_found(store: str, file: Path) -> None:
    rewrite(file, "manifests/shop", lambda body: body["entities"]["meta"].update(allocation=9_999_000_000))
    must_be_red(store, "replaying it does not give the manifest: the manifest was edited")


@pytest.mark.parametrize("where", ["manifests/shop", entry(3)])
def test_a_document_that_was_edited_into_nonsense_is_found_and_the_other_tracks_are_still_checked(
    store: str, file: Path, where: str
) -> None:
    rewrite(file, where, lambda body: body.update(revision="many", colour="red"))
    must_be_red(store, "colour: unknown key")


def test_a_manifest_that_is_gone_is_found(store: str, file: Path) -> None:
    remove(file, "manifests/shop")
    must_be_red(store, "tenants/weekend/manifests/shop does not exist")
