"""Bodies as GA4 answers: each is understood in full or refused by name, and so is each with one thing changed."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sandbox.servers.ga4_replay import outcome
from tests.mutated import mutations

BODIES = Path(__file__).parents[3] / "bodies" / "ga4"
CASES: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_bytes()) for path in sorted(BODIES.glob("*.json"))}
GOOGLE_ADS, META = "google_ads 1000000001", "meta 2000000002"
HOURS = f"{GOOGLE_ADS} 78 sessions, 3 key events, value 0 micros; {META} 25 sessions, 1.5 key events, value 0 micros"
UNDERSTOOD = {
    "own_hours": HOURS,
    "own_hours_with_words": HOURS,
    "own_hours_null_metadata": HOURS,
    "own_hours_other_zone": HOURS,
    "own_hours_other": "no campaign is answered for",
    "own_hours_empty": "no campaign is answered for",
    "own_days": (
        f"{GOOGLE_ADS} 810 sessions, 59 key events, value 0 micros; {META} 120 sessions, 4 key events, value 0 micros"
    ),
    "own_days_revenue": (
        f"{GOOGLE_ADS} 810 sessions, 59 key events, value 1520700000 micros; "
        f"{META} 120 sessions, 4 key events, value 260000000 micros"
    ),
    "own_realtime": "57 sessions, 3 key events",
    "own_realtime_empty": "0 sessions, 0 key events",
    "own_realtime_by_country": "3 rows of country x city: activeUsers 19",
}
REFUSED = {
    "err_429_project_hour": "quota_exhausted",
    "own_days_other_currency": "wrong_currency",
    "own_days_other_zone": "wrong_time_zone",
    "own_days_sampled": "sampled",
    "own_days_sampled_from_nothing": "sampled",
    "own_days_thresholded": "thresholded",
    "own_days_truncated": "data_truncated",
    "own_empty_for_a_reason": "empty_for_a_reason",
    "own_empty_without_columns": "bad_answer",
    "own_err_400_incompatible": "invalid_value",
    "own_err_400_no_metric": "key_event_missing",
    "own_err_401": "token_expired",
    "own_err_403_api_disabled": "api_disabled",
    "own_err_403_no_viewer": "permission_missing",
    "own_err_403_quota": "quota_exhausted",
    "own_err_403_without_a_reason": "unavailable",
    "own_err_429_concurrent": "rate_limited",
    "own_err_500": "unavailable",
    "own_hours_cut": "rows_cut",
    "own_hours_one_page_of_three": "bad_answer",
    "own_hours_without_metadata": "bad_answer",
    "own_more_rows_than_it_says": "bad_answer",
    "own_realtime_no_key_event": "key_event_missing",
    "own_snake_case": "bad_answer",
    "pivot_not_set_null_metadata": "bad_answer",
    "sampling_zero_space": "data_truncated",
}
MUTATED = 40
"""Of each body that is understood."""


def test_every_body_is_expected_to_be_something() -> None:
    assert CASES.keys() == UNDERSTOOD.keys() | REFUSED.keys()


@pytest.mark.parametrize("case", list(UNDERSTOOD))
def test_a_sound_body_is_understood_to_the_number(case: str) -> None:
    assert outcome(CASES[case]) == f"parsed: {UNDERSTOOD[case]}"


@pytest.mark.parametrize("case", list(REFUSED))
def test_a_body_that_is_not_is_refused_by_name(case: str) -> None:
    assert outcome(CASES[case]).startswith(f"refused: {REFUSED[case]}: ")


def test_a_body_with_one_thing_changed_is_understood_or_refused() -> None:
    """And where a count is changed into what is none, nothing is made of it: no zero, no part of the report."""
    became: Counter[str] = Counter()
    for name in UNDERSTOOD:
        case = CASES[name]
        for what, body in mutations(case["body"], name, MUTATED):
            said = outcome({**case, "body": body})
            kind = said.split(":")[0]
            became[kind] += 1
            assert re.fullmatch(r"parsed: .*|refused: [a-z_]+: \S.*", said, re.DOTALL), f"{name}, {what}: {said}"
            assert kind == "refused" or all(map(_is_number, _counts(body))), f"{name}, {what}: {said}"
    assert became["refused"] >= 0.2 * became.total() <= 5 * became["parsed"], became


def _counts(body: Any) -> list[Any]:
    """Every number that the body's rows have."""
    return [one.get("value", "") for row in body.get("rows") or () for one in row.get("metricValues") or ()]


def _is_number(text: Any) -> bool:
    return isinstance(text, str) and re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text, re.ASCII) is not None
