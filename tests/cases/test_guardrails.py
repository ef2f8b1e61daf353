"""The guardrails' answers as data: each file holds the cases of one row of the table of types, or of one safeguard."""

import json
from pathlib import Path
from typing import Any

import pytest

from common.decisions.guardrails import judge
from common.domain.change import OptimizationType, Reason, Verdict
from common.domain.money import MICROS
from tests.cases.guardrail_world import facts_of, proposals_of

FILES = sorted((Path(__file__).parent / "guardrails").glob("*.json"))
CASES: list[tuple[str, dict[str, Any]]] = [
    (f"{path.stem}: {case['name']}", case) for path in FILES for case in json.loads(path.read_text())["cases"]
]
IN_EUROS = {
    *("allocation_total", "below_spent", "channel_cap", "exposure_over_allocation", "master_cap"),
    *("period_ceiling", "total_over_allocation", "unplanned_channel"),
}
"""Codes whose measured value and limit are money; the cases state it in euros."""


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_each_case_gets_the_answer_it_states(case: dict[str, Any]) -> None:
    """Verdict and reasons, in the order of the proposals; with measured value and limit where the case states them."""
    facts = facts_of(case.get("world", {}))
    proposals = proposals_of(case["proposals"], facts)
    judgements = judge(proposals, facts, decided_by=case.get("decided_by", ()))
    got = [[one.verdict.value, *(_shown(reason) for reason in one.reasons)] for one in judgements]
    assert got == [_filled(expected, one) for expected, one in zip(case["expect"], got, strict=True)]


def test_every_type_is_let_through_at_its_best_and_stopped_at_its_worst() -> None:
    """The cases cover the whole table: what a type may do by itself, and what it may not."""
    answers: dict[str, set[str]] = {}
    for _, case in CASES:
        for proposal, expected in zip(case["proposals"], case["expect"], strict=True):
            answers.setdefault(proposal["type"], set()).add(expected[0])
    assert answers.keys() == {type_.value for type_ in OptimizationType}
    by_itself = {name for name, verdicts in answers.items() if Verdict.AUTO in verdicts}
    assert by_itself == {type_.value for type_ in OptimizationType} - {OptimizationType.STRUCTURAL.value}
    assert all(Verdict.BLOCKED in verdicts for verdicts in answers.values())


def _shown(reason: Reason) -> dict[str, Any]:
    scale = MICROS if reason.code in IN_EUROS else 1
    return {
        "code": reason.code,
        "measured": _scaled(reason.measured, scale),
        "limit": _scaled(reason.limit, scale),
        "entity": reason.entity_id,
    }


def _scaled(value: float | str | None, scale: int) -> float | str | None:
    return value / scale if isinstance(value, int | float) else value


def _filled(expected: list[Any], got: list[Any]) -> list[Any]:
    """What the case leaves open, as it was answered: a reason may be its code alone, or state some of its keys."""
    stated: list[dict[str, Any]] = [{"code": one} if isinstance(one, str) else one for one in expected[1:]]
    answered: list[dict[str, Any]] = got[1:]
    open_keys = [answered[index] if index < len(answered) else {} for index in range(len(stated))]
    return [expected[0], *(_exact(other | reason) for reason, other in zip(stated, open_keys, strict=True))]


def _exact(reason: dict[str, Any]) -> dict[str, Any]:
    """Fractions to nine digits."""
    return {key: pytest.approx(value, rel=1e-9) if isinstance(value, float) else value for key, value in reason.items()}
