"""Tokens: what is spent on what, and until when the less needed waits."""

from datetime import UTC, datetime, timedelta

import grpc
import pytest

from common.adapters.calls import CallFailed
from common.adapters.ga4.budget import Bucket, Budget, Use
from common.domain.ga4_mapping import Ga4Mapping
from common.ports.analytics import AnalyticsUnavailable
from sandbox.servers.ga4 import Conduct, Failure
from tests.unit.adapters.ga4.property_rig import TIMEOUT, property_rig

NOON = datetime(2026, 6, 2, 12, 20, tzinfo=UTC)
"""05:20 in California."""


def refusal(budget: Budget, use: Use, now: datetime) -> timedelta | None:
    """How long this use has to wait."""
    try:
        budget.admit(use, now)
    except CallFailed as failed:
        return failed.trouble.after
    return None


def test_an_hours_share_is_gas_own() -> None:
    """14,000 of 200,000 tokens a day may be used by one project in an hour."""
    assert (Budget(20_000).tokens_an_hour, Budget(200_000).tokens_an_hour) == (1400, 14_000)


def test_days_wait_first_then_the_report_by_hour_and_realtime_has_its_own() -> None:
    budget = Budget(20_000)
    budget.spend(Use.DAYS, 1120, NOON)
    hour = timedelta(minutes=40)
    assert [refusal(budget, use, NOON) for use in (Use.DAYS, Use.EVENTS, Use.REALTIME)] == [hour, None, None]
    budget.spend(Use.EVENTS, 280, NOON)
    assert [refusal(budget, use, NOON) for use in (Use.DAYS, Use.EVENTS, Use.REALTIME)] == [hour, hour, None]
    assert refusal(budget, Use.DAYS, NOON + hour) is None
    assert (budget.spent(Bucket.CORE), budget.spent(Bucket.REALTIME)) == (1400, 0)


def test_a_days_budget_is_back_at_midnight_in_california() -> None:
    budget = Budget(20_000)
    for hour in range(20):
        budget.spend(Use.EVENTS, 1000, NOON - timedelta(hours=1 + hour % 5))
    assert refusal(budget, Use.EVENTS, NOON) == timedelta(hours=18, minutes=40)
    assert refusal(budget, Use.EVENTS, NOON + timedelta(hours=18, minutes=40)) is None


def test_what_answers_cost_is_counted_whether_they_say_so_or_not() -> None:
    with property_rig() as rig:
        rig.events()
        rig.reader.realtime(timeout=TIMEOUT)
        told = sum(one.tokens for one in rig.server.calls if one.method == "batchRunReports")
        assert rig.reader.budget.spent(Bucket.CORE) == told == rig.server.core.spent > 0
        assert rig.reader.budget.spent(Bucket.REALTIME) == rig.server.realtime.spent > 0
    with property_rig(Conduct(tells_quota=False)) as rig:
        rig.events()
        assert rig.reader.budget.spent(Bucket.CORE) == 10


def test_under_the_budgets_end_the_less_needed_is_refused_and_nobody_is_called() -> None:
    with property_rig(ga4=Ga4Mapping(tokens_a_day=1000)) as rig:
        rig.reader.budget.spend(Use.EVENTS, 800, rig.server.world.now())
        asked = len(rig.server.calls)
        with pytest.raises(AnalyticsUnavailable, match=r"no GA4 tokens for the report by day.*back in \d+ h"):
            rig.days()
        assert len(rig.server.calls) == asked
        assert rig.reader.realtime(timeout=TIMEOUT) is not None


@pytest.mark.parametrize(
    ("code", "text", "expected", "after"),
    [
        (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "Exhausted property tokens per day. These quota tokens will return in under 24 hours.",
            "quota_exhausted",
            timedelta(hours=23),
        ),
        (
            grpc.StatusCode.PERMISSION_DENIED,
            "Exhausted property tokens per day. These quota tokens will return in under 24 hours.",
            "quota_exhausted",
            timedelta(hours=23),
        ),
        (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "Exhausted property tokens for a project per hour.",
            "quota_exhausted",
            timedelta(hours=1),
        ),
    ],
)
def test_a_quota_that_ran_out_is_left_alone_until_it_is_back(
    code: grpc.StatusCode, text: str, expected: str, after: timedelta
) -> None:
    """At 10:00 in Madrid it is one o'clock in California. It is also seen as 403, which is no missing grant."""
    with property_rig() as rig:
        rig.conduct.failures = [Failure(code, text)]
        trouble = rig.refused()
        assert (trouble.code, trouble.after) == (expected, after)
        assert rig.refused("days").code == expected
        assert not rig.conduct.failures
        rig.advance(after.total_seconds() / 3600)
        assert rig.events().hours["search"]


def test_reports_without_tokens_leave_realtime_alone() -> None:
    with property_rig() as rig:
        rig.conduct.failures = [Failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "Exhausted property tokens per day.")]
        assert rig.refused().code == "quota_exhausted"
        assert rig.reader.realtime(timeout=TIMEOUT) is not None
        assert rig.refused("days").code == "quota_exhausted"


def test_as_many_as_ga4_takes_at_once_is_only_a_moment() -> None:
    text = "Exhausted concurrent requests quota. Please send fewer requests concurrently."
    with property_rig() as rig:
        rig.conduct.failures = [Failure(grpc.StatusCode.RESOURCE_EXHAUSTED, text)]
        assert rig.events().hours["search"]
    with property_rig(Conduct(concurrent=0)) as rig:
        assert rig.refused().code == "rate_limited"


def test_the_propertys_own_quota_ends_where_ga4_says() -> None:
    with property_rig(Conduct(tokens_an_hour=10)) as rig:
        assert rig.events().hours["search"]
        assert rig.refused("days").code == "quota_exhausted"
