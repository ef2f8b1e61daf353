"""Child processes that are ready when they are handed over, and gone when their owner is done, however it ended.

Emulators and functions under functions-framework are started through this. Each gets a process group of its own, so
that ending it ends what it started (gunicorn's workers, for one) and nothing else.
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

from common.domain.errors import TrimtabError
from trimtab.ending import Ending

T = TypeVar("T")

_GRACE_SECONDS = 5
_POLL_SECONDS = 0.02
_LOG_TAIL_LINES = 20

# A watcher beside the command reads a pipe that only the owner holds open. When the owner closes it, or dies by
# whatever signal, the command is asked to end and then its group is made to: SIGKILL leaves no emulator behind either.
_LEASHED = f"""
exec 3<&0
"$@" 3<&- </dev/null & command=$!
{{ cat <&3 >/dev/null; kill $command; sleep {_GRACE_SECONDS}; kill -KILL 0; }} &
wait $command
"""


class NotReady(TrimtabError):
    """A process ended, or its time was up, before it answered. The message has the last lines of its log."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 on which nobody listened a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    *,
    port: int,
    probe: str = "/",
    environment: Mapping[str, str] | None = None,
    ready_seconds: float = 60.0,
    ending: Ending | None = None,
) -> Generator[Path]:
    """Run `command` for as long as the block lasts, which is entered once it answers HTTP. Yields its log's path.

    Args:
        port: where it will listen, on 127.0.0.1.
        probe: the path that is asked for to see whether it answers; any status will do.
        environment: added to this process's own.
        ending: asked while it starts, whether it should still.

    Raises:
        NotReady: it ended, or had not answered after `ready_seconds`.
        Ended: it is not wanted any more.
    """
    ending = ending or Ending()
    ending.check()
    folder = Path(mkdtemp(prefix=f"trimtab-{name}-"))
    log = folder / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", _LEASHED, name, *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    try:
        _wait_until_ready(name, process, f"127.0.0.1:{port}", probe, ready_seconds, log, ending)
        yield log
    finally:
        _end(process)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def together(managers: Sequence[AbstractContextManager[T]]) -> Generator[list[T]]:
    """Enter all of them at once, each in a thread of its own, and leave them at once. Yields what they gave, in order.

    Raises:
        Exception: what the first of those that could not be entered raised, when the others have been left.
    """
    with ThreadPoolExecutor(len(managers)) as pool:
        entering = [pool.submit(one.__enter__) for one in managers]
        try:
            yield [one.result() for one in entering]
        finally:
            wait(entering)
            entered = [one for one, come in zip(managers, entering, strict=True) if come.exception() is None]
            for left in [pool.submit(one.__exit__, None, None, None) for one in entered]:
                left.result()


def _wait_until_ready(
    name: str, process: subprocess.Popen[bytes], address: str, probe: str, seconds: float, log: Path, ending: Ending
) -> None:
    deadline = time.monotonic() + seconds
    while not _answers(address, probe):
        ending.check()
        code = process.poll()
        if code is not None:
            raise NotReady(f"{name} ended with exit code {code} before it was ready. {tail(log)}")
        if time.monotonic() > deadline:
            raise NotReady(f"{name} did not answer on {address} within {seconds:g} s. {tail(log)}")
        time.sleep(_POLL_SECONDS)


def _answers(address: str, probe: str) -> bool:
    connection = http.client.HTTPConnection(address, timeout=2.0)
    try:
        connection.request("GET", probe)
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def tail(log: Path) -> str:
    """The last lines of a log, for a message about who wrote it."""
    lines = log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
    return "\n  ".join(["Its log ends:", *lines]) if lines else "It logged nothing."


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None  # it was opened as a pipe
    if process.poll() is None:
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
    with suppress(ProcessLookupError):  # nothing of the group is left: that is what was wanted
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdin.close()
