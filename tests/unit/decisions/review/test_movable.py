"""How much of an allocation a shift may move: what takes nothing may still give."""

from typing import Any

import pytest

from common.decisions.review.movable import rooms
from common.domain.money import MICROS
from tests.cases.guardrail_world import facts_of


def _moved(days_ago: float) -> dict[str, Any]:
    """A hundred euros that came by a shift."""
    step = {"setting": "allocation", "before": 2900, "after": 3000, "days_ago": days_ago, "type": "budget_shift"}
    return {"trail": {"search": [step]}}


@pytest.mark.parametrize(
    ("world", "gives", "gets"),
    [
        ({}, 200, 300),
        ({"freezes": [{"code": "ga4_diverges", "channel": "search"}]}, 200, 0),
        ({"freezes": [{"code": "crm_match_fell"}]}, 200, 0),
        ({"freezes": [{"code": "ga4_diverges", "channel": "social"}]}, 200, 300),
        ({"freezes": [{"code": "ga4_up_crm_down", "person": True}]}, 200, 300),
        ({"seen_hours_ago": 7}, 200, 0),
        ({"degraded": True}, 100, 300),
        ({"entities": {"search": {"status": "paused"}}}, 0, 0),
        ({"spent": {"search": None}}, 0, 0),
        ({"spent": {"search": (2990, 20)}}, 0, 300),
        ({"max_budget": {"search": 3000}}, 200, 0),
        ({"guardrails": {"shift_max_pct_7d": 5}}, 150, 150),
        ({"guardrails": {"shift_max_pct_7d": 5}, **_moved(days_ago=3)}, 45, 45),
        ({"guardrails": {"shift_max_pct_7d": 5}, **_moved(days_ago=8)}, 150, 150),
        (_moved(days_ago=0.5), 0, 0),
    ],
    ids=[
        "free",
        "frozen",
        "the track is frozen",
        "another channel is frozen",
        "a person decides",
        "its spend is old",
        "without GA4",
        "off",
        "its spend is unknown",
        "it may have spent more than it has",
        "at its cap",
        "a week's limit",
        "of which a part was moved",
        "longer ago",
        "moved today",
    ],
)
def test_what_may_leave_a_campaign_and_what_may_come(world: dict[str, Any], gives: float, gets: float) -> None:
    """Of 3,000 euros, 1,000 of them spent; the channel's cap is 3,300."""
    room = rooms(facts_of(world))["search"]
    assert (3000 - room.least / MICROS, room.most / MICROS - 3000) == (gives, gets)
