"""The checker is worth what it finds: each planted bug breaks an invariant within 2,000 schedules."""

import pytest

from tests.faults.bugs import BUGS, Bug
from tests.faults.checker import violations
from tests.faults.simulation import run

SEEDS = 2000


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(bug: Bug) -> None:
    """With the bug in place some schedule breaks one of the invariants that the bug is known to break."""
    for seed in range(SEEDS):
        with bug.planted() as plant:
            history = run(seed, plant)
        if any(violation.invariant in bug.breaks for violation in violations(history)):
            return
    pytest.fail(f"{SEEDS} schedules with this bug broke none of the invariants {sorted(bug.breaks)}")
