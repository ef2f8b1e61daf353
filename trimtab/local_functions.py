"""A function as the cloud would run it, on this machine: under functions-framework, in a process of its own."""

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trimtab.ending import Ending
from trimtab.function_list import ROOT
from trimtab.processes import free_port, running


@dataclass(frozen=True, slots=True)
class LocalFunction:
    """A function that answers at `url`; `log` is the file with all that it prints."""

    url: str
    log: Path


@contextmanager
def serving(
    folder: Path,
    environment: Mapping[str, str] | None = None,
    *,
    port: int | None = None,
    ending: Ending | None = None,
) -> Generator[LocalFunction]:
    """Serve the function in `folder` for as long as the block lasts, on 127.0.0.1.

    Its entry point has the folder's name: functions-framework takes one of another name for a plain HTTP function.

    Args:
        environment: variables for it beside this process's own.
        port: where; a free one where it is not said.
        ending: asked while it starts, whether it should still.

    Raises:
        NotReady: it could not be imported, or did not answer in time. Says what it printed.
    """
    port = port or free_port()
    address = ["--host", "127.0.0.1", "--port", str(port)]
    source = ["--source", str(folder / "main.py"), "--target", folder.name]
    with running(
        f"function-{folder.name}",
        [sys.executable, "-m", "functions_framework", *source, *address],
        port=port,
        probe="/robots.txt",  # answered by the framework: the function itself is not called
        environment={**(environment or {}), "PYTHONPATH": str(ROOT)},
        ending=ending,
    ) as log:
        yield LocalFunction(f"http://127.0.0.1:{port}/", log)
