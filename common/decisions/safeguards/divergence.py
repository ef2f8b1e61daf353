"""GA4 against each channel's platform: how many conversions the platform counts for one of GA4's.

Platforms date a conversion by its click, GA4 by the day on which it happens. So the platform's are put on the days on
which they happened first. With a delay of exponential kind, of which the mean is learned (`lag`), the claims of a click
day, scaled up to what they will come to, happen on it and the days after in shares that fall by rho = exp(-1 / mean) a
day: p(d) = (1 - rho) x claims(d) + rho x p(d - 1). What has happened is visible to both, so nothing has to mature but
GA4's last two days, which are left out.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from math import exp
from typing import NamedTuple

from common.decisions.lag import LagCurve, age_at
from common.decisions.safeguards.ratios import (
    ENOUGH,
    LIKELY,
    SURE,
    Change,
    Pair,
    against_one,
    change,
    scatter,
    total,
)
from common.decisions.safeguards.signals import DAY, HISTORY, SETTLED, WINDOW, Finding, Signals, Trust
from common.domain.calendar import TenantCalendar
from common.domain.track_days import EntityDay

DIVERGES = "ga4_diverges"
ALARM = "ga4_ratio_alarm"
_LEAST_WINDOW = WINDOW // 2
_LEAST_HISTORY = HISTORY // 2
"""Days of which both must have told."""


class Both(NamedTuple):
    """One day of a channel: what its platform counts and what GA4 does, by the day on which it happened."""

    day: date
    counts: Pair


def divergence(signals: Signals) -> Iterator[Finding]:
    """Whether a channel's ratio left what is usual for it, or is beyond what is usual anywhere."""
    for channel in signals.channels:
        if signals.facts.tenant.degraded_attribution:
            yield Finding(DIVERGES, Trust.INCONCLUSIVE, channel)
            yield Finding(ALARM, Trust.INCONCLUSIVE, channel)
            continue
        days = list(_settled(signals, channel))
        yield _against_usual(signals, channel, days)
        yield _against_alarm(signals, channel, days)


def _against_usual(signals: Signals, channel: str, days: Sequence[Both]) -> Finding:
    """The ratio of the window against that of the history before it."""
    window = _window(days)
    if len(window) < _LEAST_WINDOW:
        return Finding(DIVERGES, Trust.INCONCLUSIVE, channel)
    teaching = signals.usual((one.day for one in days[: -len(window)]), DIVERGES, channel)
    usual = [one.counts for one in days if one.day in teaching]
    now, before = total(window), total(usual)
    if len(usual) < _LEAST_HISTORY or min(before) < ENOUGH:
        return Finding(DIVERGES, Trust.INCONCLUSIVE, channel)
    tolerance = signals.facts.tenant.guardrails.ga4_divergence_pct
    low, high = 1 - tolerance / 100, 1 + tolerance / 100
    found = change(now, before, scatter(usual))
    inside = 1 - found.over(high) - found.under(low)
    trust = Trust.INCONCLUSIVE
    if max(found.over(high), found.under(low)) >= SURE:
        trust = Trust.BAD
    elif inside >= LIKELY and sum(now) >= 2 * ENOUGH:
        trust = Trust.GOOD
    return Finding(DIVERGES, trust, channel, found.times, tolerance)


def _against_alarm(signals: Signals, channel: str, days: Sequence[Both]) -> Finding:
    window = _window(days)
    if len(window) < _LEAST_WINDOW:
        return Finding(ALARM, Trust.INCONCLUSIVE, channel)
    limit = signals.facts.tenant.guardrails.ga4_divergence_alarm
    found: Change = against_one(total(window), scatter(window))
    trust = Trust.BAD if found.over(limit) >= SURE else Trust.INCONCLUSIVE
    if found.under(limit) >= LIKELY and sum(total(window)) >= 2 * ENOUGH:
        trust = Trust.GOOD
    return Finding(ALARM, trust, channel, found.times, limit)


def _window(days: Sequence[Both]) -> list[Pair]:
    """The last fortnight of what has settled."""
    return [one.counts for one in days if one.day > days[-1].day - WINDOW * DAY]


def _settled(signals: Signals, channel: str) -> Iterator[Both]:
    """The days of which both sources have told, and to which GA4 adds no more."""
    calendar, curve = signals.facts.calendar, signals.curves.get(channel, LagCurve())
    rho = exp(-1 / curve.mean)
    happened: float | None = None
    for day in _by_day(signals.channels[channel]):
        claims = _claims(day, curve, calendar)
        if claims is not None:
            happened = claims if happened is None else (1 - rho) * claims + rho * happened
        seen = _seen(day, calendar.bounds(day[0].day)[1])
        if claims is not None and happened is not None and seen is not None:
            yield Both(day[0].day, Pair(happened, seen))


def _by_day(rows: Sequence[EntityDay]) -> Iterator[list[EntityDay]]:
    """The rows of a day together, in order."""
    day: list[EntityDay] = []
    for row in rows:
        if day and row.day != day[0].day:
            yield day
            day = []
        day.append(row)
    if day:
        yield day


def _claims(day: Sequence[EntityDay], curve: LagCurve, calendar: TenantCalendar) -> float | None:
    """What the platform will claim of a day's clicks in the end; `None` where it has not told of all of them."""
    claims = 0.0
    for row in day:
        if row.platform is None:
            return None
        visible = curve.visible(age_at(calendar.bounds(row.day)[0], row.platform.until))
        claims += row.platform.conversions / visible
    return max(0.0, claims)


def _seen(day: Sequence[EntityDay], end: datetime) -> float | None:
    """What GA4 counts of a day; `None` where it has not told of all of it, or may add to it."""
    if any(row.ga4 is None or row.ga4.until - end < SETTLED for row in day):
        return None
    return max(0.0, sum(row.ga4.conversions for row in day if row.ga4 is not None))
