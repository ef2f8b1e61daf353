"""The KPI of a vertical over a window of days: CPA = spend / conversions, ROAS = value / spend, with its interval.

Where the source dates a conversion by its click (platforms), the spend of a day counts only by the share of its
conversions that should be visible by now: CPA = sum(spend x visible) / sum(conversions). That is the maximum-likelihood
rate of a Poisson process of which so much of the exposure was watched, and half-seen days then neither help nor hurt.
Where it dates by event (GA4), nothing is corrected: old clicks' conversions stand in for those of new clicks that are
still to come. `maturity` is the spend-weighted visible share either way.

The 90% interval: a Poisson count of C has the rate's posterior Gamma(C + 1/2) under Jeffreys' prior (Brown, Cai &
DasGupta, "Interval Estimation in Exponential Families", Statistica Sinica 13, 2003). Real counts scatter more. Their
variance is taken as `phi` times their mean, `phi` being Pearson's chi-squared of the days over their degrees of freedom
(McCullagh & Nelder, Generalized Linear Models, 1989, 4.5 and 6.2), one at the least; then it is Gamma(C / phi + 1/2).
For a ROAS the same is done with the days' value in place of their counts, so the scatter of what a conversion is worth
is in it, and `phi` is at the least what one is worth on average. The lag curve is taken as known.

Nothing to divide by gives `None`; no number is ever infinite or NaN.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite, sqrt
from statistics import NormalDist

from common.decisions.lag import LagCurve, age_at
from common.domain.calendar import TenantCalendar
from common.domain.kpi import KpiReading
from common.domain.money import MICROS
from common.domain.performance import GA4, GA4_SETTLES
from common.domain.plan import PlanTrack
from common.domain.tenant import Tenant
from common.domain.track_days import Counted, EntityDay, TrackDays
from common.domain.verticals import VERTICALS, Metric

Z = NormalDist().inv_cdf(0.95)
"""Of the interval's ends: five in a hundred lie beyond each."""
ENOUGH = 5.0
"""Conversions that must be expected where counts are held against what was expected."""


@dataclass(frozen=True, slots=True)
class Kpis:
    """What a track and each of its channels reach; a channel of which nothing is recorded is absent."""

    track: KpiReading | None
    channels: Mapping[str, KpiReading]


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What a track is measured by."""

    metric: Metric
    target: float | None = None
    proxy: bool = False
    first_user_weight: float = 0.0
    """How much of a key event's value goes to what first brought the user (tourism's w); the rest to the last click."""

    @classmethod
    def of(cls, tenant: Tenant, track: PlanTrack) -> "Yardstick":
        """By the plan's own KPI, else by the vertical's."""
        defaults = VERTICALS[tenant.vertical]
        weight = tenant.guardrails.tourism_first_user_weight if defaults.proxy else 0.0
        if track.kpi is None:
            return cls(defaults.metric, None, defaults.proxy, weight)
        return cls(track.kpi.metric, track.kpi.target, defaults.proxy, weight)

    def counts(self, counted: Counted, source: str) -> float:
        """What a source's count comes to: conversions, or their value in currency units."""
        if self.metric is Metric.CPA:
            return counted.conversions
        first = self.first_user_weight if source == "ga4" else 0.0
        return (first * counted.first_user_value + (1 - first) * counted.value) / MICROS


def kpis(days: TrackDays, yardstick: Yardstick, curves: Mapping[str, LagCurve], calendar: TenantCalendar) -> Kpis:
    """The KPI of the track and of its channels, by the source that counts, over the days that it has told of.

    Args:
        curves: by channel; the assumed one where none was learned.
    """
    parts = {
        channel: _Part.of(days.of(channel=channel), days.source, yardstick, curves.get(channel, LagCurve()), calendar)
        for channel in days.channels
    }
    known = {channel: part for channel, part in parts.items() if part is not None}
    if not known:
        return Kpis(None, {})
    return Kpis(
        _reading(_Part.sum(known.values()), days.source, yardstick),
        {channel: _reading(part, days.source, yardstick) for channel, part in known.items()},
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """The sums behind a reading. `total` is what counts, `exposure` the spend (in units) that it is to be held to."""

    since: date
    until: date
    spend: int
    visible: float
    """The spend by the visible share of its conversions, in micros."""
    conversions: float
    total: float
    exposure: float
    variance: float
    """Of the total."""
    changing: frozenset[date] = frozenset()
    """Days of which the source may still change what it said."""

    @classmethod
    def of(
        cls,
        rows: Sequence[EntityDay],
        source: str,
        yardstick: Yardstick,
        curve: LagCurve,
        calendar: TenantCalendar,
    ) -> "_Part | None":
        """Of one channel, over the days of which both spend and count are known; `None` where there are none."""
        by_day: dict[date, list[float]] = {}
        changing = set[date]()
        spend, visible, conversions = 0, 0.0, 0.0
        for row in rows:
            counted = row.counted(source)
            if row.spend is None or counted is None or not isfinite(counted.conversions):
                continue
            share = curve.visible(age_at(calendar.bounds(row.day)[0], counted.until))
            spend, visible = spend + row.spend, visible + row.spend * share
            conversions += counted.conversions
            if source == GA4 and counted.until < calendar.bounds(row.day)[1] + GA4_SETTLES:
                changing.add(row.day)
            sums = by_day.setdefault(row.day, [0.0, 0.0])
            sums[0] += yardstick.counts(counted, source)
            sums[1] += row.spend * (share if source == "platform" else 1.0) / MICROS
        if not by_day:
            return None
        sums_of = (sum(column) for column in zip(*by_day.values(), strict=True))
        total, exposure, conversions = (round(max(0.0, one), 6) for one in (*sums_of, conversions))
        least = total / conversions if conversions > 0 and total > 0 else 1.0
        variance = total * _scatter([by_day[day] for day in sorted(by_day)], total, exposure, least)
        return cls(
            min(by_day), max(by_day), spend, visible, conversions, total, exposure, variance, frozenset(changing)
        )

    @classmethod
    def sum(cls, parts: Iterable["_Part"]) -> "_Part":
        """Channels together: each scatters by itself."""
        parts = tuple(parts)
        return cls(
            min(part.since for part in parts),
            max(part.until for part in parts),
            sum(part.spend for part in parts),
            sum(part.visible for part in parts),
            sum(part.conversions for part in parts),
            sum(part.total for part in parts),
            sum(part.exposure for part in parts),
            sum(part.variance for part in parts),
            frozenset[date]().union(*(part.changing for part in parts)),
        )


def _scatter(days: Iterable[Sequence[float]], total: float, exposure: float, least: float) -> float:
    """How many times its mean a variance is, from days in order; `least` where that can't be said, or at least that.

    Neighbouring days are put together until five conversions are expected of them, without which chi-squared means
    little (W. G. Cochran, Biometrics 10, 1954); so a day on which next to nothing was spent does no harm either.
    """
    if exposure <= 0 or total <= 0:
        return least
    rate, cells = total / exposure, [(0.0, 0.0)]
    for count, spent in days:
        if rate * cells[-1][1] >= ENOUGH * least:
            cells.append((0.0, 0.0))
        cells[-1] = cells[-1][0] + count, cells[-1][1] + spent
    if len(cells) > 1 and rate * cells[-1][1] < ENOUGH * least:
        count, spent = cells.pop()
        cells[-1] = cells[-1][0] + count, cells[-1][1] + spent
    if len(cells) < 2:
        return least
    chi_squared = sum((count - rate * spent) ** 2 / (rate * spent) for count, spent in cells)
    return max(least, chi_squared / (len(cells) - 1))


def _reading(part: _Part, source: str, yardstick: Yardstick) -> KpiReading:
    low, high = _between(part, yardstick.metric)
    total, exposure = part.total, part.exposure
    if yardstick.metric is Metric.CPA:
        value, low, high = _ratio(exposure, total), _ratio(exposure, high), _ratio(exposure, low)
    else:
        value, low, high = (_ratio(one, exposure) for one in (total, low, high))
    return KpiReading(
        metric=yardstick.metric,
        since=part.since,
        until=part.until,
        value=value,
        low=low,
        high=high,
        maturity=min(1.0, part.visible / part.spend) if part.spend > 0 else None,
        changing=len(part.changing),
        source=source,
        proxy=yardstick.proxy,
        spend=part.spend,
        conversions=part.conversions,
        target=yardstick.target,
    )


def _between(part: _Part, metric: Metric) -> tuple[float, float | None]:
    """Where the mean of the total lies with 90% probability; no upper end where not even one is known to count what."""
    if part.total <= 0 or part.variance <= 0:
        return 0.0, gamma_quantile(0.5, Z) if metric is Metric.CPA else None
    shape = part.total**2 / part.variance
    low, high = (part.total * gamma_quantile(shape + 0.5, z) / shape for z in (-Z, Z))
    return min(low, part.total), max(high, part.total)


def _ratio(above: float | None, below: float | None) -> float | None:
    return None if above is None or below is None or below <= 0 else round(above / below, 6)


def gamma_quantile(shape: float, z: float) -> float:
    """The quantile of Gamma(shape, 1) at the normal quantile `z`, after E. B. Wilson and M. M. Hilferty (1931).

    Within 1% from a shape of 4 on; under it the lower quantiles are too low, which makes an interval wider.
    """
    return shape * max(0.0, 1 - 1 / (9 * shape) + z / (3 * sqrt(shape))) ** 3
