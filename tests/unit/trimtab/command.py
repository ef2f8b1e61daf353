"""The command line as its user meets it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from trimtab.cli import app

WEEKEND = Path(__file__).parent / "fixtures" / "weekend.json"
"""Two tracks over four days, with an edit by hand and a platform that refuses writes for some hours."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def widest(self) -> int:
        """The length of the longest line that a person sees, without blanks at its end."""
        return max(len(line.rstrip()) for line in self.out.splitlines())


def trimtab(*arguments: object, width: int = 80, typed: str | None = None, **environment: str) -> Outcome:
    """Run a command in this process. An error that it does not tell of is raised here.

    Args:
        typed: what its user types, where it asks.
    """
    given: Mapping[str, str] = {"COLUMNS": str(width), **environment}
    result = CliRunner().invoke(app, [str(one) for one in arguments], env=given, input=typed, catch_exceptions=False)
    return Outcome(result.exit_code, result.stdout, result.stderr)
