"""Rows of GA4's reports as the port's figures: quarters by the clock, the tenant's hours, the tenant's days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

from common.adapters.calls import CallFailed
from common.adapters.ga4.clock import day_named, days_fit, hours_fit, hours_named
from common.adapters.ga4.counted import SESSION_START, Counts
from common.adapters.ga4.report import Report, Row
from common.adapters.ga4.troubles import bad_answer
from common.domain.calendar import MINUTE, QUARTER_HOUR, TenantCalendar, window_start
from common.domain.figures import DayEvents, HourEvents, Quarter
from common.domain.money import from_units
from common.domain.tenant import Tenant
from common.domain.trouble import Trouble, TroubleKind

NOT_A_KEY_EVENT = 10
"""Times that the event came without counting as a key event once, from which it is not marked as one."""
Range = tuple[str, int, int]
"""A name, and the minutes ago that it begins and ends with."""


def minute_ranges(now: datetime, minutes_back: int) -> tuple[Range, ...]:
    """The last two whole quarter-hours by the clock, oldest first, as far as the property shows all of their minutes.

    A standard property shows 30 minutes: of the quarter before the last one, some are always gone.
    """
    ago = (window_start(now, MINUTE) - window_start(now, QUARTER_HOUR)) // MINUTE
    ranges = (("before", ago + 30, ago + 16), ("last", ago + 15, ago + 1))
    return tuple(one for one in ranges if one[1] <= minutes_back)


@dataclass(frozen=True, slots=True)
class Shaping:
    """What one tenant's property says, in the tenant's terms."""

    property_id: str
    tenant: Tenant
    calendar: TenantCalendar
    counts: Counts

    def quarters(self, found: Report, ranges: Sequence[Range], now: datetime) -> tuple[Quarter, ...]:
        """Realtime's quarters."""
        end = window_start(now, QUARTER_HOUR)
        return tuple(
            self._quarter(end - (len(ranges) - number) * QUARTER_HOUR, name, found)
            for number, (name, _, _) in enumerate(ranges)
        )

    def _quarter(self, start: datetime, name: str, found: Report) -> Quarter:
        rows, event = [row for row in found.rows if row.labels[1:] in ((), (name,))], self.counts.event
        key = [row for row in rows if event in (None, row.labels[0])]
        came, counted = (sum(row.numbers[at] for row in key) for at in (0, 1))
        if event is not None and came >= NOT_A_KEY_EVENT and not counted:
            said = f"GA4 property {self.property_id} counts {event} as no key event: an editor marks it as one"
            raise CallFailed(Trouble(TroubleKind.PERSON, "key_event_missing", said))
        return Quarter(start, sum(row.numbers[0] for row in rows if row.labels[0] == SESSION_START), counted)

    def hours(self, rows: Sequence[Row], zone: ZoneInfo, first: datetime, until: datetime) -> tuple[HourEvents, ...]:
        """One entity's hours from `first` until `until`. Of two hours of the same name each gets half."""
        sums: dict[datetime, tuple[float, float]] = {}
        for row in rows:
            hours = self._hours_of(row.labels[0], zone)
            for hour in hours:
                sessions, conversions = sums.get(hour, (0.0, 0.0))
                sums[hour] = sessions + row.numbers[0] / len(hours), conversions + row.numbers[1] / len(hours)
        inside = [HourEvents(hour, *sums[hour]) for hour in sorted(sums) if first <= hour < until]
        return tuple(row for row in inside if row.sessions or row.conversions)

    def days(self, reports: Sequence[Sequence[Row]], first: date) -> tuple[DayEvents, ...]:
        """One entity's days from its rows in each of the reports by day."""
        sums: dict[date, list[list[float]]] = {}
        for number, rows in enumerate(reports):
            for row in rows:
                nothing = [[0.0] * width for width in self.counts.widths]
                of_day = sums.setdefault(self._day_of(row.labels[0]), nothing)
                of_day[number] = [one + more for one, more in zip(of_day[number], row.numbers, strict=True)]
        return tuple(self._day(day, sums[day]) for day in sorted(sums) if day >= first and any(map(any, sums[day])))

    def _day(self, day: date, sums: Sequence[Sequence[float]]) -> DayEvents:
        sessions, conversions, value, first_user = self.counts.of_day(sums)
        return DayEvents(day, sessions, conversions, from_units(value), from_units(first_user))

    def must_share_days(self, zone: ZoneInfo, first: date, last: date) -> None:
        """The property's days must be the tenant's."""
        if not days_fit(zone, self.calendar, first, last):
            self._refuse_zone(zone, "its days are not the tenant's")

    def _hours_of(self, label: str, zone: ZoneInfo) -> tuple[datetime, ...]:
        try:
            hours = hours_named(label, zone)
        except ValueError:
            raise CallFailed(bad_answer(self.property_id, "has hours that do not exist")) from None
        if not hours_fit(hours, self.calendar):
            self._refuse_zone(zone, "its hours begin at other minutes than the tenant's")
        return hours

    def _day_of(self, label: str) -> date:
        try:
            return day_named(label)
        except ValueError:
            raise CallFailed(bad_answer(self.property_id, "has days that do not exist")) from None

    def _refuse_zone(self, zone: ZoneInfo, why: str) -> NoReturn:
        said = (
            f"GA4 property {self.property_id} counts in {zone.key} and the tenant in {self.tenant.time_zone}: {why}. "
            "An editor of the property changes its time zone (Admin, Property details)"
        )
        raise CallFailed(Trouble(TroubleKind.PERSON, "wrong_time_zone", said))
