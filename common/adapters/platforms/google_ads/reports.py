"""Rows of metrics as the reports of the port.

Google Ads gives the hour of the account's clock and no offset. On the day that has an hour twice both are one row: it
is shared out evenly over those of the two that have begun, so that the day adds up and no hour looks like two. An hour
that the clocks leave out can't be; what is dated in it is put into the one that follows.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar

from common.adapters.platforms.google_ads.rows import BadAnswer, Row, amount, identity, quantity, text
from common.domain.calendar import HOUR, TenantCalendar
from common.domain.figures import DayFigures, HourFigures, PartFigures
from common.domain.money import MICROS, split

REPORTING_DELAY = timedelta(hours=3)
"""Clicks and costs are there within three hours (Google Ads Help 2544985); the API does not say how far it is."""
T = TypeVar("T")
_GEO = re.compile(r"geoTargetConstants/(\d+)")


class Hours:
    """The hours of a report: from the one in which `since` lies to now."""

    def __init__(self, calendar: TenantCalendar, since: datetime, now: datetime) -> None:
        self._calendar, self._since, self._now = calendar, since, now
        self.first, self.last = calendar.day_of(since), calendar.day_of(now)
        self._known: dict[tuple[date, int], list[datetime]] = {}
        """Starts of hours that other rows had, of other campaigns."""

    def figures(self, rows: Iterable[Row]) -> dict[str, tuple[HourFigures, ...]]:
        """Figures by campaign and hour, oldest first."""
        return self._report(rows, with_figures=True)

    def spend(self, rows: Iterable[Row]) -> dict[str, tuple[HourFigures, ...]]:
        """The same of rows that tell only what was spent."""
        return self._report(rows, with_figures=False)

    def _report(self, rows: Iterable[Row], *, with_figures: bool) -> dict[str, tuple[HourFigures, ...]]:
        found: dict[str, dict[datetime, HourFigures]] = {}
        seen = set[tuple[str, date, int]]()
        for row in rows:
            campaign, day, hour = identity(row.campaign), _day(row, self.first, self.last), amount(row.segments, "hour")
            if (campaign, day, hour) in seen or hour > 23:
                raise BadAnswer(f"hour {hour} of {day} can't be, or came twice")
            seen.add((campaign, day, hour))
            hours = found.setdefault(campaign, {})
            for one in self._shared(row, day, hour, with_figures=with_figures):
                if one.hour + HOUR > self._since:
                    before = hours.get(one.hour)
                    hours[one.hour] = one if before is None else _sum(before, one)
        return {campaign: tuple(hours[hour] for hour in sorted(hours)) for campaign, hours in found.items()}

    def _shared(self, row: Row, day: date, hour: int, *, with_figures: bool) -> list[HourFigures]:
        starts = self._known.get((day, hour))
        if starts is None:
            starts = self._known[day, hour] = self._starts(day, hour)
        count = len(starts)
        clicks, impressions, conversions = _counts(row) if with_figures else (0.0, 0.0, 0.0)
        money = split(amount(row.metrics, "cost_micros"), [1] * count)
        return [
            HourFigures(start, micros, clicks / count, impressions / count, conversions / count)
            for start, micros in zip(starts, money, strict=True)
        ]

    def _starts(self, day: date, hour: int) -> list[datetime]:
        """The UTC starts of the hours that the clock shows as this one: one, or two where one comes twice."""
        of_day = self._calendar.hours(day)
        found = [start for start in of_day if self._calendar.local(start).hour == hour]
        if not found:
            return [next((start for start in of_day if self._calendar.local(start).hour > hour), of_day[-1])]
        return [start for start in found if start < self._now] or found[:1]


def days(rows: Iterable[Row], first: date, last: date) -> dict[str, tuple[DayFigures, ...]]:
    """Figures by campaign and local day, oldest first."""
    found: dict[str, dict[date, DayFigures]] = {}
    for row in rows:
        campaign, day = identity(row.campaign), _day(row, first, last)
        report = found.setdefault(campaign, {})
        if day in report:
            raise BadAnswer(f"{day} of campaign {campaign} came twice")
        value = round(quantity(row.metrics, "conversions_value") * MICROS)
        report[day] = DayFigures(day, amount(row.metrics, "cost_micros"), *_counts(row), value)
    return {campaign: tuple(report[day] for day in sorted(report)) for campaign, report in found.items()}


def ads(rows: Iterable[Row]) -> dict[str, tuple[PartFigures, ...]]:
    """Figures of ads by campaign."""
    return _parts(rows, lambda row: identity(row.ad_group_ad))


def geos(rows: Iterable[Row]) -> dict[str, tuple[PartFigures, ...]]:
    """Figures of places by campaign, each place by the number of its constant: a region, or else a country."""
    return _parts(rows, _place_of)


def places_in(report: Mapping[str, Iterable[PartFigures]]) -> set[str]:
    """The places that a report is about."""
    return {part.part for parts in report.values() for part in parts}


def _parts(rows: Iterable[Row], part_of: Callable[[Row], str]) -> dict[str, tuple[PartFigures, ...]]:
    found: dict[str, dict[str, PartFigures]] = {}
    for row in rows:
        parts, name = found.setdefault(identity(row.campaign), {}), part_of(row)
        one = PartFigures(name, amount(row.metrics, "cost_micros"), *_counts(row))
        before = parts.get(name)
        parts[name] = one if before is None else _sum_of_parts(before, one)
    return {campaign: tuple(parts[name] for name in sorted(parts, key=_number)) for campaign, parts in found.items()}


def _place_of(row: Row) -> str:
    region = _GEO.fullmatch(row.segments.geo_target_region)
    if region is not None:
        return region[1]
    if row.segments.geo_target_region:
        raise BadAnswer("a region is no geo target constant")
    country = amount(row.user_location_view, "country_criterion_id")
    if not country:
        raise BadAnswer("a place has neither region nor country")
    return str(country)


def _number(name: str) -> list[int]:
    return [int(one) for one in name.split("~")]


def _day(row: Row, first: date, last: date) -> date:
    written = text(row.segments, "date")
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise BadAnswer("a date can't be read") from None
    if not first <= day <= last:
        raise BadAnswer(f"{day} was not asked for")
    return day


def _counts(row: Row) -> tuple[float, float, float]:
    """Clicks, impressions and conversions."""
    clicks, impressions = amount(row.metrics, "clicks"), amount(row.metrics, "impressions")
    return float(clicks), float(impressions), quantity(row.metrics, "conversions")


def _sum(one: HourFigures, other: HourFigures) -> HourFigures:
    return HourFigures(
        one.hour,
        one.micros + other.micros,
        one.clicks + other.clicks,
        one.impressions + other.impressions,
        one.conversions + other.conversions,
    )


def _sum_of_parts(one: PartFigures, other: PartFigures) -> PartFigures:
    return PartFigures(
        one.part,
        one.micros + other.micros,
        one.clicks + other.clicks,
        one.impressions + other.impressions,
        one.conversions + other.conversions,
    )
