"""The query language of the server on this machine: what it answers, and what it refuses as the platform does."""

from typing import Any

import pytest

from sandbox.servers.google_ads.fields import must_be_known
from sandbox.servers.google_ads.gaql import QueryError, parsed

ROWS: list[dict[str, Any]] = [
    {"campaign.id": 1, "campaign.name": "It's one", "campaign.status": "ENABLED", "metrics.clicks": 5},
    {"campaign.id": 2, "campaign.name": "Two", "campaign.status": "PAUSED", "metrics.clicks": 7},
    {"campaign.id": 3, "campaign.name": "Three", "campaign.status": "REMOVED", "metrics.clicks": None},
]
SELECT = "SELECT campaign.id FROM campaign"


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("", [1, 2, 3]),
        ("WHERE campaign.id = 2", [2]),
        ("WHERE campaign.id = '2'", [2]),
        ("WHERE campaign.id IN (3, 1)", [1, 3]),
        ("where campaign.id not in (3, 1)", [2]),
        ("WHERE campaign.status != 'REMOVED' AND campaign.id > 1", [2]),
        ("WHERE campaign.status IN ('ENABLED', PAUSED) ORDER BY campaign.id DESC", [2, 1]),
        ("WHERE campaign.name = 'It\\'s one'", [1]),
        ('WHERE campaign.name = "It\'s one"', [1]),
        ("WHERE campaign.id BETWEEN 2 AND 3", [2, 3]),
        ("WHERE metrics.clicks IS NULL", [3]),
        ("WHERE metrics.clicks IS NOT NULL LIMIT 1", [1]),
        ("ORDER BY campaign.status, campaign.id DESC LIMIT 2", [1, 2]),
        ("WHERE metrics.clicks >= 5.5", [2]),
    ],
)
def test_rows_are_those_that_are_asked_for(rest: str, found: list[int]) -> None:
    assert [row["campaign.id"] for row in parsed(f"{SELECT} {rest}").of(ROWS)] == found


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "UNEXPECTED_INPUT"),
        ("SELECT FROM campaign", "UNEXPECTED_INPUT"),
        ("SELECT campaign.id campaign", "UNEXPECTED_INPUT"),
        (f"{SELECT} WHERE campaign.id", "UNEXPECTED_INPUT"),
        (f"{SELECT} WHERE campaign.id = 1 OR campaign.id = 2", "UNEXPECTED_INPUT"),
        (f"{SELECT} WHERE campaign.id = 1; DELETE", "UNEXPECTED_INPUT"),
        (f"{SELECT} WHERE campaign.id IN ()", "BAD_VALUE"),
        (f"{SELECT} WHERE campaign.id ( 1", "BAD_OPERATOR"),
        ("SELECT campaign.id FROM campaigns", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        ("SELECT campaign.idd FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT campaign.id.x FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT campaign_budget.id FROM ad_group_ad", "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
        ("SELECT metrics.clicks FROM campaign_criterion", "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
        ("SELECT segments.hour FROM campaign", "EXPECTED_FILTERS_ON_CORE_DATE_SEGMENT"),
        (
            "SELECT segments.date FROM campaign WHERE segments.date >= '2026-06-01'",
            "EXPECTED_FILTERS_ON_CORE_DATE_SEGMENT",
        ),
    ],
)
def test_what_the_platform_refuses_is_refused(query: str, code: str) -> None:
    with pytest.raises(QueryError) as refused:
        must_be_known(parsed(query))
    assert refused.value.code == code


def test_a_value_of_another_kind_is_refused_when_it_meets_a_row() -> None:
    with pytest.raises(QueryError):
        parsed(f"{SELECT} WHERE campaign.id = 'one'").of(ROWS)
