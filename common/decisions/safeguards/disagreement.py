"""GA4 against the CRM: one says that there is more, the other that there is less.

Both date a conversion by the day on which it happens. Each source's conversions a day over the last fortnight are held
against its own over the four weeks before; where one surely rose and the other surely fell, neither can be relied on.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from common.decisions.safeguards.ratios import LIKELY, SURE, Change, Daily, daily_scatter, rate_change
from common.decisions.safeguards.signals import DAY, HISTORY, SETTLED, WINDOW, Finding, Signals, Trust

UP_DOWN = "ga4_up_crm_down"
DOWN_UP = "ga4_down_crm_up"
_LEAST_MOVE = 1.05
"""A smaller change, however sure it is in a large count, is nothing that a person would have to decide on."""


class Day(NamedTuple):
    """What both count of a day, of all channels together."""

    day: date
    ga4: float
    crm: float


def disagreement(signals: Signals) -> Iterator[Finding]:
    """Whether the two went apart, in one way or the other."""
    days = [] if signals.facts.tenant.degraded_attribution else list(_days(signals))
    for code in (UP_DOWN, DOWN_UP):
        yield _compared(signals, code, days)


def _compared(signals: Signals, code: str, days: Sequence[Day]) -> Finding:
    if not days:
        return Finding(code, Trust.INCONCLUSIVE, person=True)
    window = days[-1].day - (WINDOW - 1) * DAY
    teaching = signals.usual((one.day for one in days if one.day < window), code)
    now, before = [one for one in days if one.day >= window], [one for one in days if one.day in teaching]
    if len(now) < WINDOW // 2 or len(before) < HISTORY // 2:
        return Finding(code, Trust.INCONCLUSIVE, person=True)
    ga4 = _change([one.ga4 for one in now], [one.ga4 for one in before])
    crm = _change([one.crm for one in now], [one.crm for one in before])
    up, down = (ga4, crm) if code == UP_DOWN else (crm, ga4)
    apart = min(up.over(_LEAST_MOVE), down.under(1 / _LEAST_MOVE))
    trust = Trust.INCONCLUSIVE
    if apart >= SURE:
        trust = Trust.BAD
    elif apart < 1 - LIKELY:
        trust = Trust.GOOD
    return Finding(code, trust, None, 100 * (ga4.times - 1), 100 * (crm.times - 1), person=True)


def _change(now: Sequence[float], before: Sequence[float]) -> Change:
    phi = max(daily_scatter(now), daily_scatter(before))
    return rate_change(Daily(sum(now), len(now)), Daily(sum(before), len(before)), phi)


def _days(signals: Signals) -> Iterator[Day]:
    """The days of which both have told, and to which GA4 adds no more."""
    sums: dict[date, list[float]] = {}
    unknown: set[date] = set()
    for rows in signals.channels.values():
        for row in rows:
            end = signals.facts.calendar.bounds(row.day)[1]
            if row.ga4 is None or row.crm is None or row.ga4.until - end < SETTLED:
                unknown.add(row.day)
                continue
            of_day = sums.setdefault(row.day, [0.0, 0.0])
            of_day[0] += row.ga4.conversions
            of_day[1] += row.crm.conversions
    for day in sorted(sums.keys() - unknown):
        yield Day(day, *sums[day])
