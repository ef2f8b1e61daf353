"""What the watch makes of a platform's reports, as data: what came in, and what must be named, judged and believed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cases.anomaly_world import outcome_of

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted((Path(__file__).parent / "anomaly").glob("*.json"))
    for case in json.loads(path.read_text())
]


@pytest.mark.parametrize("case", CASES)
def test_reports_are_taken_in_as_the_case_says(case: dict[str, Any]) -> None:
    outcome, expected = outcome_of(case), case["expect"]
    assert outcome.faults == expected.get("faults", [])
    assert outcome.judged == expected["judged"]
    assert outcome.believed == expected.get("believed", True)
    assert outcome.seen == expected["seen"]
