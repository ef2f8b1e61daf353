"""What a channel's platform reports: everything by the hour or day of the click, hours late.

Hours and days go by their numbers; `reported` is the first hour that is not reported yet. Money is in currency units.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
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
    whole_days: dict[int, list[list[float]]] = field(default_factory=dict[int, list[list[float]]])
    """Each part's spend, clicks and impressions on the days that are reported to their end."""


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
        return self._parts(first_day, reported, self._by_ad)

    def geos(self, first_day: int, reported: int) -> list[PartDay]:
        """Each geo on each day from `first_day` on."""
        return self._parts(first_day, reported, self._by_geo)

    @cached_property
    def _by_ad(self) -> _Split:
        line = self._line
        return _Split(line.ads.names, line.ad_shares, self._traffic.by_ad, line.ad_shares, lambda one: one.ad)

    @cached_property
    def _by_geo(self) -> _Split:
        line = self._line
        return _Split(line.geos.names, line.geo_shares, self._traffic.by_geo, line.geo_odds, lambda one: one.geo)

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
            hours = range(first[day], min(first[day + 1], played))
            claims = self._claims(hours, reported, split)
            traffic = self._traffic_of(day, hours, split)
            rows += [
                PartDay(self._line.hours.days[day], name, spend, clicks, impressions, claimed)
                for name, (spend, clicks, impressions), claimed in zip(split.names, traffic, claims, strict=True)
            ]
        return rows

    def _traffic_of(self, day: int, hours: range, split: _Split) -> list[list[float]]:
        """Each part's spend, clicks and impressions in these hours of a day."""
        if day in split.whole_days:
            return split.whole_days[day]
        totals = [[0.0, 0.0, 0.0] for _ in split.names]
        for hour in hours:
            spend = self._line.spending.by_hour[hour]
            parts = zip(totals, split.spend(hour), split.traffic(hour), strict=True)
            for total, share, (clicks, impressions) in parts:
                total[0] += spend * share
                total[1] += clicks
                total[2] += impressions
        if hours.stop == self._line.hours.first[day + 1]:
            split.whole_days[day] = totals
        return totals

    def _claims(self, hours: range, reported: int, split: _Split) -> list[float]:
        """Conversions that the platform claims by now for each part's clicks in these hours."""
        claims = [0.0] * len(split.names)
        for hour in hours:
            for conversion in self._conversions.clicked[hour]:
                part = split.part_of(conversion)
                if conversion.event >= reported:
                    continue
                if part is None:
                    for number, odds in enumerate(split.odds(hour)):
                        claims[number] += conversion.platform * odds
                else:
                    claims[part] += conversion.platform
        return claims
