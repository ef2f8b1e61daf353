"""A store in a file: killed at any moment, locked by others, carried through a fork, or no store at all."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from common.adapters.sqlite import SqliteDocuments
from common.domain.errors import Unavailable
from common.ports.documents import Conflict, Create, Query

ROOT = Path(__file__).parents[2]
FORKED = """
import os, sys
from common.adapters.sqlite import SqliteDocuments
from common.ports.documents import Create
store = SqliteDocuments(sys.argv[1])
store.commit(Create("a/parent", {}))
if os.fork() == 0:
    store.commit(Create("a/child", {}))
else:
    sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def killed_while_committing(file: Path, seconds: float) -> int:
    """Run a program that commits without end and kill it; returns the last number whose commit had returned."""
    program = [sys.executable, ROOT / "tests/programs/commit_forever.py", file]
    with subprocess.Popen(program, stdout=subprocess.PIPE, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        return int([first, *process.stdout.read().splitlines()][-1])


def test_a_writer_that_is_killed_leaves_whole_commits_and_all_that_had_returned(tmp_path: Path) -> None:
    file, random = tmp_path / "store.db", Random(7)
    for _ in range(8):
        returned = killed_while_committing(file, random.uniform(0, 0.2))
        store = SqliteDocuments(file)
        left, right = store.read("pairs/left", "pairs/right")
        assert left is not None
        assert right is not None
        assert left.data == right.data
        # One commit more may have happened whose answer was never said.
        assert returned <= left.data["n"] <= returned + 1
        log = store.query(Query("log", limit=1_000_000)).documents
        assert [document.data["n"] for document in log] == list(range(1, left.data["n"] + 1))
        store.close()
        assert sqlite3.connect(file).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_file_that_another_process_keeps_locked_is_unavailable_and_nothing_is_written(tmp_path: Path) -> None:
    store = SqliteDocuments(tmp_path / "store.db", patience=0.1)
    store.commit(Create("a/1", {}))
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match=r"store\.db.*locked.*nothing was written"):
        store.commit(Create("a/2", {}))
    assert store.read("a/2") == (None,)  # who reads does not wait for who writes
    other.execute("ROLLBACK")
    store.commit(Create("a/2", {}))


def test_a_reader_sees_the_file_as_it_was_before_a_commit_that_is_not_done(tmp_path: Path) -> None:
    store = SqliteDocuments(tmp_path / "store.db")
    store.commit(Create("a/1", {"n": 1}))
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("DELETE FROM documents")
    assert store.read("a/1")[0] is not None
    other.execute("COMMIT")
    assert store.read("a/1") == (None,)


def test_what_is_no_store_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(Unavailable, match=r"letter\.txt can't be opened: file is not a database"):
        SqliteDocuments(tmp_path / "letter.txt").read("a/1")
    with pytest.raises(Unavailable, match=r"nowhere/store\.db can't be opened"):
        SqliteDocuments(tmp_path / "nowhere/store.db").read("a/1")


def test_a_store_that_was_opened_before_a_fork_is_refused_after_it(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    done = subprocess.run([sys.executable, "-c", FORKED, file], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "opened before a fork: open it in each process" in done.stderr
    assert SqliteDocuments(file).read("a/parent", "a/child")[1] is None


def test_a_closed_store_opens_again_when_it_is_used(tmp_path: Path) -> None:
    store = SqliteDocuments(tmp_path / "store.db")
    store.commit(Create("a/1", {}))
    store.close()
    with pytest.raises(Conflict):
        store.commit(Create("a/1", {}))
