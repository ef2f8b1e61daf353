"""Bodies in the shape of Meta's answers, and what the adapter makes of each, played by Meta's own client."""

import json
from pathlib import Path

import pytest

from sandbox.servers.meta_replay import outcome

BODIES = Path(__file__).parents[3] / "bodies" / "meta"
SAID = {
    "own_ad_set_paused_without_learning_status": "parsed: 1 live: status paused, daily_budget 500000000, bid_target",
    "own_ads": "parsed: 2 rows of 1 campaigns: micros 723580000, clicks 408",
    "own_budget_below_minimum": "refused: budget_below_minimum",
    "own_campaign_with_budgets_on_ad_sets": "parsed: 1 live: status enabled, total_budget None, excluded_geos",
    "own_campaign_with_shared_budget": "parsed: 1 live: status enabled, total_budget 2500000000, daily_budget 50000000",
    "own_day_without_actions": "parsed: 1 rows of 1 campaigns: micros 361790000, clicks 204, impressions 18230",
    "own_days": "parsed: 2 rows of 1 campaigns: micros 373790000, clicks 408, impressions 36460, conversions 4",
    "own_days_of_two_campaigns": "parsed: 2 rows of 2 campaigns: micros 361860000",
    "own_deleted_campaign": "parsed: 0 live",
    "own_down_503": "refused: unavailable",
    "own_error_data_that_is_no_json": "refused: invalid_value",
    "own_error_that_is_text": "refused: bad_answer",
    "own_four_budget_changes": "refused: quota_exhausted",
    "own_hours": "parsed: 3 rows of 1 campaigns: micros 10530000",
    "own_new_error": "refused: refused",
    "own_not_linked": "refused: permission_missing",
    "own_nothing_delivered": "parsed: 0 rows of 1 campaigns: micros 0",
    "own_page_of_a_proxy_200": "refused: bad_answer",
    "own_page_of_a_proxy_502": "refused: unavailable",
    "own_pages_in_a_circle": "refused: bad_answer",
    "own_places": "parsed: 2 rows of 1 campaigns: micros 723580000",
    "own_row_of_three_days": "refused: bad_answer",
    "own_row_without_spend": "refused: bad_answer",
    "own_same_row_twice": "refused: bad_answer",
    "own_token_expired": "refused: token_expired",
    "own_too_many_calls": "refused: quota_exhausted",
    "own_written_in_part": "parsed: ok, not ok, budget_below_minimum, ok",
    "own_written_with_bodies_as_objects": "parsed: ok, not ok, quota_exhausted",
    "own_written_with_empty_items": "refused: unavailable",
    "own_written_with_one_broken_off": "refused: timed_out",
}


def test_every_body_has_its_outcome() -> None:
    assert {path.stem for path in BODIES.glob("*.json")} == SAID.keys()


@pytest.mark.parametrize("name", SAID)
def test_a_body_is_understood_or_refused_with_its_reason(name: str) -> None:
    said = outcome(json.loads((BODIES / f"{name}.json").read_bytes()))
    assert said.startswith(SAID[name])
    assert "\n" not in said
