"""What the safeguards find as data: each file holds the cases of one of them."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from common.decisions.safeguards.freezing import followed
from common.domain.state import Freeze, Thawed
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
    """With the days ago that freezes were entered, or left, as instants."""
    now = signals_of({}).facts.now

    def at(days_ago: float) -> datetime:
        return now - timedelta(days=days_ago)

    freezes = [{**_without_days(one), "since": at(one["days_ago"])} for one in world.get("freezes", [])]
    thawed = [
        Thawed(**_without_days(one), since=at(one["days_ago"][0]), until=at(one["days_ago"][1]))
        for one in world.get("thawed", [])
    ]
    return {**world, "freezes": freezes, "thawed": thawed}


def _without_days(freeze: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in freeze.items() if key != "days_ago"}


def _beside(found: tuple[Freeze, ...], wanted: list[Any]) -> list[tuple[Freeze, Any]]:
    return [(one, wanted[index] if index < len(wanted) else None) for index, one in enumerate(found)]


def _named(freeze: Freeze, wanted: Any) -> Any:
    name = f"{freeze.code} {freeze.channel}" if freeze.channel else freeze.code
    return [name, freeze.measured, freeze.limit] if isinstance(wanted, list) else name
