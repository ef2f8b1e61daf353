"""When the conversions of an hour's clicks happen, and which source counts them."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from math import exp, floor
from typing import NamedTuple

from sandbox.line import Line
from sandbox.response import Response
from sandbox.uploads import Uploads

_DRAWS = 7
"""Uniform numbers a conversion: lag, three sources, quarter-hour, ad, geo."""


class Conversion(NamedTuple):
    """`number` conversions of one hour of clicks that happen in hour `event`, and how many of them each source counts.

    `quarter` of the hour, `ad` and `geo` are `None` in expected mode: each has its share.
    """

    event: int
    number: float
    ga4: float
    platform: float
    crm: float
    quarter: int | None = None
    ad: int | None = None
    geo: int | None = None

    def in_quarter(self, quarter: int) -> float:
        """How many of them GA4 counts in a quarter of their hour."""
        if self.quarter is None:
            return self.ga4 / 4
        return self.ga4 if self.quarter == quarter else 0.0


class Conversions:
    """A channel's conversions, worked out in the order of their clicks when somebody asks.

    `clicked` has them by the hour of their clicks, `happened` by the hour in which they happen.
    """

    def __init__(self, line: Line, response: Response, uploads: Uploads) -> None:
        self.clicked: list[list[Conversion]] = []
        self.happened: list[list[Conversion]] = [[] for _ in range(line.hours.end)]
        self._line, self._response, self._uploads = line, response, uploads
        lags = line.channel.lag_days
        weights = [exp(-days / lags.mean) for days in range(lags.max)]
        self._lags = [weight / sum(weights) for weight in weights]

    def through(self, end: int) -> None:
        """Work out the clicks of the hours before number `end`, as far as they were played."""
        means = self._response.through(end)
        for hour in range(len(self.clicked), min(end, len(means))):
            conversions = self._of(hour, means[hour])
            self.clicked.append(conversions)
            for conversion in conversions:
                self.happened[conversion.event].append(conversion)

    def coming(self) -> list[Conversion]:
        """What the hour after those played will bring if the settings stay as they are."""
        return self._of(len(self._line.spending.by_hour), self._response.coming())

    def _of(self, hour: int, mean: float) -> list[Conversion]:
        if mean <= 0:
            return []
        draws = self._line.draws
        if draws.expected:
            return [self._counted(hour, days, mean * share) for days, share in enumerate(self._lags)]
        key = self._line.hours.key(hour)
        count = int(draws.count(mean, draws.uniforms(1, "conversions", *key)[0]))
        uniforms = draws.uniforms(_DRAWS * count, "conversion", *key) if count else []
        return [self._drawn(hour, uniforms[start : start + _DRAWS]) for start in range(0, len(uniforms), _DRAWS)]

    def _counted(self, hour: int, days: int, count: float) -> Conversion:
        event = self._line.hours.same_hour(hour, days)
        ga4, platform, crm = self._multiples(event)
        return Conversion(event, count, count * ga4, count * platform, count * crm)

    def _drawn(self, hour: int, uniforms: Sequence[float]) -> Conversion:
        lag, by_ga4, by_platform, by_crm, quarter, ad, geo = uniforms
        line = self._line
        event = line.hours.same_hour(hour, _pick(self._lags, lag))
        ga4, platform, crm = self._multiples(event)
        return Conversion(
            event,
            1.0,
            floor(ga4 + by_ga4),
            floor(platform + by_platform),
            floor(crm + by_crm),
            quarter=floor(4 * quarter),
            ad=_pick(line.ad_shares(hour), ad),
            geo=_pick(line.geo_odds(hour), geo),
        )

    def _multiples(self, event: int) -> tuple[float, float, float]:
        """How often GA4, the platform and the CRM count a conversion that happens in an hour."""
        seen, events = self._line.channel.seen_by, self._line.events
        crm = seen.crm * self._uploads.factor(self._uploads.of(event))
        return seen.ga4 * events.ga4.factor(event), seen.platform * events.platform.factor(event), crm


def _pick(shares: Sequence[float], uniform: float) -> int:
    """The cell in which a uniform number falls, where cells have these shares of one."""
    return min(bisect_left(list(accumulate(shares)), uniform), len(shares) - 1)
