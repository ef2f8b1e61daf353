"""What a cold start of pacing imports, as a ratio to importing the libraries that it cannot do without.

Whole processes are timed, from their start to their end. Bytecode is compiled beforehand, as it is in a deployed image,
and the two sides take turns, so that a busy moment of the machine strikes both.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
ROUNDS = 15

PACING = """
import functions.pacing.main
import common.adapters.firestore, common.adapters.pubsub, common.adapters.remote_market, common.adapters.json_journal
"""
"""The function, and what `common.bootstrap` imports for it in the cloud before the first message is handled."""

LIBRARIES = """
import functions_framework, pydantic
from google.cloud import firestore, pubsub_v1

class Model(pydantic.BaseModel):
    field: int
"""


def run(scenarios: Path | None = None) -> dict[str, Any]:
    """Measure. `pacing_ratio` is the ratio of the medians; times are in milliseconds.

    Raises:
        subprocess.CalledProcessError: one side could not be imported; its own traceback is on standard error.
    """
    _ = scenarios
    pacing, libraries = _taking_turns([PACING, LIBRARIES])
    return {
        "coldstart": {
            "pacing_ratio": round(pacing / libraries, 3),
            "pacing_ms": round(pacing * 1e3),
            "libraries_ms": round(libraries * 1e3),
            "rounds": ROUNDS,
        }
    }


def _taking_turns(programs: Sequence[str]) -> list[float]:
    """The median seconds of each program. The first round is not counted: it compiles."""
    rounds = [[_seconds(program) for program in programs] for _ in range(ROUNDS + 1)]
    return [median(taken) for taken in zip(*rounds[1:], strict=True)]


def _seconds(program: str) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = perf_counter()
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)
    return perf_counter() - started


def table(result: dict[str, Any]) -> None:
    """Print the result for a person."""
    figures = result["coldstart"]
    shown = Table("imported", "ms", "ratio", title=f"Cold start, whole process, median of {figures['rounds']}")
    shown.add_row("what the pacing function needs", str(figures["pacing_ms"]), str(figures["pacing_ratio"]))
    shown.add_row("its libraries alone", str(figures["libraries_ms"]), "1")
    Console().print(shown)
