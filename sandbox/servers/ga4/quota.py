# pyright: basic
"""Tokens: what a request costs, and what is left of the day and of the hour.

GA4 publishes no price list: "most requests consume fewer than 10 tokens", and more with more rows, columns, filters and
longer ranges (developers.google.com/analytics/devguides/reporting/data/v1/quotas). The estimate here is meant to be
rather too high: a request costs 4, each column 1, a filter 2, each week of its range 1, each 100 rows of the answer 1.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import grpc
from google.analytics.data_v1beta import types

from sandbox.servers.ga4.conduct import Conduct, Failure
from sandbox.servers.ga4.reporting import Refused

PACIFIC = ZoneInfo("America/Los_Angeles")
BASE, COLUMN, FILTER, WEEK, ROWS = 4, 1, 2, 1, 100
METADATA = 10
PREMIUM = 10
"""How many times more a property of Analytics 360 has."""


def cost(request: Any, answer: Any, today: date) -> int:
    """Tokens of one report."""
    columns = COLUMN * (len(request.dimensions) + len(request.metrics))
    filtered = FILTER * bool(request.dimension_filter.filter.field_name)
    ranges = getattr(request, "date_ranges", ())
    days = sum((today - date.fromisoformat(one.start_date)).days + 1 for one in ranges)
    return BASE + columns + filtered + WEEK * ceil(days / 7) + ceil(len(answer.rows) / ROWS)


@dataclass(slots=True)
class Quota:
    """Of one bucket: core or realtime."""

    conduct: Conduct
    spent: int = 0
    """All in all."""
    _day: date = date.min
    _hour: datetime | None = None
    _of_day: int = 0
    _of_hour: int = 0
    under_way: int = field(default=0)

    def must_have_some(self, now: datetime) -> None:
        """Refuse where nothing is left; the three refusals differ in their text only."""
        self._turn(now)
        if self.under_way > self.conduct.concurrent:
            raise _exhausted("Exhausted concurrent requests quota. Please send fewer requests concurrently.")
        if self._of_day >= self._most_of_day:
            raise _exhausted("Exhausted property tokens per day. These quota tokens will return in under 24 hours.")
        if self._of_hour >= self._most_of_hour:
            raise _exhausted("Exhausted property tokens for a project per hour.")

    def pay(self, tokens: int, now: datetime) -> Any:
        """Take tokens; what the answer says of them."""
        self._turn(now)
        self.spent += tokens
        self._of_day += tokens
        self._of_hour += tokens
        of_day = types.QuotaStatus(consumed=tokens, remaining=max(0, self._most_of_day - self._of_day))
        of_hour = types.QuotaStatus(consumed=tokens, remaining=max(0, self._most_of_hour - self._of_hour))
        return types.PropertyQuota(tokens_per_day=of_day, tokens_per_hour=of_hour, tokens_per_project_per_hour=of_hour)

    @property
    def _most_of_day(self) -> int:
        return self.conduct.tokens_a_day * (PREMIUM if self.conduct.premium else 1)

    @property
    def _most_of_hour(self) -> int:
        return self.conduct.tokens_an_hour * (PREMIUM if self.conduct.premium else 1)

    def _turn(self, now: datetime) -> None:
        day, hour = now.astimezone(PACIFIC).date(), now.replace(minute=0, second=0, microsecond=0)
        if day != self._day:
            self._day, self._of_day = day, 0
        if hour != self._hour:
            self._hour, self._of_hour = hour, 0


def _exhausted(text: str) -> Refused:
    return Refused(Failure(grpc.StatusCode.RESOURCE_EXHAUSTED, text))
