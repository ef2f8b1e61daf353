"""What a cold start of each function imports, as a ratio to importing the libraries that it can't do without.

Each function is measured as it is deployed: from its staged bundle, in an environment with its requirements alone.
Processes are timed from their start to the last import, and then end at once: what tidying up takes is nobody's wait.
The first round, which compiles all that is imported, is not counted: a deployed image has its bytecode. The two sides
take turns, so that a busy moment of the machine strikes both.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from trimtab.bundle_environments import Installed, installed
from trimtab.bundles import Bundle, stage
from trimtab.function_list import described

ROUNDS = 15

FUNCTION = """
import functions_framework, main
import common.adapters.firestore, common.adapters.pubsub, common.adapters.structured_log, common.adapters.system_clock
import common.bootstrap.accounts, common.bootstrap.crm_accounts, common.bootstrap.vault
"""
"""A function, and what `common.bootstrap` imports for it in the cloud before the first message is handled."""

LIBRARIES = """
import functions_framework, pydantic, structlog
from google.cloud import firestore, pubsub_v1

class Model(pydantic.BaseModel):
    field: int
"""
"""Those of every function."""
ENDED = "\nimport os; os._exit(0)\n"
"""At once, without tidying up."""
ALSO = {"approval": "import itsdangerous, jinja2, limits.storage, limits.strategies\n"}
"""And of some: pages need a template engine, and signed forms."""


def run(scenarios: Path | None = None) -> dict[str, Any]:
    """Measure. `NAME_ratio` is a ratio of medians, `NAME_ms` and `NAME_libraries_ms` are milliseconds.

    Raises:
        NotInstalled: the requirements of a bundle can't be had.
        subprocess.CalledProcessError: one side could not be imported; its own traceback is on standard error.
    """
    _ = scenarios
    figures: dict[str, Any] = {}
    with TemporaryDirectory(prefix="trimtab-coldstart-") as folder:
        for bundle in stage(described(), Path(folder)):
            figures |= _of(bundle)
    return {"coldstart": {**figures, "rounds": ROUNDS}}


def _of(bundle: Bundle) -> dict[str, Any]:
    libraries = LIBRARIES + ALSO.get(bundle.name, "")
    with installed(bundle) as found:
        own, theirs = _taking_turns(found, [FUNCTION, libraries])
    return {
        f"{bundle.name}_ratio": round(own / theirs, 3),
        f"{bundle.name}_ms": round(own * 1e3),
        f"{bundle.name}_libraries_ms": round(theirs * 1e3),
    }


def _taking_turns(found: Installed, programs: Sequence[str]) -> list[float]:
    """The median seconds of each program. The first round is not counted: it compiles."""
    rounds = [[_seconds(found, program) for program in programs] for _ in range(ROUNDS + 1)]
    return [median(taken) for taken in zip(*rounds[1:], strict=True)]


def _seconds(found: Installed, program: str) -> float:
    environment = {"PATH": os.environ["PATH"]}
    started = perf_counter()
    subprocess.run([found.python, "-c", program + ENDED], cwd=found.root, env=environment, check=True)
    return perf_counter() - started


def table(result: dict[str, Any]) -> None:
    """Print the result for a person."""
    figures = result["coldstart"]
    title = f"Cold start of staged bundles, to the last import, median of {figures['rounds']}"
    shown = Table("function", "ms", "its libraries alone, ms", "ratio", title=title)
    for name in described():
        row = (figures[f"{name}_{what}"] for what in ("ms", "libraries_ms", "ratio"))
        shown.add_row(name, *map(str, row))
    Console().print(shown)
