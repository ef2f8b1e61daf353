"""The exact split of a total beside scipy's SLSQP: which brings more, and how long each takes; and one whole review.

A split is better than another where it brings over one part in 10^9 more. What of SLSQP's answer breaks a bound is cut
off first; what then misses the total by over one part in 10^9 is no answer, and cannot be better.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from bench import review_time, slsqp
from bench.solver_problems import Problem, problem
from common.decisions.review.solver import solve

PROBLEMS, PROCESSES = 100_000, 2
CHANNELS, TIMED, ROUNDS, PASSES = 10, 100, 15, 20
"""What is timed: so many channels, in so many problems, so many rounds in turn, of which the fastest counts. A round of
the exact solver passes over the problems as often as makes both rounds about as long."""
EXACT = 1e-9
_BATCH = 500


class _Tally(NamedTuple):
    """What came of some problems."""

    residual: float
    """The largest."""
    worse: int = 0
    """Of which SLSQP found a better split."""
    better: int = 0
    unanswered: int = 0
    """By SLSQP."""


def run(scenarios: Path | None = None, problems: int = PROBLEMS) -> dict[str, Any]:
    """Solve as many problems both ways, then measure. Times are the processor's."""
    del scenarios
    own, peer = _microseconds()
    review = review_time.milliseconds()
    return {
        "solver": {
            "problems": problems,
            **exactness(problems),
            "speedup": round(peer / own, 1),
            "microseconds": round(own, 1),
            "slsqp_microseconds": round(peer, 1),
        },
        "review": {"milliseconds": round(review, 2), "slsqp_ratio": round(1000 * review / peer, 1)},
    }


def exactness(problems: int) -> dict[str, Any]:
    """Who brings more, over so many problems; and by how much at most the conditions of optimality are missed."""
    batches = [range(first, min(first + _BATCH, problems)) for first in range(0, problems, _BATCH)]
    with ProcessPoolExecutor(PROCESSES) as pool:
        tallies = list(pool.map(_tally, batches))
    return {
        "worse_than_slsqp": sum(one.worse for one in tallies),
        "better_than_slsqp": sum(one.better for one in tallies),
        "unanswered_by_slsqp": sum(one.unanswered for one in tallies),
        "max_kkt_residual": max(one.residual for one in tallies),
    }


def _tally(numbers: range) -> _Tally:
    """Compare both on the problems of these numbers."""
    residual, worse, better, unanswered = 0.0, 0, 0, 0
    for one in map(problem, numbers):
        own = solve(*one)
        residual = max(residual, one.residual(own))
        peer = one.bounded(slsqp.solve(*one))
        if one.missed(peer) > EXACT:
            unanswered += 1
            continue
        ahead = one.value(own.spends) / one.value(peer) - 1
        worse += ahead < -EXACT
        better += ahead > EXACT
    return _Tally(residual, worse, better, unanswered)


def _microseconds() -> tuple[float, float]:
    """Of one problem: by the exact solver, and by SLSQP. They take turns, so that both meet the same machine."""
    problems = [problem(number, CHANNELS) for number in range(TIMED)]
    rounds = [(_seconds(solve, problems * PASSES), _seconds(slsqp.solve, problems)) for _ in range(ROUNDS)]
    own, peer = (min(column) for column in zip(*rounds, strict=True))
    return own / TIMED / PASSES * 1e6, peer / TIMED * 1e6


def _seconds(solver: Callable[..., object], problems: Sequence[Problem]) -> float:
    start = process_time()
    for one in problems:
        solver(*one)
    return process_time() - start


def sentence(figures: dict[str, Any]) -> str:
    """What was found of exactness."""
    return (
        f"Exact splits: SLSQP's brings more {figures['worse_than_slsqp']} times and less"
        f" {figures['better_than_slsqp']} times; the conditions of optimality are missed by at most"
        f" {figures['max_kkt_residual']:.1e}."
    )


def table(figures: dict[str, Any]) -> None:
    """Print the figures, a line for each."""
    view = Table(title="Dividing a total exactly, beside scipy's SLSQP; and a whole review", title_justify="left")
    view.add_column("")
    view.add_column("", justify="right")
    for what, said in _lines(figures["solver"], figures["review"]):
        view.add_row(what, said)
    Console(width=120).print(view)


def _lines(solver: dict[str, Any], review: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "problems of 2 to 12 channels", f"{solver['problems']:,}"
    yield "SLSQP's split brings more", f"{solver['worse_than_slsqp']:,}"
    yield "SLSQP's split brings less", f"{solver['better_than_slsqp']:,}"
    yield "SLSQP's split misses the total", f"{solver['unanswered_by_slsqp']:,}"
    yield "largest miss of the conditions of optimality", f"{solver['max_kkt_residual']:.1e}"
    yield f"one split over {CHANNELS} channels", f"{solver['microseconds']} us"
    yield "the same by SLSQP", f"{solver['slsqp_microseconds']} us, {solver['speedup']} times as long"
    reviewed = f"{review_time.CHANNELS} channels with {review_time.DAYS} days behind it"
    yield f"one review of {reviewed}", f"{review['milliseconds']} ms, as long as {review['slsqp_ratio']} of SLSQP's"
