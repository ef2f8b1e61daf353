"""What a cold start of a function imports, as a ratio to importing the libraries that it cannot do without.

Whole processes are timed, from their start to their end. Bytecode is compiled beforehand, as it is in a deployed image,
and the sides take turns, so that a busy moment of the machine strikes all.
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

FUNCTIONS = ("pacing", "anomaly_pause")
"""Those that are measured: what is worked through most often."""

FUNCTION = """
import functions.{name}.main
import common.adapters.firestore, common.adapters.pubsub, common.adapters.structured_log
import common.adapters.remote_market, common.adapters.remote_sources
"""
"""A function, and what `common.bootstrap` imports for it in the cloud before the first message is handled."""

LIBRARIES = """
import functions_framework, pydantic
from google.cloud import firestore, pubsub_v1

class Model(pydantic.BaseModel):
    field: int
"""


def run(scenarios: Path | None = None) -> dict[str, Any]:
    """Measure. `pacing_ratio` and `anomaly_pause_ratio` are ratios of the medians; times are in milliseconds.

    Raises:
        subprocess.CalledProcessError: one side could not be imported; its own traceback is on standard error.
    """
    _ = scenarios
    libraries, *functions = _taking_turns([LIBRARIES, *(FUNCTION.format(name=name) for name in FUNCTIONS)])
    measured = dict(zip(FUNCTIONS, functions, strict=True))
    return {
        "coldstart": {
            **{f"{name}_ratio": round(seconds / libraries, 3) for name, seconds in measured.items()},
            **{f"{name}_ms": round(seconds * 1e3) for name, seconds in measured.items()},
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
    for name in FUNCTIONS:
        needed = f"what the function {name} needs"
        shown.add_row(needed, str(figures[f"{name}_ms"]), str(figures[f"{name}_ratio"]))
    shown.add_row("its libraries alone", str(figures["libraries_ms"]), "1")
    Console().print(shown)
