"""`verify-log`: green where the log is whole and explains the live state; red, with exit code 1, where it is not."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from common.domain.log_entry import LogEntry
from tests.unit.trimtab.command import WEEKEND, trimtab

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


NEWEST = "anchors/weekend/2026-05-10"
"""The last day of the market at UTC."""


def entry(seq: int, track: str = "shop") -> str:
    return f"optimization_log/{track}-{seq:012}"


def last_entry(store: str) -> int:
    return trimtab("log", "shop", "--newest", 1, "--store", store, "--json").data[0]["seq"]


def add(file: Path, one: LogEntry) -> None:
    """Add an entry."""
    row = ("tenants/weekend/optimization_log", f"{one.track_id}-{one.seq:012}", one.model_dump_json())
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("INSERT INTO documents (collection, id, body, version) VALUES (?, ?, ?, 1)", row)


def rechain(file: Path, change: Callable[[Body], None], *, first: int, track: str = "shop") -> None:
    """Edit an entry, and make the whole log after it, and the manifest, fit: what somebody thorough would do."""
    last = [0, ""]

    def link(body: Body) -> None:
        if body["seq"] == first:
            change(body)
        else:
            body["previous"] = last[1]
        body.update(LogEntry.model_validate(body).sealed().body())
        last[:] = body["seq"], body["hash"]

    for seq in range(first, last_seq(file, track) + 1):
        rewrite(file, entry(seq, track), link)
    rewrite(file, f"manifests/{track}", lambda body: body.update(log_seq=last[0], log_hash=last[1]))


def cut(file: Path, after: int) -> None:
    """Take entries off the end, and what tells of them off the manifest."""
    for seq in range(after + 1, last_seq(file) + 1):
        remove(file, entry(seq))
    bodies: list[Body] = []
    rewrite(file, entry(after), bodies.append)
    rewrite(file, "manifests/shop", lambda body: body.update(log_seq=after, log_hash=bodies[0]["hash"]))


def entry_text(file: Path, seq: int) -> str:
    """An entry of the shop's log as it is stored."""
    found: list[Body] = []
    rewrite(file, entry(seq), found.append)
    return json.dumps(found[0])


def last_seq(file: Path, track: str = "shop") -> int:
    seqs: list[int] = []
    rewrite(file, f"manifests/{track}", lambda body: seqs.append(body["log_seq"]))
    return seqs[0]


def anchored_seq(file: Path, day: int) -> int:
    """The entry of the shop's log that a day's anchor names."""
    return json.loads(anchor_of(file, day).read_bytes())["heads"]["shop"]["seq"]


def anchor_of(file: Path, day: int) -> Path:
    return file.with_suffix(".objects") / "anchors" / "weekend" / f"2026-05-{day:02}"


def forge(anchor: Path, change: Callable[[Body], None]) -> None:
    """Write an anchor anew, as somebody could whose storage is an ordinary folder."""
    body = json.loads(anchor.read_bytes())
    change(body)
    anchor.unlink()
    anchor.write_text(json.dumps(body))


def must_be_red(store: str, said: str) -> None:
    """Verification fails for the tampered track, and for no other."""
    answer = trimtab("verify-log", "--store", store)
    assert answer.code == 1
    assert answer.err == ""
    assert said in " ".join(answer.out.split())
    assert "outlet: the log is whole and explains the live state" in answer.out
    told = trimtab("verify-log", "--store", store, "--json")
    assert told.code == 1
    tracks = told.data["tracks"]
    assert tracks["outlet"]["faults"] == []
    assert said in " ".join(" ".join(tracks["shop"]["faults"]).split())


def test_what_was_played_verifies_and_its_anchors_vouch_for_all_but_the_last_day(store: str, file: Path) -> None:
    answer = trimtab("verify-log", "--store", store, width=120)
    told = trimtab("verify-log", "--store", store, "--json")
    assert (answer.code, told.code) == (0, 0)
    assert told.data["anchors"] == {"in": f"folder:{file.with_suffix('.objects')}", "count": 4, "faults": []}
    shop = told.data["tracks"]["shop"]
    assert shop == {"faults": [], "last": last_entry(store), "anchored": shop["anchored"], "anchor": NEWEST}
    assert 0 < shop["anchored"] < shop["last"]
    lines = answer.out.splitlines()
    assert lines[0] == "shop: the log is whole and explains the live state"
    assert lines[1].startswith(f"  {NEWEST} vouches for it up to entry {shop['anchored']}; entr")
    assert "not anchored yet" in lines[1]
    assert f" {shop['last']} " in lines[1]
    assert lines[2] == "outlet: the log is whole and explains the live state"
    assert len(lines) == 4


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


def test_entries_that_were_added_behind_the_manifest_s_back_are_found(store: str, file: Path) -> None:
    last = last_entry(store)
    added = LogEntry.model_validate_json(entry_text(file, last))
    add(file, added.but(seq=last + 1, revision=None, changes=(), previous=added.hash).sealed())
    must_be_red(store, f"entries {last + 1} to {last + 1} are not the manifest's")


@pytest.mark.parametrize("where", ["manifests/shop", entry(3)])
def test_a_document_that_was_edited_into_nonsense_is_found_and_the_other_tracks_are_still_checked(
    store: str, file: Path, where: str
) -> None:
    rewrite(file, where, lambda body: body.update(revision="many", colour="red"))
    must_be_red(store, "colour: unknown key")


def test_a_manifest_that_is_gone_is_found(store: str, file: Path) -> None:
    remove(file, "manifests/shop")
    must_be_red(store, "tenants/weekend/manifests/shop does not exist")


# What only anchors show


def blame_somebody(body: Body) -> None:
    """An edit that leaves the live state as it is."""
    body["by"] = "somebody@else.example"


def test_a_log_that_was_edited_and_chained_anew_is_found_by_the_first_anchor_after_the_edit(
    store: str, file: Path
) -> None:
    first, held = anchored_seq(file, 8), anchored_seq(file, 7)
    assert held < first
    rechain(file, blame_somebody, first=held + 1)
    must_be_red(store, f"entry {first} is not the one that anchors/weekend/2026-05-08 names: the log was rewritten")
    must_be_red(
        store, f"up to entry {held} it is as anchors/weekend/2026-05-07 has it; of 2 later anchors 2 do not hold"
    )


def test_without_anchors_it_is_not_found_and_that_is_said(store: str, file: Path) -> None:
    rechain(file, blame_somebody, first=3)
    shutil.rmtree(file.with_suffix(".objects"))
    answer = trimtab("verify-log", "--store", store, width=120)
    assert answer.code == 0
    assert answer.out.count("no anchor vouches for it: that its end was cut off, or all of it written anew, can't") == 2
    assert f"There are no anchors in folder:{file.with_suffix('.objects')}." in " ".join(answer.out.split())
    told = trimtab("verify-log", "--store", store, "--json").data
    assert told["anchors"]["count"] == 0
    assert [(one["anchored"], one["anchor"]) for one in told["tracks"].values()] == [(None, None)] * 2


def test_an_edit_after_the_last_anchor_is_in_the_window_that_is_named(store: str, file: Path) -> None:
    rechain(file, blame_somebody, first=anchored_seq(file, 10) + 1)
    assert trimtab("verify-log", "--store", store).code == 0


def test_a_log_that_was_cut_with_its_manifest_is_found(store: str, file: Path) -> None:
    kept, gone = anchored_seq(file, 8), anchored_seq(file, 9)
    assert kept < gone
    cut(file, after=kept)
    must_be_red(store, f"entry {gone} is gone, and anchors/weekend/2026-05-09 names it: the log was truncated")


def test_a_log_that_was_cut_and_grew_again_is_found(store: str, file: Path) -> None:
    kept = anchored_seq(file, 8)
    cut(file, after=kept)
    grown = LogEntry.model_validate_json(entry_text(file, kept))
    for seq in range(kept + 1, anchored_seq(file, 10) + 1):
        grown = grown.but(seq=seq, revision=None, changes=(), previous=grown.hash).sealed()
        add(file, grown)
    rewrite(file, "manifests/shop", lambda body: body.update(log_seq=grown.seq, log_hash=grown.hash))
    must_be_red(store, "is not the one that anchors/weekend/2026-05-09 names")


def test_a_forged_anchor_is_named(store: str, file: Path) -> None:
    """Which of the two is true can't be told, but what the other anchors say helps."""
    forge(anchor_of(file, 8), lambda body: body["heads"]["shop"].update(hash="0" * 64))
    must_be_red(
        store, "is not the one that anchors/weekend/2026-05-08 names: the log was rewritten, or the anchor is forg"
    )
    must_be_red(store, "of 2 later anchors 0 do not hold either")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"colour": "red"}, "colour: unknown key"),
        ({"heads": None}, "heads: Input should be"),
        ({"day": "2026-05-09"}, "is the anchor of anchors/weekend/2026-05-09"),
        ({"tenant_id": "other"}, "is the anchor of anchors/other/2026-05-08"),
    ],
)
def test_an_anchor_that_makes_no_sense_is_named_with_its_storage(store: str, file: Path, edit: Body, said: str) -> None:
    forge(anchor_of(file, 8), lambda body: body.update(edit))
    answer = trimtab("verify-log", "--store", store)
    assert answer.code == 1
    out = " ".join(answer.out.split())
    assert f"an anchor in folder:{file.with_suffix('.objects')} can't be used: anchors/weekend/2026-05-08 has" in out
    assert said in out
    (fault,) = trimtab("verify-log", "--store", store, "--json").data["anchors"]["faults"]
    assert said in fault


def test_a_track_that_was_taken_away_whole_is_found(store: str, file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM documents WHERE id = 'outlet' OR id LIKE 'outlet-%'")
        row = connection.execute("SELECT body FROM documents WHERE collection = 'tenants'").fetchone()
        body = json.dumps({**json.loads(row[0]), "tracks": ["shop"]})
        connection.execute("UPDATE documents SET body = ? WHERE collection = 'tenants'", (body,))
    answer = trimtab("verify-log", "--store", store)
    assert answer.code == 1
    assert "outlet: tenants/weekend/manifests/outlet does not exist" in answer.out


def test_the_environment_says_where_anchors_are(store: str, tmp_path: Path) -> None:
    empty = f"folder:{tmp_path}/elsewhere"
    told = trimtab("verify-log", "--store", store, "--json", TRIMTAB_OBJECTS=empty).data
    assert told["anchors"] == {"in": empty, "count": 0, "faults": []}


def test_a_store_that_is_made_anew_has_no_anchors_of_the_one_before(store: str, file: Path) -> None:
    """They name entries that the new one never had."""
    file.unlink()
    stray = anchor_of(file, 31)
    stray.write_bytes(anchor_of(file, 10).read_bytes())
    assert trimtab("play", WEEKEND, "--store", store).code == 0
    assert not stray.exists()
    assert trimtab("verify-log", "--store", store, "--json").data["anchors"]["count"] == 4
