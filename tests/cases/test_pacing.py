"""Pacing's decisions as data: what is known, and what must be decided about it."""

import json
from pathlib import Path
from typing import Any

import pytest

from common.decisions import pacing
from common.decisions.guardrails import judge
from common.domain.change import Setting, Verdict
from common.domain.money import MICROS
from tests.cases.pacing_world import facts_of

FOLDER = Path(__file__).parent / "pacing"
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted(FOLDER.glob("*.json"))
    for case in json.loads(path.read_text())
]


@pytest.mark.parametrize("case", CASES)
def test_pacing_decides_as_the_case_says(case: dict[str, Any]) -> None:
    facts = facts_of(case)
    decided = pacing.decide(facts)
    expected = case["expect"]
    assert [reason.code for reason in decided.reasons] == [expected["reason"]]
    written = {change.setting: change.after for one in decided.proposals for change in one.changes}
    budget = written.get(Setting.DAILY_BUDGET)
    if "budget" in expected:
        low, high = expected["budget"]
        assert isinstance(budget, int)
        assert low <= budget / MICROS <= high
    elif expected.get("status") is None:
        assert budget is None
    assert written.get(Setting.STATUS) == expected.get("status")
    if "total" in expected:
        assert written.get(Setting.TOTAL_BUDGET) == expected["total"] * MICROS


@pytest.mark.parametrize("case", CASES)
def test_what_pacing_proposes_the_guardrails_let_through(case: dict[str, Any]) -> None:
    """Pacing proposes no more than its bounds."""
    facts = facts_of(case)
    proposals = pacing.decide(facts).proposals
    assert {one.verdict for one in judge(proposals, facts)} <= {Verdict.AUTO}
