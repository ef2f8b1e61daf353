"""Laws over generated cases that must really meet what they are about: each run counts how many did."""

import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

from hypothesis import HealthCheck, event, given, settings
from hypothesis.strategies import SearchStrategy

Case = TypeVar("Case")


def holds(cases: SearchStrategy[Case], law: Callable[[Case], bool], *, examples: int = 150, least: float = 0.2) -> None:
    """Check a law on generated cases; it asserts what must hold and returns whether the case reached its branch.

    Raises:
        AssertionError: a case breaks the law, or fewer than `least` of them reached the branch that it guards.
    """
    reached: list[bool] = []

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(cases)
    def check(case: Case) -> None:
        hit = law(case)
        event("reached the branch" if hit else "passed it by")
        reached.append(hit)

    check()
    share = sum(reached) / len(reached)
    assert share >= least, f"only {share:.0%} of {len(reached)} cases reached the branch that this law guards"


def told(ways: Mapping[str, int], *branch: str, least: float = 0.2) -> None:
    """Log how many cases went which way (`--log-cli-level=INFO` shows it), and hold them to what a law is about.

    Raises:
        AssertionError: fewer than `least` of them went one of the ways that it guards.
    """
    count, reached = sum(ways.values()), sum(ways.get(way, 0) for way in branch)
    logging.getLogger(__name__).info("%d cases: %s", count, dict(ways))
    assert reached >= least * count, (
        f"only {reached / count:.0%} of {count} cases went {', '.join(branch)}: {dict(ways)}"
    )
