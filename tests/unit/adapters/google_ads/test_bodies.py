"""What becomes of bodies in the shapes of Google Ads: taken with their numbers, or refused with a reason."""

import json
from pathlib import Path

import pytest

from sandbox.servers.google_ads_replay import outcome

BODIES = Path(__file__).parents[3] / "bodies" / "google_ads"
EXPECTED = {
    "own_days_two_of_one_name": "parsed: days: 11: 1 rows, cost_micros 130000000, clicks 62, conversions 1.5; "
    "12: 2 rows, cost_micros 774000000, clicks 75, conversions 4.14396",
    "own_error_of_a_newer_version_400": "refused: unknown_error: google_ads refused it as ",
    "own_error_that_is_no_enum_400": "refused: unknown_error: ",
    "own_failure_without_type_403": "refused: permission_missing: ",
    "own_hours": "parsed: hours: 11: 2 rows, cost_micros 6000001, clicks 12, conversions 0.5",
    "own_hours_not_a_number": "refused: bad_answer: ",
    "own_hours_of_another_account": "refused: wrong_account: google_ads answered for account 999",
    "own_hours_without_cost": "refused: bad_answer: ",
    "own_live": "parsed: 1 campaigns live: {'daily_budget': 45000000, 'total_budget': None, 'status': 'enabled', "
    "'bid_target': 12500000, 'excluded_geos': ()}",
    "own_live_shared_budget": "parsed: 2 campaigns live",
    "own_live_without_budget": "refused: bad_answer: ",
    "own_partial_failure": "refused: entity_missing: 1 of 2 changes: ",
    "own_partial_failure_unexplained": "refused: bad_answer: ",
    "own_quota_of_the_day_429": "refused: quota_exhausted: ",
    "own_stream_of_the_account": "refused: bad_answer: ",
    "own_uploads": "parsed: 2 days of uploads, 150 successful",
    "proto_budget_below_minimum_400": "refused: budget_below_minimum: the daily budget is under the "
    "least that google_ads takes; the least for this campaign is 1.00 EUR",
    "proto_concurrent_modification_409": "refused: concurrent_modification: ",
    "proto_empty_search": "parsed: days: no campaign is answered for",
    "proto_quota_temporarily_429": "refused: rate_limited: ",
    "search_term_row": "parsed: days: 11331000428: 1 rows, cost_micros 312690000, clicks 486 (not asked for there: "
    "conversions, conversions_value)",
}


def test_every_body_is_expected() -> None:
    assert {path.stem for path in BODIES.glob("*.json")} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_a_body_is_taken_or_refused(name: str) -> None:
    assert outcome(json.loads((BODIES / f"{name}.json").read_text())).startswith(EXPECTED[name])


@pytest.mark.parametrize(
    "case",
    [
        {"body": []},
        {"body": {}},
        {"body": None},
        {"body": 7},
        {"body": [[1]]},
        {"body": {"results": 7}},
        {"body": {"results": [7]}},
        {"raw_body": "<html>Bad Gateway</html>", "http_status": 502},
        {"raw_body": ""},
        {"body": {"error": "no object"}, "http_status": 500},
        {"body": {"error": {"details": 7}}, "http_status": 400},
    ],
)
def test_what_is_no_answer_is_never_a_number(case: dict[str, object]) -> None:
    said = outcome(case)
    assert said.startswith("refused: ") or said == "parsed: days: no campaign is answered for"
