"""What a channel's platform reports: everything by the hour or day of the click, hours late.

Hours and days go by their numbers; `reported` is the first hour that is not reported yet. Money is in currency units.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sandbox.conversions import Conversion, Conversions
from sandbox.line import Line
from sandbox.traffic import TrafficByHour


class PlatformHour(NamedTuple):
    """An hour of a channel; `conversions` that the platform claims for its clicks by now."""

    start: datetime
    spend: float
    clicks: float
    impressions: float
    conversions: float


class PartDay(NamedTuple):
    """A day of one ad or geo of a channel; `conversions` that the platform claims for its clicks by now."""

    day: date
    part: str
    spend: float
    clicks: float
    impressions: float
    conversions: float


@dataclass(frozen=True, slots=True)
class _Split:
    """How an hour's spend, its clicks and impressions, and its conversions go to the parts of a channel."""

    names: tuple[str, ...]
    spend: Callable[[int], list[float]]
    traffic: Callable[[int], list[tuple[float, float]]]
    odds: Callable[[int], list[float]]
    part_of: Callable[[Conversion], int | None]


class PlatformReports:
    """The reports of one channel."""

    def __init__(self, line: Line, traffic: TrafficByHour, conversions: Conversions) -> None:
        self._line, self._traffic, self._conversions = line, traffic, conversions

    def hours(self, first: int, reported: int) -> list[PlatformHour]:
        """Each hour from `first` on."""
        self._conversions.through(reported)
        return [self._hour(hour, reported) for hour in range(first, self._played(reported))]

    def ads(self, first_day: int, reported: int) -> list[PartDay]:
        """Each ad on each day from `first_day` on."""
        line = self._line
        split = _Split(line.ads.names, line.ad_shares, self._traffic.by_ad, line.ad_shares, lambda one: one.ad)
        return self._parts(first_day, reported, split)

    def geos(self, first_day: int, reported: int) -> list[PartDay]:
        """Each geo on each day from `first_day` on."""
        line = self._line
        split = _Split(line.geos.names, line.geo_shares, self._traffic.by_geo, line.geo_odds, lambda one: one.geo)
        return self._parts(first_day, reported, split)

    def _played(self, reported: int) -> int:
        return min(reported, self._line.hours.flight_end)

    def _hour(self, hour: int, reported: int) -> PlatformHour:
        clicks, impressions, _ = self._traffic.of(hour)
        claimed = sum(one.platform for one in self._conversions.clicked[hour] if one.event < reported)
        spend = self._line.spending.by_hour[hour]
        return PlatformHour(self._line.hours.instant(hour), spend, clicks, impressions, claimed)

    def _parts(self, first_day: int, reported: int, split: _Split) -> list[PartDay]:
        self._conversions.through(reported)
        first, played = self._line.hours.first, self._played(reported)
        rows: list[PartDay] = []
        for day in range(first_day, self._line.hours.day(played - 1) + 1):
            totals = [[0.0] * 4 for _ in split.names]
            for hour in range(first[day], min(first[day + 1], played)):
                self._add(totals, hour, reported, split)
            date_ = self._line.hours.days[day]
            rows += [PartDay(date_, name, *total) for name, total in zip(split.names, totals, strict=True)]
        return rows

    def _add(self, totals: list[list[float]], hour: int, reported: int, split: _Split) -> None:
        """Add an hour to each part's spend, clicks, impressions and conversions."""
        spend, traffic = self._line.spending.by_hour[hour], split.traffic(hour)
        for total, share, (clicks, impressions) in zip(totals, split.spend(hour), traffic, strict=True):
            total[0] += spend * share
            total[1] += clicks
            total[2] += impressions
        for conversion in self._conversions.clicked[hour]:
            if conversion.event < reported:
                part = split.part_of(conversion)
                odds = split.odds(hour) if part is None else (float(part == one) for one in range(len(totals)))
                for total, share in zip(totals, odds, strict=True):
                    total[3] += conversion.platform * share
