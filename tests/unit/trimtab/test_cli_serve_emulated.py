"""`serve --emulators`: the real functions in processes of their own keep a flight on its plan, and a person decides."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from common.adapters.firestore import FirestoreDocuments, firestore_client
from common.adapters.pubsub_topology import EmulatedTopology
from common.domain.paths import Track, reports
from common.domain.state import TrackState
from common.domain.tick import Cadence
from common.ports.documents import Query
from tests.contract.pulling import Puller
from tests.patience import eventually
from tests.person import Person
from tests.unit.trimtab.command import WEEKEND, trimtab
from trimtab.processes import free_port
from trimtab.serving import LOOKS_SECONDS

ROOT = Path(__file__).parents[3]
PROJECT = "trimtab-local"
AFTER_THE_EDIT = datetime(2026, 5, 7, 1, tzinfo=UTC)
"""Three in the morning in Madrid, an hour after a budget was changed by hand."""
A_LOOK = 0.3
"""Seconds from look to look of a person: the pages take 300 looks a minute."""


class Emulated:
    """A `serve --emulators` in a process of its own, and what it started."""

    def __init__(self, folder: Path, *options: object) -> None:
        self.port, self.folder = free_port(), folder
        given = ["--port", self.port, "--emulators", "--from-the-start", *options]
        self.process = subprocess.Popen(
            [str(one) for one in (sys.executable, "-m", "trimtab", "serve", *given)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "TMPDIR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.greeting: Sequence[str] = ()

    def greeted(self) -> None:
        """Wait until it has said where everything is."""
        assert self.process.stdout is not None
        self.greeting = [self.process.stdout.readline() for _ in range(6)]
        assert self.greeting[0].startswith(
            f"Trimtab is at http://127.0.0.1:{self.port}/ on emulators, playing weekend."
        )

    @property
    def environment(self) -> dict[str, str]:
        """What the greeting says to export."""
        return dict(re.findall(r"(\w+)=(\S+)", self.greeting[3]))

    def told_until(self, last: str) -> list[str]:
        """What it says, until it says this; its greeting is the beginning."""
        assert self.process.stdout is not None
        said: list[str] = []
        for line in self.process.stdout:
            said.append(line)
            if last in line:
                break
        self.greeting = said
        return said

    def page(self) -> str:
        """The flight's page."""
        return urlopen(re.findall(r"http://\S+?/", self.greeting[1])[0], timeout=30).read().decode()

    def flight(self) -> int:
        """The share of the flight that is over, in percent, as its page has it."""
        (share,) = re.findall(r"(\d+)% of the flight is over", self.page())
        return int(share)

    def now(self) -> datetime:
        """The market's time."""
        with urlopen(f"{self.environment['TRIMTAB_MARKET_URL']}/now", timeout=30) as answer:
            return datetime.fromisoformat(json.load(answer)["now"])

    def started(self) -> dict[int, str]:
        """The processes that it started, and those that they did: their command lines by id."""
        command = ["ps", "-ww", "-eo", "pid=,ppid=,args="]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        rows = [(int(pid), int(parent), given) for pid, parent, given in map(_three, listed.splitlines())]
        found: dict[int, str] = {}
        parents = {self.process.pid}
        while parents:
            children = {pid: given for pid, parent, given in rows if parent in parents}
            found |= children
            parents = set(children)
        return found

    def ended(self) -> tuple[int, str, str]:
        """Its exit code and what it wrote, once it has ended."""
        out, err = self.process.communicate(timeout=90)
        return self.process.returncode, out, err


def _three(line: str) -> list[str]:
    return line.split(None, 2)


def running(processes: Sequence[int]) -> list[str]:
    """Those of the processes that have not ended. One that ended stays listed as Z until its parent has asked how."""
    ids = ",".join(str(one) for one in processes)
    command = ["ps", "-o", "stat=,pid=,args=", "-p", ids]  # fails where none of them is listed any more
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [line for line in listed.splitlines() if not line.startswith("Z")]


@contextmanager
def emulated(folder: Path, *options: object) -> Generator[Emulated]:
    """A `serve --emulators`, gone at the end of the block."""
    found = Emulated(folder, *options)
    try:
        yield found
    finally:
        if found.process.poll() is None:
            found.process.kill()  # what it started ends by itself when its owner is gone
        found.process.communicate()


@pytest.mark.emulator
def test_the_functions_play_a_flight_a_person_decides_and_nothing_is_left_at_the_end(tmp_path: Path) -> None:
    """The scheduler's root ticks go over the topic; the decision is taken and applied in the approval function."""
    scenario = tmp_path / "early.json"
    scenario.write_text(WEEKEND.read_text().replace("2026-05-09T10:00", "2026-05-07T02:00"))
    with emulated(tmp_path, "--scenario", scenario, "--seconds-per-hour", 0) as served:
        served.greeted()
        started = served.started()
        for name in ("pacing", "anomaly_pause", "drift", "deep_review", "report", "housekeeping", "approval", "notify"):
            assert _serving(started, name), f"{name} has a process of its own"
        emulator = served.environment["PUBSUB_EMULATOR_HOST"]
        EmulatedTopology(PROJECT, emulator).subscription("looked-at", "pacing-ticks")

        person = Person(f"http://127.0.0.1:{served.port}", "client@example.com")
        assert eventually(lambda: person.ask("/approvals")["total"] == 1, pause=A_LOOK), (
            "the edit by hand is asked about"
        )
        assert eventually(lambda: served.now() == AFTER_THE_EDIT), "the hour in which it was asked is played to its end"
        time.sleep(3 * LOOKS_SECONDS)
        assert served.now() == AFTER_THE_EDIT, "the market waits for the person"
        (item,) = person.ask("/approvals")["items"]
        where = f"/tenants/weekend/approvals/{item['approval_id']}"
        decision = {"answer": "approve", "seen": person.ask(where)["seen"], "confirmed": True}
        assert person.ask(f"{where}/decision", decision)["approval"]["state"] == "approved"
        applied = f"/tenants/weekend/changes/{item['approval_id']}"
        landed = eventually(lambda: person.ask(applied)["change_set"]["state"] == "applied", pause=A_LOOK)
        assert landed, "now, or by the next tick"
        log = person.ask("/tenants/weekend/log?count=500")["items"]
        assert {one["by"] for one in log if one["kind"] == "applied"} >= {"trimtab", "client@example.com"}
        assert eventually(lambda: _anchored(served.environment)), "housekeeping has a function, and anchors the log"
        assert eventually(lambda: _checked(served.environment)), "each quarter of an hour has its check"
        assert eventually(lambda: _swept(served.environment)), "drift is looked for at four in the morning"
        assert eventually(lambda: _reported(served.environment)), "the day's report is made at eight"

        before = served.flight()
        assert eventually(lambda: served.flight() > before), "the flight goes on"
        assert eventually(lambda: b'{"cadence":"pacing"}' in _pulled(emulator)), "root ticks are on the topic"

        processes = list(served.started())
        served.process.send_signal(signal.SIGTERM)
        assert served.ended() == (0, "Stopped.\n", "")
        assert eventually(lambda: running(processes) == [])
        assert list(tmp_path.glob("trimtab-*")) == []


def _anchored(environment: Mapping[str, str]) -> bool:
    """Whether anchors of the log are there; and it must verify, also while it grows."""
    answer = trimtab("verify-log", "--json", width=80, **environment)
    assert answer.code == 0, answer.out
    return answer.data["anchors"]["count"] > 0


def _checked(environment: Mapping[str, str]) -> bool:
    """Whether the last check that was remembered is not one at the beginning of an hour."""
    return _windows(environment)[Cadence.ANOMALY_PAUSE.value].minute != 0


def _swept(environment: Mapping[str, str]) -> bool:
    return Cadence.DRIFT.value in _windows(environment)


def _windows(environment: Mapping[str, str]) -> Mapping[str, datetime]:
    """The last window that was done of each cadence."""
    (document,) = _store(environment).read(Track("weekend", "shop").state)
    assert document is not None
    return TrackState.model_validate(document.data).windows


def _reported(environment: Mapping[str, str]) -> bool:
    return bool(_store(environment).query(Query(reports("weekend"))).documents)


def _store(environment: Mapping[str, str]) -> FirestoreDocuments:
    return FirestoreDocuments(firestore_client(PROJECT, emulator=environment["FIRESTORE_EMULATOR_HOST"]))


def _serving(started: Mapping[int, str], function: str) -> list[int]:
    """The processes of a function, without the shell that ends them."""
    source = f"functions/{function}/main.py"
    return [one for one, command in started.items() if source in command and not command.startswith("/bin/sh")]


def _pulled(emulator: str) -> list[bytes]:
    found: list[bytes] = []
    Puller(PROJECT, emulator).deliver("looked-at", lambda message: found.append(message.data))
    return found


@pytest.mark.emulator
def test_a_function_that_does_not_answer_is_named_and_ends_it(tmp_path: Path) -> None:
    with emulated(tmp_path, "--scenario", WEEKEND, "--seconds-per-hour", 0.2) as served:
        served.greeted()
        processes = served.started()
        for process in _serving(processes, "anomaly_pause"):
            os.kill(process, signal.SIGSTOP)
        code, _, err = served.ended()
        assert code == 2
        assert "the function anomaly_pause did not handle shop, outlet at 2026-05-0" in err
        assert "Traceback" not in err
        assert eventually(lambda: running(list(processes)) == [])


@pytest.mark.emulator
def test_a_flight_passes_in_so_many_seconds_and_waits_for_nobody(tmp_path: Path) -> None:
    with emulated(tmp_path, "--scenario", WEEKEND, "--flight-seconds", 6) as served:
        said = served.told_until("outlet/display: ")
        assert any(line.startswith("The flight is over: 96 hours in ") for line in said)
        jobs = dict(re.findall(r"  trimtab-([a-z_]+): (\d+ fired, \d+ let go by, \d+ handled)", "".join(said)))
        counts = {job: [int(count) for count in re.findall(r"\d+", told)] for job, told in jobs.items()}
        for job, firings in (("pacing", 96), ("anomaly_pause", 4 * 96), ("housekeeping", 12 * 96)):
            fired, let_go_by, handled = counts[job]
            assert fired + let_go_by == firings
            assert 0 < handled <= fired
        page = served.page()
        assert "The flight is over." in page
        assert "trimtab-pacing" in page


def test_only_a_flight_on_the_emulators_passes_in_so_many_seconds() -> None:
    answer = trimtab("serve", "--flight-seconds", 5, "--port", free_port())
    assert (answer.code, answer.out) == (2, "")
    assert "--flight-seconds is for --emulators" in answer.err


@pytest.mark.emulator
def test_ended_while_it_starts_nothing_is_left(tmp_path: Path) -> None:
    with emulated(tmp_path, "--scenario", WEEKEND) as served:
        assert eventually(lambda: any("java" in command for command in served.started().values()))
        processes = list(served.started())
        served.process.send_signal(signal.SIGTERM)
        _, out, err = served.ended()
        assert (out, err) == ("", "")
        assert eventually(lambda: running(processes) == [])
        assert list(tmp_path.glob("trimtab-*")) == []


def test_a_machine_without_the_emulators_is_told_what_to_install(tmp_path: Path) -> None:
    answer = trimtab("serve", "--emulators", "--port", free_port(), PATH=str(tmp_path), CLOUDSDK_ROOT=str(tmp_path))
    assert (answer.code, answer.out) == (2, "")
    assert "Google's emulators can't run here" in answer.err
    assert "java: not on the PATH" in answer.err


def test_a_store_of_ones_own_is_not_for_the_emulators(store: str) -> None:
    answer = trimtab("serve", "--emulators", "--port", free_port(), "--store", store)
    assert (answer.code, answer.out) == (2, "")
    assert "leave out --store" in answer.err
