"""`python -m bench.pymc_marketing [--scenarios DIR] [--markets N] [--json FILE]`: pymc-marketing's own optimizer.

It takes minutes a market, so it plays a few, side by side with Trimtab and the oracles. Its environment is made first
if it is not there: some 60 packages from the registry.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from bench.allocation import POLICIES, PYMC, compared, table
from bench.allocation_figures import GUARDED, OWN, PLAN, UNGUARDED
from bench.allocation_peers import weekly
from bench.pymc_marketing.wish import ENVIRONMENT, PYTHON, optimized

MARKETS = 2


def main(arguments: list[str] | None = None) -> None:
    """Play, print, and write the figures where that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.pymc_marketing", description=__doc__)
    parser.add_argument("--scenarios", type=Path, help="a folder of scenario files")
    parser.add_argument("--markets", type=int, default=MARKETS, help="how many of them, the first by name")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    asked = parser.parse_args(arguments)
    _set_up()
    kept = {name: POLICIES[name] for name in (OWN, PLAN, "weekly_slsqp", GUARDED, UNGUARDED)}
    found = compared({**kept, PYMC: weekly(optimized)}, asked.scenarios, asked.markets)
    table(found)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n")


def _set_up() -> None:
    if PYTHON.exists():
        return
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--python", sys.executable, str(ENVIRONMENT)], check=True)
    wanted = Path(__file__).with_name("requirements.txt")
    subprocess.run([uv, "pip", "install", "--python", str(PYTHON), "-r", str(wanted)], check=True)


if __name__ == "__main__":
    main()
