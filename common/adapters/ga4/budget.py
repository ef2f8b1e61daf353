"""How many of a property's quota tokens may still be spent: realtime first, then the report by hour, then days.

GA4 counts tokens per property by day, by hour, and by hour and project; core reports and realtime each have their own.
A tenant's budget is a share of the day's, and of the hour's in the same proportion. It is counted by each process; what
GA4 itself says is left is heeded too, so that others who read the property are left theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from common.adapters.calls import CallFailed
from common.adapters.ga4.troubles import PACIFIC, next_day, next_hour
from common.domain.trouble import Trouble, TroubleKind

DAY, PROJECT_HOUR = 200_000, 14_000
"""A standard property's tokens a day, and an hour for one project
(developers.google.com/analytics/devguides/reporting/data/v1/quotas)."""
UNTOLD = 10
"""Tokens that a request is taken to cost where its answer does not say: most cost fewer."""


class Bucket(StrEnum):
    """What GA4 counts apart."""

    CORE = "core"
    REALTIME = "realtime"


class Use(StrEnum):
    """What tokens are spent on, the most needed first."""

    REALTIME = "realtime"
    EVENTS = "the report by hour"
    DAYS = "the report by day"

    @property
    def bucket(self) -> Bucket:
        """Where it is counted."""
        return Bucket.REALTIME if self is Use.REALTIME else Bucket.CORE


MAY_SPEND: Mapping[Use, float] = {Use.REALTIME: 1.0, Use.EVENTS: 1.0, Use.DAYS: 0.8}
"""The share of a bucket's budget up to which each may be spent."""


@dataclass(slots=True)
class _Count:
    """What was spent in the current day and hour."""

    day: date = date.min
    hour: datetime | None = None
    of_day: int = 0
    of_hour: int = 0
    closed_until: datetime | None = None
    """GA4 said that nothing is left until then."""

    def turn(self, now: datetime) -> None:
        """Begin anew where a day or an hour is over."""
        day, hour = now.astimezone(PACIFIC).date(), now.replace(minute=0, second=0, microsecond=0)
        if day != self.day:
            self.day, self.of_day = day, 0
        if hour != self.hour:
            self.hour, self.of_hour = hour, 0


@dataclass(slots=True)
class Budget:
    """One tenant's, for its property."""

    tokens_a_day: int
    _counts: dict[Bucket, _Count] = field(default_factory=lambda: {bucket: _Count() for bucket in Bucket})

    @property
    def tokens_an_hour(self) -> int:
        """The hour's share, as GA4 has it."""
        return self.tokens_a_day * PROJECT_HOUR // DAY

    def admit(self, use: Use, now: datetime) -> None:
        """Let a request out, or not.

        Raises:
            CallFailed: `quota_exhausted`; it says until when.
        """
        count, share = self._count(use, now), MAY_SPEND[use]
        if count.closed_until is not None and now < count.closed_until:
            raise CallFailed(_over(use, "GA4 has none left", count.closed_until - now))
        if count.of_day >= share * self.tokens_a_day:
            raise CallFailed(_over(use, f"{count.of_day} of {self.tokens_a_day} are spent today", next_day(now)))
        if count.of_hour >= share * self.tokens_an_hour:
            raise CallFailed(
                _over(use, f"{count.of_hour} of {self.tokens_an_hour} are spent this hour", next_hour(now))
            )

    def spend(self, use: Use, tokens: int, now: datetime) -> None:
        """Note what a request cost."""
        count = self._count(use, now)
        count.of_day += tokens
        count.of_hour += tokens

    def close(self, use: Use, after: timedelta, now: datetime) -> None:
        """GA4 itself has no tokens left: ask no more until then."""
        self._count(use, now).closed_until = now + after

    def spent(self, bucket: Bucket) -> int:
        """Tokens of the current day."""
        return self._counts[bucket].of_day

    def _count(self, use: Use, now: datetime) -> _Count:
        count = self._counts[use.bucket]
        count.turn(now)
        return count


def _over(use: Use, why: str, after: timedelta) -> Trouble:
    minutes = max(1, round(after.total_seconds() / 60))
    said = f"no GA4 tokens for {use.value}: {why}; they are back in {minutes // 60} h {minutes % 60} min"
    return Trouble(TroubleKind.LATER, "quota_exhausted", said, after=after)
