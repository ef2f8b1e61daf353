"""How many conversions a platform claims for each one of GA4's, learned from days of which all is known by now.

A ROAS is about what they are worth, so there it is the ratio of values. Days count once their lag curve says that next
to all of their conversions are visible; what is still to come is added. The ratio of the sums R has the variance
n / (n - 1) x sum((p - R g)^2) / sum(g)^2 (W. G. Cochran, "Sampling Techniques", 1977, 6.4), which also says how much
days scatter because platforms date by click and GA4 by event.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from math import exp, isfinite, sqrt
from typing import NamedTuple

from common.decisions.kpi import Z
from common.decisions.lag import LagCurve, age_at
from common.decisions.review.evidence import Evidence
from common.domain.track_days import EntityDay

MATURE = 0.9
"""The share of a day's conversions that must be visible."""
DAYS = 28
"""The last ones that are mature make the ratio."""
LEAST_DAYS = 14
LEAST_CONVERSIONS = 30.0
"""By GA4, on these days: as many as a bid target needs to be moved."""
LOOKED_BACK = timedelta(days=90)
"""What was so before that says nothing of today."""


class PlatformRatio(NamedTuple):
    """Over the days from `since` to `until`, `days` of them; it lies between `low` and `high` with 90%."""

    value: float
    low: float
    high: float
    since: date
    until: date
    days: int


class _Sums(NamedTuple):
    platform: float
    ga4: float
    conversions: float
    """GA4's, whatever they are worth."""


def mature_ratio(evidence: Evidence, channel: str) -> PlatformRatio | None:
    """A channel's ratio; `None` where too little is known of it."""
    by_day: dict[date, _Sums] = {}
    rows = {(row.day, row.entity_id): row for row in evidence.days.of(channel=channel)}
    for (day, _), row in sorted(rows.items(), reverse=True):
        if len(by_day) == DAYS and day not in by_day:
            break
        sums = _sums(row, evidence)
        if sums is not None:
            by_day[day] = _Sums(*map(sum, zip(by_day.get(day, _Sums(0.0, 0.0, 0.0)), sums, strict=True)))
    return _ratio(by_day)


def ratios(evidence: Evidence) -> Mapping[str, float]:
    """By channel, for those of which enough is known; a channel that diverges teaches nothing meanwhile."""
    diverging = {freeze.channel for freeze in evidence.facts.state.freezes}
    believed = [channel for channel in evidence.days.channels if channel not in diverging]
    found = {channel: mature_ratio(evidence, channel) for channel in believed}
    return {channel: round(ratio.value, 6) for channel, ratio in found.items() if ratio is not None}


def _sums(row: EntityDay, evidence: Evidence) -> _Sums | None:
    """An entity's day, if it is mature, not too long ago, and both sources have told of it."""
    if row.platform is None or row.ga4 is None or row.day < evidence.facts.today - LOOKED_BACK:
        return None
    start = evidence.facts.calendar.bounds(row.day)[0]
    visible = evidence.curves.get(row.channel, LagCurve()).visible(age_at(start, row.platform.until))
    claimed, seen = (
        evidence.yardstick.counts(one, name) for one, name in ((row.platform, "platform"), (row.ga4, "ga4"))
    )
    if visible < MATURE or not all(map(isfinite, (claimed, seen, row.ga4.conversions))):
        return None
    return _Sums(claimed / visible, seen, row.ga4.conversions)


def _ratio(days: Mapping[date, _Sums]) -> PlatformRatio | None:
    platform, ga4, conversions = (sum(day[column] for day in days.values()) for column in range(3))
    if len(days) < LEAST_DAYS or conversions < LEAST_CONVERSIONS or platform <= 0 or ga4 <= 0:
        return None
    value = platform / ga4
    squared = sum((day.platform - value * day.ga4) ** 2 for day in days.values())
    error = sqrt(len(days) / (len(days) - 1) * squared) / platform
    return PlatformRatio(value, value * exp(-Z * error), value * exp(Z * error), min(days), max(days), len(days))
