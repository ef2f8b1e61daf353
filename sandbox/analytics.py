"""The market as a tenant's GA4 property: what a real adapter gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from common.domain.figures import DayEvents, DaysReport, EventsReport, HourEvents, Realtime
from common.domain.money import MICROS
from common.domain.performance import GA4_SETTLES
from common.ports.ad_platform import EntityRef
from sandbox.ga4 import REPORT_DELAY_HOURS, Ga4Day
from sandbox.market import Market


@dataclass(frozen=True, slots=True)
class SandboxAnalytics:
    """The property that sees all entities of a market, while the scenario has it connected."""

    market: Market

    def realtime(self, *, timeout: float) -> Realtime | None:
        """The last two whole quarter-hours of the property."""
        return self.market.sources.ga4_realtime()

    def events(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> EventsReport | None:
        """What GA4 reports by hour of the entities that the market knows."""
        names = {ref.external_id: ref.entity_id for ref in refs if ref.external_id in self.market.lines}
        found = self.market.sources.ga4_hours(names, since)
        if found is None:
            return None
        return EventsReport(self._until(), {names[name]: _with_something(hours) for name, hours in found.items()})

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayEvents] | None:
        """What GA4 reports by day. A market does not know what first brought a user: both values are the last click's.

        A conversion is worth what the scenario says.
        """
        found = self.market.sources.ga4_days(first)
        if found is None:
            return None
        names = {ref.external_id: ref.entity_id for ref in refs if ref.external_id in self.market.lines}
        days: dict[str, list[DayEvents]] = {name: [] for name in names.values()}
        for row in found:
            if row.entity in names and (row.sessions or row.conversions):
                days[names[row.entity]].append(self._day(row))
        settled = self.market.hours.instant(self.market.hour) - GA4_SETTLES
        return DaysReport(self._until(), {name: tuple(rows) for name, rows in days.items()}, settled)

    def _until(self) -> datetime:
        return self.market.hours.instant(self.market.hour - REPORT_DELAY_HOURS)

    def _day(self, row: Ga4Day) -> DayEvents:
        value = round(row.conversions * self.market.lines[row.entity].channel.value_per_conversion * MICROS)
        return DayEvents(row.day, row.sessions, row.conversions, value, value)


def _with_something(hours: list[HourEvents]) -> tuple[HourEvents, ...]:
    return tuple(hour for hour in hours if hour.sessions or hour.conversions)
