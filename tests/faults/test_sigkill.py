"""A real process on a real file, killed with SIGKILL at every I/O boundary: the next one leaves everything right."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.checker import violations
from tests.faults.invariants.scene import Scene
from tests.faults.killed_worker import bodies_in, history_of


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where the machine has such a place: a process that is killed loses nothing that it wrote."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as name:
        yield Path(name)


def test_whoever_comes_after_a_killed_worker_leaves_everything_right(folder: Path) -> None:
    """At each boundary of the story a worker is killed; what the others leave keeps every invariant."""
    worker = [sys.executable, "-m", "tests.faults.killed_worker", str(folder)]
    played = subprocess.run(worker, capture_output=True, text=True, check=True)
    codes = [json.loads(line) for line in played.stdout.splitlines()]
    assert len(codes) > 100, f"the story has only {len(codes)} boundaries"
    assert {code[0] for code in codes[:-1]} == {-signal.SIGKILL}
    assert {code[-1] for code in codes} == {0}, played.stderr
    for boundary in range(len(codes)):
        history = history_of(folder / f"{boundary:03}")
        found = violations(history)
        assert not found, f"killed at boundary {boundary}: {found[0]}\n{history.tail(found[0].at)}"
        scene = Scene.at_first(history)
        for record in history.records:
            scene.add(record)
        assert scene.documents == bodies_in(folder / f"{boundary:03}"), f"boundary {boundary}: not what was witnessed"
