"""Many writers on one document: nobody's write is lost, and one alone wins a creation."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TypeVar

from common.adapters.sqlite import SqliteDocuments
from common.ports.documents import Conflict, Create, Delete, Documents, Replace

T = TypeVar("T")

WRITERS = 8
ROOT = Path(__file__).parents[2]


def together(work: Callable[[int], T]) -> list[T]:
    """What `work` returns to each of the writers, who all start at once."""
    barrier = Barrier(WRITERS)

    def start(writer: int) -> T:
        barrier.wait()
        return work(writer)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(start, range(WRITERS)))


def attempt(store: Documents, write: Create | Replace | Delete) -> bool:
    """Whether the write was done."""
    try:
        store.commit(write)
    except Conflict:
        return False
    return True


def count_up(store: Documents, path: str) -> None:
    """Add 1 to a document's number, however often others come first."""
    done = False
    while not done:
        (document,) = store.read(path)
        assert document is not None
        done = attempt(store, Replace(path, {"n": document.data["n"] + 1}, document.version))


def number(store: Documents, path: str) -> int:
    """A document's number."""
    (document,) = store.read(path)
    assert document is not None
    return document.data["n"]


def test_eight_writers_lose_no_update_of_one_document(store: Documents) -> None:
    store.commit(Create("counters/1", {"n": 0}))
    together(lambda _: [count_up(store, "counters/1") for _ in range(10)])
    assert number(store, "counters/1") == WRITERS * 10


def test_eight_creators_have_exactly_one_winner(store: Documents) -> None:
    for round_number in range(10):
        path = f"change_sets/{round_number}"
        won = together(lambda writer, path=path: attempt(store, Create(path, {"n": writer})))
        assert sum(won) == 1
        assert number(store, path) == won.index(True)


def test_eight_writers_at_one_version_have_exactly_one_winner(store: Documents) -> None:
    (version,) = store.commit(Create("manifests/1", {"n": -1}))
    won = together(lambda writer: attempt(store, Replace("manifests/1", {"n": writer}, version)))
    assert sum(won) == 1
    assert number(store, "manifests/1") == won.index(True)


def test_readers_of_a_shared_file_never_see_half_a_commit(tmp_path: Path) -> None:
    # Firestore's emulator does show halves, with or without a transaction: the port promises nothing.
    writing, reading = SqliteDocuments(tmp_path / "shared.db"), SqliteDocuments(tmp_path / "shared.db")
    versions = writing.commit(Create("pairs/left", {"n": 0}), Create("pairs/right", {"n": 0}))

    def work(writer: int) -> list[tuple[int, int]]:
        nonlocal versions
        if writer == 0:
            for n in range(1, 200):
                left, right = versions
                versions = writing.commit(
                    Replace("pairs/left", {"n": n}, left), Replace("pairs/right", {"n": n}, right)
                )
            return []
        seen = [reading.read("pairs/left", "pairs/right") for _ in range(200)]
        return [(left.data["n"], right.data["n"]) for left, right in seen if left and right]

    assert [pair for seen in together(work) for pair in seen if pair[0] != pair[1]] == []


def test_processes_that_share_a_file_lose_no_update(tmp_path: Path) -> None:
    file = tmp_path / "shared.db"
    SqliteDocuments(file).commit(Create("counters/1", {"n": 0}))
    program = [sys.executable, ROOT / "tests/programs/count_up.py", file, "25"]
    processes = [subprocess.Popen(program, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}) for _ in range(WRITERS)]
    assert [process.wait() for process in processes] == [0] * WRITERS
    assert number(SqliteDocuments(file), "counters/1") == WRITERS * 25


def test_processes_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    file = tmp_path / "new.db"
    program = [
        sys.executable,
        "-c",
        f"from common.adapters.sqlite import SqliteDocuments as S; S({str(file)!r}).read('a/1')",
    ]
    processes = [subprocess.Popen(program, cwd=ROOT) for _ in range(WRITERS)]
    assert [process.wait() for process in processes] == [0] * WRITERS
