"""What the safeguards find as data: each file holds the cases of one of them."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from common.decisions.safeguards.freezing import followed
from common.domain.state import Freeze
from tests.cases.safeguard_world import signals_of

FILES = sorted((Path(__file__).parent / "safeguards").glob("*.json"))
CASES: list[tuple[str, dict[str, Any]]] = [
    (f"{path.stem}: {case['name']}", case) for path in FILES for case in json.loads(path.read_text())["cases"]
]


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_each_case_enters_and_leaves_what_it_states(case: dict[str, Any]) -> None:
    """Freezes as `code` or `code channel`, in order; with measured value and limit where the case states them."""
    signals = signals_of(_aged(case.get("world", {})))
    found = followed(signals)
    assert [_named(one, wanted) for one, wanted in _beside(found.entered, case.get("entered", []))] == case.get(
        "entered", []
    )
    assert [_named(one, wanted) for one, wanted in _beside(found.left, case.get("left", []))] == case.get("left", [])
    assert set(found.entered) | (set(signals.facts.state.freezes) - set(found.left)) == set(found.state.freezes)


def _aged(world: dict[str, Any]) -> dict[str, Any]:
    """With `days_ago` of standing freezes as instants."""
    now = signals_of({}).facts.now
    freezes = [
        {**{key: value for key, value in one.items() if key != "days_ago"}, "since": now - timedelta(one["days_ago"])}
        for one in world.get("freezes", [])
    ]
    return {**world, "freezes": freezes}


def _beside(found: tuple[Freeze, ...], wanted: list[Any]) -> list[tuple[Freeze, Any]]:
    return [(one, wanted[index] if index < len(wanted) else None) for index, one in enumerate(found)]


def _named(freeze: Freeze, wanted: Any) -> Any:
    name = f"{freeze.code} {freeze.channel}" if freeze.channel else freeze.code
    return [name, freeze.measured, freeze.limit] if isinstance(wanted, list) else name
