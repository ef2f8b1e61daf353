"""A worker on a SQLite file that is killed with SIGKILL at an I/O boundary, and another one that comes after it.

Run as a program it plays the story once for every boundary: `python -m tests.faults.killed_worker FOLDER`. Each worker
is a process of its own. What outlives them is what outlives a process: the database's file, and a journal in which the
platforms, the object storage, the bus and a witness of the commits write down what happened.
"""

import gc
import json
import os
import pickle
import shutil
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from random import Random

from common.adapters.sqlite import SqliteDocuments
from common.ports.documents import Create, Data
from tests.faults import jobs
from tests.faults.beginning import beginning
from tests.faults.history import CallStarted, Ended, History, Kept, Landed, Record
from tests.faults.jobs import Job
from tests.faults.mix import CALM
from tests.faults.rig import Delivery, Rig, Worker
from tests.faults.simulated_ports import simulated_ports
from tests.faults.simulation import AGAIN, FINAL
from tests.faults.story import TRACK, origin, story

NEXT_DOOR = "zen"
"""The tenant for whom the story does nothing; its log is anchored all the same."""
LATER = 1_500.0
"""Seconds after which the next worker comes: every lease has run out."""


class FileShelf(SqliteDocuments):
    """The database's file, open to the witness."""

    def body(self, path: str) -> Data | None:
        """A document's body, if it exists."""
        found = self.read(path)[0]
        return None if found is None else found.data


class DoomedRig(Rig):
    """Nothing goes wrong but one thing: at boundary number `dies_at` the process is killed."""

    def __init__(self, folder: Path, dies_at: int) -> None:
        super().__init__(Random(0), CALM, FileShelf(folder / "store.db"), beginning())
        self._journal, self._dies_at, self.crossed = folder / "journal", dies_at, 0
        for record in recorded(self._journal):
            self.history.records.append(record)
            self.clockwork.now = record.at + LATER
            if isinstance(record, Landed):
                self.live[(record.tenant, record.platform, record.entity, record.setting)] = record.after
            elif isinstance(record, CallStarted):
                self.calls = record.call
            elif isinstance(record, Kept):
                self.objects.create(record.path, record.data, content_type="application/json")

    def tell(self, record: Record) -> None:
        """Add to the history, for whoever comes later."""
        super().tell(record)
        with self._journal.open("ab") as file:
            file.write(pickle.dumps(record))

    def enter(self, delivery: Delivery, call: str) -> None:
        """One boundary."""
        self._cross()
        super().enter(delivery, call)

    def leave(self, delivery: Delivery, call: str) -> None:
        """Another one."""
        self._cross()

    def _cross(self) -> None:
        if self.crossed == self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.crossed += 1


def recorded(journal: Path) -> Iterator[Record]:
    """What was written down so far."""
    if journal.exists():
        with journal.open("rb") as file:
            while file.peek(1):
                yield pickle.load(file)


def work(folder: Path, dies_at: int, name: str) -> None:
    """Do every step that was not done, visit, and look at the platforms once more."""
    rig = DoomedRig(folder, dies_at)
    done = {record.job for record in rig.history.records if isinstance(record, Ended) and record.outcome == "done"}
    rig.clockwork.spawn(rig.clockwork.now, lambda: _steps(rig, done, name))
    rig.clockwork.run_until(rig.clockwork.now + 100_000)


def _steps(rig: Rig, done: set[str], name: str) -> None:
    for step in story():
        if step.name not in done:
            _do(rig, step, name)
    for round_ in range(2):
        rig.clockwork.sleep(LATER)
        _do(rig, jobs.visit(f"{name}-visits-{round_}", TRACK.tenant_id), name)
        _do(rig, jobs.reconcile(f"{name}-reconciles-{round_}", TRACK, origin(9)), name)
    _do(rig, jobs.visit(f"{name}-visits-next-door", NEXT_DOOR), name)


def _do(rig: Rig, job: Job, name: str) -> None:
    """Deliver a message until it is done."""
    for attempt in range(5):
        delivery = Delivery(f"{name}.{job.name}.{attempt}", job.tenant, Worker(name, 0.0), lambda: None)
        try:
            job.work(simulated_ports(rig, delivery, lambda: name), delivery.name)
        except AGAIN as error:
            outcome = type(error).__name__
            rig.clockwork.sleep(LATER)
        except FINAL:
            outcome = "done"
        else:
            outcome = "done"
        rig.tell(Ended(rig.clockwork.now, delivery.name, job.name, outcome, "", expected=True))
        if outcome == "done":
            return


def history_of(folder: Path) -> History:
    """What happened in a folder, from the first worker to the last."""
    return DoomedRig(folder, dies_at=-1).history


def bodies_in(folder: Path) -> dict[str, Data]:
    """Every document that the database holds now."""
    with closing(sqlite3.connect(folder / "store.db")) as connection:
        rows = connection.execute("SELECT collection || '/' || id, body FROM documents").fetchall()
    return {path: json.loads(body) for path, body in rows}


def main(folder: Path) -> None:
    """Play the story once for every boundary that it has. Every other time the second worker is killed too."""
    beginning()  # made once, and inherited by every process
    gc.freeze()
    assert _in_a_process(lambda: _prepare(folder / "template")) == 0
    for boundary in count():
        case = folder / f"{boundary:03}"
        shutil.copytree(folder / "template", case)
        codes = [_in_a_process(partial(work, case, boundary, "first"))]
        if boundary % 2:
            codes.append(_in_a_process(partial(work, case, boundary * 7 % 60, "second")))
        codes.append(_in_a_process(partial(work, case, -1, "last")))
        sys.stdout.write(f"{json.dumps(codes)}\n")
        if codes[0] != -signal.SIGKILL:
            return


def _prepare(template: Path) -> None:
    template.mkdir(parents=True)
    store = FileShelf(template / "store.db")
    store.commit(*(Create(path, body) for path, body in beginning().documents.bodies().items()))
    store.close()


def _in_a_process(body: Callable[[], None]) -> int:
    """Fork, run and end there. Returns the exit code; less than zero is the signal that killed it."""
    child = os.fork()
    if child == 0:
        try:
            body()
        except BaseException:  # noqa: BLE001 - the child must not return into its parent's code
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
