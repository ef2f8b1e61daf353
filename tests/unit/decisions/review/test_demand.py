"""How much a channel's demand lets it spend: told by days on which its budget was live and was not spent."""

from dataclasses import replace
from typing import Any

import pytest

from common.decisions.review.demand import reachable
from common.decisions.review.evidence import Evidence
from tests.cases.guardrail_world import euros
from tests.cases.review_world import evidence_of


def spending(*spent: float | None, **world: Any) -> Evidence:
    """The last days' spend of one campaign in euros, oldest first; before these it spent its budget of 100."""
    evidence = evidence_of(world)
    last = [row for row in evidence.days.rows if row.entity_id == "search"][-len(spent) :]
    days = {row.day: None if one is None else euros(one) for row, one in zip(last, spent, strict=True)}
    rows = tuple(
        replace(row, spend=days[row.day]) if row.entity_id == "search" and row.day in days else row
        for row in evidence.days.rows
    )
    return replace(evidence, days=replace(evidence.days, rows=rows))


def limit(evidence: Evidence) -> float | None:
    return reachable(evidence.facts.manifest.entities["search"], evidence)


def budget(hours_ago: float, before: float, after: float) -> dict[str, Any]:
    step = {"setting": "daily_budget", "before": before, "after": after, "hours_ago": hours_ago, "type": "pace"}
    return {"trail": {"search": [step]}, "entities": {"search": {"daily_budget": after}}}


def status(days_ago: int, before: str, after: str) -> dict[str, Any]:
    return {"trail": {"search": [{"setting": "status", "before": before, "after": after, "days_ago": days_ago}]}}


@pytest.mark.parametrize(
    ("spent", "world", "expected"),
    [
        ((60, 70, 65, 75, 80), {}, 70),
        ((84, 84, 84, 84, 84), {}, 84),
        ((60, 60, 90, 60, 60), {}, None),
        ((60, 60, 60, 60), {}, None),
        ((100, 60, 60, 60, 60, 60), {}, 60),
        ((60, 60, None, 60, 60, 60), {}, 60),
        ((60, 60, None, 60, 60), {}, None),
        ((0, 0, 0, 0, 0), {}, 0),
        ((60,) * 10, {"now": "2026-03-05T06:00"}, None),
        ((60,) * 10, {"now": "2026-03-06T06:00"}, 60),
        ((60,) * 5, budget(30, before=60, after=100), None),
        ((60,) * 5, budget(30, before=90, after=100), 60),
        ((60,) * 5, budget(5, before=100, after=60), None),
        ((60,) * 5, budget(2, before=100, after=60), 60),
        ((0,) * 5, status(3, before="paused", after="enabled"), None),
    ],
    ids=[
        "never all of its budget",
        "just under the limit",
        "a day that did spend it",
        "too few such days",
        "what was before does not count",
        "an unknown day is passed by",
        "and is none of the five",
        "there is none",
        "four days of the flight",
        "five days of the flight",
        "it was the budget that bound",
        "no budget bound",
        "it bound in the evening of the last",
        "the one from late in the evening does not count",
        "it was paused",
    ],
)
def test_demand_limits_where_five_days_in_a_row_left_budget_unspent(
    spent: tuple[float | None, ...], world: dict[str, Any], expected: float | None
) -> None:
    found = limit(spending(*spent, **world))
    assert found == (None if expected is None else euros(expected))
