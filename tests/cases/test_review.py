"""What each rule of the review proposes, as data: a file for each rule, with what it leaves alone and why."""

import json
from pathlib import Path
from typing import Any

import pytest

from common.decisions.guardrails import judge
from common.decisions.reason_words import in_words
from common.decisions.review import audiences, bids, creatives, spend_increase, structural
from common.decisions.review.evidence import Found
from common.domain.change import Proposal
from common.domain.money import MICROS
from tests.cases.guardrail_world import MONEY
from tests.cases.review_world import evidence_of, responses_of

FILES = sorted((Path(__file__).parent / "review").glob("*.json"))
CASES: list[tuple[str, str, dict[str, Any]]] = [
    (f"{path.stem}: {case['name']}", path.stem, case)
    for path in FILES
    for case in json.loads(path.read_text())["cases"]
]
EFFECT = {"expected_effect", "effect_low", "effect_high", "effect_unit"}


def found_by(rule: str, world: dict[str, Any]) -> Found:
    evidence = evidence_of(world)
    match rule:
        case "bids":
            return bids.propose(evidence)
        case "audiences":
            return audiences.propose(evidence)
        case "creatives":
            return creatives.propose(evidence)
        case "structural":
            return structural.propose(evidence, responses_of(world))
        case _:
            return spend_increase.propose(evidence, responses_of(world))


@pytest.mark.parametrize(("rule", "case"), [one[1:] for one in CASES], ids=[one[0] for one in CASES])
def test_each_case_is_answered_as_it_says(rule: str, case: dict[str, Any]) -> None:
    """Changes, evidence and sentence as far as the case states them; all reasons; and what the guardrails answer."""
    found = found_by(rule, case.get("world", {}))
    expected = case.get("proposals", [])
    assert len(found.proposals) == len(expected), found
    for proposal, said in zip(found.proposals, expected, strict=True):
        assert [_shown(proposal, index) for index in range(len(proposal.changes))] == said.get("changes", [])
        assert proposal.why == said.get("why", proposal.why)
        for key, value in said.get("evidence", {}).items():
            assert proposal.evidence[key] == (pytest.approx(value, rel=1e-3) if isinstance(value, float) else value)
        assert proposal.evidence.keys() >= EFFECT
    if "reasons" in case:
        assert sorted([one.code, one.entity_id or ""] for one in found.reasons) == sorted(case["reasons"])
    facts = evidence_of(case.get("world", {})).facts
    verdicts = [judgement.verdict.value for judgement in judge(found.proposals, facts)]
    assert verdicts == [said.get("verdict", "auto") for said in expected]


@pytest.mark.parametrize(("rule", "case"), [one[1:] for one in CASES], ids=[one[0] for one in CASES])
def test_every_reason_has_words_of_its_own(rule: str, case: dict[str, Any]) -> None:
    for reason in found_by(rule, case.get("world", {})).reasons:
        said = in_words(reason, "EUR")
        assert "measured" not in said
        assert said != reason.code.replace("_", " ")


def test_the_same_evidence_gives_the_same_proposals() -> None:
    for _, rule, case in CASES:
        assert found_by(rule, case.get("world", {})) == found_by(rule, case.get("world", {}))


def _shown(proposal: Proposal, index: int) -> list[Any]:
    change = proposal.changes[index]
    after = change.after
    if change.setting in MONEY and isinstance(after, int):
        return [change.entity_id, change.setting.value, after / MICROS]
    return [change.entity_id, change.setting.value, list(after) if isinstance(after, tuple) else after]
