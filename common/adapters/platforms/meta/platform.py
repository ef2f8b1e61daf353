"""An ad account of Meta behind the port."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from common.adapters.opening import Opening
from common.adapters.platforms.meta.caller import Caller, Deadline
from common.adapters.platforms.meta.figures import BY_HOUR, Row, by_instant, with_conversions
from common.adapters.platforms.meta.finding import find
from common.adapters.platforms.meta.insights import Wanted, bearing, report
from common.adapters.platforms.meta.settings import values_of
from common.adapters.platforms.meta.writing import write
from common.domain.calendar import HOUR, TenantCalendar
from common.domain.figures import DayFigures, DaysReport, FiguresReport, HourFigures, PartFigures
from common.domain.spend_report import HourSpend, SpendReport
from common.ports.ad_platform import ALL, Answer, EntityRef, Live, PartsReport, PlatformChange, SomeSettings

REPORTED_AFTER = 3 * HOUR
"""How late insights are taken to be. Meta does not say how far they go; it is the manifest's assumption too."""

Hour = TypeVar("Hour", HourSpend, HourFigures)


class MetaPlatform:
    """One ad account. Threads may share it."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._caller = Caller(opening)
        self._calendar = TenantCalendar.of(opening.tenant.time_zone)

    def live(self, refs: Sequence[EntityRef], *, timeout: float, settings: SomeSettings = ALL) -> Mapping[str, Live]:
        """The live settings by entity id. Safety needs them: they are read however full the account's limits are."""
        until = Deadline(timeout)
        account = self._caller.account(until)
        nodes = find(self._caller, refs, until)
        return {entity_id: Live(values_of(node, account.currency)) for entity_id, node in nodes.items()}

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """Validate all, then write what Meta takes. `key` is not needed: every value is absolute."""
        until = Deadline(timeout)
        return write(self._caller, changes, until)

    def spend(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> SpendReport:
        """Spend by hour, from the hour on in which `since` lies. Safety needs it, as above."""
        until = Deadline(timeout)
        found = self._by_hour(bearing(self._caller, refs, until), since, until)
        spent = {of: tuple(HourSpend(row.hour, row.micros) for row in rows) for of, rows in found.items()}
        return SpendReport(self._complete_until(), self._since(since, spent))

    def figures(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> FiguresReport:
        """Spend by hour with what came of it. The conversions of a day are shared out: Meta tells none by hour."""
        self._caller.room()
        until = Deadline(timeout)
        there = bearing(self._caller, refs, until)
        hours = self._by_hour(there, since, until)
        days = report(self._caller, there, Wanted(self._first_day(since), self._today(), daily=True), until)
        whole = {of: with_conversions(rows, days[of], self._calendar) for of, rows in hours.items()}
        return FiguresReport(self._complete_until(), self._since(since, whole))

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayFigures]:
        """The same by local day, from day `first` on."""
        self._caller.room()
        until, wanted = Deadline(timeout), Wanted(first, self._today(), daily=True)
        found = report(self._caller, bearing(self._caller, refs, until), wanted, until)
        days = {of: tuple(sorted(map(_day, some), key=lambda row: row.day)) for of, some in found.items()}
        return DaysReport(self._complete_until(), days)

    def geos(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """Each country, by its code. Of regions Meta tells no conversions: each would look as if it had none."""
        return self._parts(refs, Wanted(first, last, breakdown="country", part="country"), timeout)

    def ads(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """Each ad, by its Meta id."""
        return self._parts(refs, Wanted(first, last, part="ad_id", level="ad"), timeout)

    def _parts(self, refs: Sequence[EntityRef], wanted: Wanted, timeout: float) -> PartsReport:
        self._caller.room()
        until = Deadline(timeout)
        found = report(self._caller, bearing(self._caller, refs, until), wanted, until)
        return {of: tuple(map(_part, some)) for of, some in found.items()}

    def _by_hour(
        self, there: Sequence[EntityRef], since: datetime, until: Deadline
    ) -> Mapping[str, tuple[HourFigures, ...]]:
        """All hours from the day on in which `since` lies, without conversions."""
        wanted = Wanted(self._first_day(since), self._today(), daily=True, breakdown=BY_HOUR)
        found, now = report(self._caller, there, wanted, until), self._opening.clock.now()
        return {of: by_instant(rows, self._calendar, now) for of, rows in found.items()}

    def _since(self, since: datetime, rows: Mapping[str, tuple[Hour, ...]]) -> Mapping[str, tuple[Hour, ...]]:
        start = self._hour_of(since)
        return {of: tuple(row for row in some if row.hour >= start) for of, some in rows.items()}

    def _first_day(self, since: datetime) -> date:
        return self._calendar.day_of(self._hour_of(since))

    def _hour_of(self, instant: datetime) -> datetime:
        """The start of the local hour in which an instant lies: in India that is at half past."""
        return max(hour for hour in self._calendar.hours(self._calendar.day_of(instant)) if hour <= instant)

    def _today(self) -> date:
        return self._calendar.day_of(self._opening.clock.now())

    def _complete_until(self) -> datetime:
        return self._opening.clock.now() - REPORTED_AFTER


def _day(row: Row) -> DayFigures:
    return DayFigures(row.first, row.micros, row.clicks, row.impressions, row.conversions, row.value)


def _part(row: Row) -> PartFigures:
    return PartFigures(row.part, row.micros, row.clicks, row.impressions, row.conversions)
