"""Drift as data: a plan, what is live, what was drafted last; how far that is, and whether it is news."""

import json
from pathlib import Path
from typing import Any

import pytest

from common.decisions.drift import compared, drift_of
from common.domain.change import Status
from common.domain.guardrails import Guardrails
from common.domain.manifest import DriftMark
from common.domain.plan import PlanChannel, PlanTrack
from tests.world import entity, euros, manifest

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted((Path(__file__).parent / "drift").glob("*.json"))
    for case in json.loads(path.read_text())
]


@pytest.mark.parametrize("case", CASES)
def test_drift_is_as_the_case_says(case: dict[str, Any]) -> None:
    lines = [PlanChannel(channel=name, platform="meta", budget=euros(units)) for name, units in case["plan"].items()]
    piece = PlanTrack(track_id="north", channels=tuple(lines))
    paused = dict.fromkeys(case.get("paused", ()), Status.PAUSED)
    live = [
        entity(name, units, channel=name, status=paused.get(name, Status.ENABLED))
        for name, units in case["live"].items()
    ]
    rails = Guardrails(**case.get("guardrails", {}))
    drift = drift_of(manifest(entities={one.entity_id: one for one in live}), piece, rails)
    expected = case["expect"]
    assert (drift.score, drift.over) == (expected["score"], expected["over"])
    assert drift.direction.value == expected.get("direction", drift.direction.value)
    assert {one.channel: one.standing.value for one in drift.channels}.items() >= expected.get("standing", {}).items()
    assert [one.channel for one in drift.channels if one.paused] == expected.get("paused", [])
    assert compared(drift, _mark(case), piece, rails).value == expected["moved"]


def _mark(case: dict[str, Any]) -> DriftMark | None:
    if "mark" not in case:
        return None
    unplanned = euros(case.get("unplanned", 0))
    return DriftMark(draft_id="draft-1", based_on=1, told=1, score=case["mark"], unplanned=unplanned)
