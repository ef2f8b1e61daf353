"""What becomes of an agent's advice, as data: what then stands, how the guardrails answer it, and what is said."""

import json
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from common.decisions.guardrails import judge
from common.decisions.review.admit import admitted
from common.domain.change import AGENT, Judgement, Proposal, Reason
from common.domain.money import MICROS
from tests.cases.advice_world import advice_of, evidence_of, found_of
from tests.cases.guardrail_world import facts_of

FILES = sorted((Path(__file__).parent / "advice").glob("*.json"))
CASES: list[tuple[str, dict[str, Any]]] = [
    (f"{path.stem}: {case['name']}", case) for path in FILES for case in json.loads(path.read_text())["cases"]
]
IN_EUROS = {"advice_refused:total", "advice_refused:master_cap"}


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_each_case_comes_to_what_it_states(case: dict[str, Any]) -> None:
    world = case.get("world", {})
    evidence = evidence_of(world)
    found = found_of(evidence)
    result = admitted(advice_of(case["advice"]), found, evidence)
    judged = {_name(one.proposal): one for one in judge(result.proposals, facts_of(world))}
    assert {name: one.verdict.value for name, one in judged.items()} == case["proposals"]
    assert result.reasons[: len(found.reasons)] == found.reasons
    said = result.reasons[len(found.reasons) :]
    assert [_shown(one, like) for one, like in zip_longest(said, case["reasons"], fillvalue=())] == case["reasons"]
    _told(case, {name: one.proposal for name, one in judged.items()})
    _of_the_agents_own(case, judged)


def _told(case: dict[str, Any], standing: dict[str, Proposal]) -> None:
    """Of what the statistics want nothing changes but the sentence, and that only where the case says so."""
    wanted = {one.proposal_id: one for one in found_of(evidence_of(case.get("world", {}))).proposals}
    for name, proposal in standing.items():
        if name != AGENT:
            assert proposal == wanted[name].but(why=case.get("told", {}).get(name, wanted[name].why))


def _of_the_agents_own(case: dict[str, Any], judged: dict[str, Judgement]) -> None:
    if AGENT not in judged:
        return
    proposal = judged[AGENT].proposal
    assert proposal.evidence["suggested_by"] == "made-up"
    assert proposal.evidence.items() >= case.get("evidence", {}).items()
    assert "after" not in case or proposal.changes[0].after == tuple(case["after"])
    assert [one.code for one in judged[AGENT].reasons] == case.get("because", ["within_bounds"])


def _name(proposal: Proposal) -> str:
    return AGENT if proposal.rule == AGENT else proposal.proposal_id


def _shown(reason: Reason | tuple[()], like: Sequence[Any]) -> list[Any]:
    """As much of it as the case states; all of what it does not state."""
    if not isinstance(reason, Reason):
        return []
    measured = reason.measured
    if reason.code in IN_EUROS and isinstance(measured, int):
        measured /= MICROS
    shown: list[Any] = [reason.code, reason.entity_id, measured]
    return shown[: len(like) or 3]
