"""How far a type of change may go while a tenant tries it out."""

import pytest

from common.decisions.guardrails import is_shadow, rollout
from common.domain.change import Judgement, OptimizationType, Proposal, Reason, Verdict
from common.domain.guardrails import Guardrails, Mode


def answer(type_: OptimizationType, verdict: Verdict = Verdict.AUTO) -> Judgement:
    """An answer with a reason."""
    proposal = Proposal(proposal_id="p", type=type_, rule="r", changes=(), why="It is better so.")
    return Judgement(proposal=proposal, verdict=verdict, reasons=(Reason(code="within_bounds"),))


def test_advise_makes_what_is_automatic_wait() -> None:
    """With a reason of its own; what is stricter already stays what it is."""
    rails = Guardrails(mode={"pace": Mode.ADVISE})
    waiting = rollout(answer(OptimizationType.PACE), rails)
    assert (waiting.verdict, [reason.code for reason in waiting.reasons]) == (Verdict.NEEDS_APPROVAL, ["advise_mode"])
    blocked = answer(OptimizationType.PACE, Verdict.BLOCKED)
    assert rollout(blocked, rails) == blocked


@pytest.mark.parametrize("mode", [Mode.SHADOW, Mode.ENFORCE])
def test_shadow_and_enforce_leave_the_verdict(mode: Mode) -> None:
    """A shadowed answer says what would have happened."""
    rails = Guardrails(mode={"pace": mode})
    assert rollout(answer(OptimizationType.PACE), rails).verdict is Verdict.AUTO
    assert is_shadow(OptimizationType.PACE, rails) is (mode is Mode.SHADOW)


def test_a_mode_holds_for_the_types_that_it_names() -> None:
    """An emergency pause goes out while pacing is tried out, and waits only where the tenant names it."""
    pause = answer(OptimizationType.EMERGENCY_PAUSE)
    assert rollout(pause, Guardrails(mode={"pace": Mode.ADVISE})) == pause
    named = Guardrails(mode={"emergency_pause": Mode.ADVISE})
    assert rollout(pause, named).verdict is Verdict.NEEDS_APPROVAL
