"""The pipeline under faults: whatever goes wrong, the design's invariants hold on everything that happened."""

from collections import Counter

import pytest

from tests.faults.branches import GUARDED, reached
from tests.faults.checker import violations
from tests.faults.simulation import run

BATCH = 100


@pytest.mark.parametrize("first", range(0, 1000, BATCH))
def test_a_hundred_schedules_keep_every_invariant(first: int) -> None:
    """Several workers, skewed clocks, crashes, zombies, outages, people: no seed of the batch breaks anything.

    And each branch that guards an invariant is reached by a fifth of the schedules, or they would prove nothing.
    """
    counts: Counter[str] = Counter()
    for seed in range(first, first + BATCH):
        history = run(seed)
        found = violations(history)
        assert not found, f"seed {seed}: {found[0]}\n{history.tail(found[0].at)}"
        counts.update(reached(history))
    rare = {branch: counts[branch] for branch in GUARDED if counts[branch] < BATCH / 5}
    assert not rare, f"hardly any of {BATCH} schedules reach {rare}"


def test_a_seed_is_always_the_same_schedule() -> None:
    """What a failing seed shows can be looked at again."""
    assert run(7).records == run(7).records
