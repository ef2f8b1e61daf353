"""`python -m bench [NAME ...] [--scenarios DIR] [--json FILE]`: the benchmarks; all of them where none is named."""

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

BENCHES = (
    "pacing", "engine", "coldstart", "pages", "report", "anomaly", "solver", "allocation", "quotas", "bodies",
    "operations", "scale",
)  # fmt: skip
"""Each is a module here with `run(scenarios) -> figures` and `table(figures)`, which prints them.

One that can fail has `failed(figures)` besides.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for. Returns the exit code: 1 where the small run exceeds a bound, or a benchmark failed."""
    asked = _parser().parse_args(arguments)
    if asked.names == ["small"]:
        from bench.small import hold_to_bounds

        return hold_to_bounds()
    figures: dict[str, Any] = {}
    failed = False
    for name in asked.names or BENCHES:
        bench = import_module(f"bench.{name}")
        found = bench.run(asked.scenarios, asked.nab) if name == "anomaly" else bench.run(asked.scenarios)
        figures |= found
        failed |= hasattr(bench, "failed") and bench.failed(found)
        if asked.json != "-":
            bench.table(found)
    text = json.dumps(figures, indent=2)
    if asked.json == "-":
        print(text)
    elif asked.json:
        Path(asked.json).write_text(text + "\n")
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Trimtab's benchmarks, peers run side by side."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", type=_name, help=", ".join((*BENCHES, "small")))
    parser.add_argument("--scenarios", type=_folder, help="a folder of scenario files, where a benchmark plays some")
    parser.add_argument("--nab", type=_folder, help="a folder laid out like the Numenta Anomaly Benchmark's")
    parser.add_argument("--json", metavar="FILE", help="write the figures there; - prints them")
    return parser


def _name(given: str) -> str:
    if given not in (*BENCHES, "small"):
        raise argparse.ArgumentTypeError(f"there is no benchmark {given}; there are {', '.join((*BENCHES, 'small'))}")
    return given


def _folder(given: str) -> Path:
    path = Path(given)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{given} is not a folder")
    return path


if __name__ == "__main__":
    sys.exit(main())
