"""pymc-marketing's wish, from a process of its own environment, which is asked once a week."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from subprocess import PIPE, Popen

from bench.allocation_history import days_of
from bench.allocation_targets import unspent
from common.decisions.review.evidence import Evidence
from common.domain.money import MICROS

ENVIRONMENT = Path(__file__).parents[2] / "var" / "pymc-marketing"
"""Where its environment is: outside of the project's, and not part of the repository."""
PYTHON = ENVIRONMENT / "bin" / "python"
_FEWEST = 14


def optimized(evidence: Evidence) -> Mapping[str, float] | None:
    """How to divide what is unspent; `None` until two weeks of all channels are known."""
    facts, left = evidence.facts, max(1, evidence.facts.days_left())
    now = {name: micros / left / MICROS for name, micros in unspent(facts).items() if micros > 0}
    days = {name: {one.day: one for one in days_of(name, evidence)} for name in now}
    shared = sorted(set[date].intersection(*(set(of) for of in days.values()))) if len(now) > 1 else []
    if len(shared) < _FEWEST:
        return None
    question = {
        "days": [str(day) for day in shared],
        "spend": {name: [of[day].spend for day in shared] for name, of in days.items()},
        "worth": [sum(of[day].worth / max(0.05, of[day].visible) for of in days.values()) for day in shared],
        "now": now,
        "until": str(facts.plan.flight.end),
    }
    return _answer(json.dumps(question))


def _answer(question: str) -> Mapping[str, float]:
    process = _process()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(question + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{PYTHON} ended without an answer (exit code {process.wait()}); its words are above")
    return json.loads(line)


@cache
def _process() -> Popen[str]:
    """One for each process of the bench; it ends when that one does, since its questions end then."""
    return Popen([PYTHON, Path(__file__).with_name("fit.py")], stdin=PIPE, stdout=PIPE, text=True)
