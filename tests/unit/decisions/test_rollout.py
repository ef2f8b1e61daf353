"""How far a type of change may go while a tenant tries it out."""

import pytest

from common.decisions.guardrails import is_shadow, rollout
from common.domain.change import Change, Judgement, OptimizationType, Proposal, Reason, Setting, Verdict
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


def _paced(code: str, *changes: Change, type_: OptimizationType = OptimizationType.PACE) -> Judgement:
    reasons = (Reason(code=code),)
    proposal = Proposal(proposal_id="p", type=type_, rule="r", changes=changes, why="It is better so.", reasons=reasons)
    return Judgement(proposal=proposal, verdict=Verdict.AUTO, reasons=reasons)


DOWN = Change(entity_id="e", setting=Setting.DAILY_BUDGET, before=10, after=5)
UP = Change(entity_id="e", setting=Setting.DAILY_BUDGET, before=5, after=10)
STOP = Change(entity_id="e", setting=Setting.STATUS, before="enabled", after="paused")


@pytest.mark.parametrize(
    ("paced", "verdict"),
    [
        (_paced("cap_in_danger", DOWN), Verdict.AUTO),
        (_paced("stopped_at_allocation", STOP, DOWN), Verdict.AUTO),
        (_paced("lowered", DOWN), Verdict.NEEDS_APPROVAL),
        (_paced("cap_in_danger", DOWN, UP), Verdict.NEEDS_APPROVAL),
        (_paced("cap_in_danger", DOWN, type_=OptimizationType.BUDGET_SHIFT), Verdict.NEEDS_APPROVAL),
    ],
    ids=["lowered for a cap", "stopped at a cap", "any other cut", "with a raise", "not pacing's"],
)
def test_what_pacing_lowers_to_keep_a_cap_waits_for_nobody_under_advise(paced: Judgement, verdict: Verdict) -> None:
    """A person who sleeps must not cost the client money that nobody approved. In the shadow nothing goes out."""
    mode = {"pace": Mode.ADVISE, "budget_shift": Mode.ADVISE}
    assert rollout(paced, Guardrails(mode=mode)).verdict is verdict
    assert is_shadow(paced.proposal.type, Guardrails(mode=dict.fromkeys(mode, Mode.SHADOW)))


def test_a_mode_holds_for_the_types_that_it_names() -> None:
    """An emergency pause goes out while pacing is tried out, and waits only where the tenant names it."""
    pause = answer(OptimizationType.EMERGENCY_PAUSE)
    assert rollout(pause, Guardrails(mode={"pace": Mode.ADVISE})) == pause
    named = Guardrails(mode={"emergency_pause": Mode.ADVISE})
    assert rollout(pause, named).verdict is Verdict.NEEDS_APPROVAL
