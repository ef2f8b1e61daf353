"""Child processes are handed over ready, and none outlives its owner."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

import pytest

from trimtab.ending import Ended, Ending
from trimtab.processes import NotReady, free_port, running, together

ROOT = Path(__file__).parents[3]
SERVER = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]
DEAF = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print("deaf", flush=True); time.sleep(600)'
OWNER = """
import sys
from pathlib import Path
from trimtab.processes import running
with running("server", sys.argv[2:], port=int(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


def answers(port: int) -> bool:
    """Whether somebody serves HTTP there."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except (OSError, HTTPException):  # also one that goes while it answers
        return False


def eventually(holds: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether it holds before the time is up."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_process_answers_when_it_is_handed_over_and_is_gone_after(tmp_path: Path) -> None:
    port = free_port()
    with running("server", [*SERVER, str(port)], port=port, environment={"PYTHONUNBUFFERED": "1"}) as log:
        assert answers(port)
        assert "GET /" in log.read_text()
    assert not answers(port)


def test_a_process_is_gone_after_an_error_too() -> None:
    port = free_port()
    with pytest.raises(ZeroDivisionError), running("server", [*SERVER, str(port)], port=port):
        raise ZeroDivisionError
    assert not answers(port)


def test_a_process_that_ends_early_is_reported_with_its_exit_code_and_last_words() -> None:
    command = [sys.executable, "-c", "import sys; print('no licence'); sys.exit(7)"]
    with pytest.raises(NotReady, match=r"(?s)exit code 7.*no licence"), running("shy", command, port=free_port()):
        pass


def test_a_process_that_never_answers_is_given_up_and_ended_though_it_ignores_that() -> None:
    command = [sys.executable, "-c", DEAF]
    deaf = running("deaf", command, port=free_port(), ready_seconds=2)
    with pytest.raises(NotReady, match=r"(?s)did not answer.*deaf"), deaf:
        pass


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_process_does_not_outlive_its_owner_however_that_ends(end: signal.Signals) -> None:
    port = free_port()
    command = [sys.executable, "-c", OWNER, str(port), *SERVER, str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"ready\n"
        assert answers(port)
        os.kill(owner.pid, end)
        owner.wait()
    assert eventually(lambda: not answers(port))


def test_several_are_there_together_and_gone_together_and_where_one_fails_none_is_left() -> None:
    ports = [free_port() for _ in range(3)]
    servers = [running(f"server-{port}", [*SERVER, str(port)], port=port) for port in ports]
    with together(servers) as logs:
        assert all(answers(port) for port in ports)
        assert [log.parent.name.rpartition("-")[0] for log in logs] == [f"trimtab-server-{port}" for port in ports]
    assert not any(answers(port) for port in ports)
    shy = running("shy", [sys.executable, "-c", "raise SystemExit(7)"], port=free_port())
    server = running("server", [*SERVER, str(ports[0])], port=ports[0])
    with pytest.raises(NotReady, match="exit code 7"), together([shy, server]):
        pass
    assert not answers(ports[0])


def test_what_is_not_wanted_any_more_is_not_started() -> None:
    ending, port = Ending(), free_port()
    ending.ask()
    with pytest.raises(Ended), running("server", [*SERVER, str(port)], port=port, ending=ending):
        pass
    assert not answers(port)
    ending.wait()
