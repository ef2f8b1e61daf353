"""A tenant's GA4 property behind the port: what is on the site now, and its campaigns by hour and by day."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from common.adapters.calls import CallFailed
from common.adapters.ga4.asked import Wanted
from common.adapters.ga4.asking import Asking, Deadline
from common.adapters.ga4.budget import Budget, Use
from common.adapters.ga4.campaigns import SESSION, Campaigns, Shared
from common.adapters.ga4.clock import days_until, hour_of, hours_until, settled_until
from common.adapters.ga4.counted import REALTIME, Counts
from common.adapters.ga4.remembered import Remembered
from common.adapters.ga4.report import Report
from common.adapters.ga4.shaping import Shaping, minute_ranges
from common.adapters.ga4.troubles import bad_answer
from common.adapters.opening import Opening
from common.domain.calendar import TenantCalendar
from common.domain.figures import DayEvents, DaysReport, EventsReport, Realtime
from common.domain.trouble import CLOSED
from common.ports.ad_platform import EntityRef
from common.ports.analytics import AnalyticsRevoked, AnalyticsUnavailable

T = TypeVar("T")
SEEN_WITHIN = timedelta(days=28)
"""A campaign that brought no session for so long is not known to GA4: its tags may be missing, so it is not at zero."""


class Ga4Property:
    """As the port says. What all tracks of a tenant ask within the same quarter of an hour is asked once."""

    def __init__(self, opening: Opening) -> None:
        self._tenant, self._clock, self._property = opening.tenant, opening.clock, opening.account.account_id
        self._calendar, self._counts = TenantCalendar.of(opening.tenant.time_zone), Counts.of(opening.tenant)
        self._shaping = Shaping(self._property, self._tenant, self._calendar, self._counts)
        self._rules = opening.tenant.ga4.rules
        self._asking, self._remembered = Asking(opening), Remembered(opening.clock)
        self._zone = self._calendar.zone
        """The property's, as far as it is known."""
        self._seen: tuple[date, Report] | None = None
        """When it was last asked which campaigns it has seen, and what it said."""

    @property
    def budget(self) -> Budget:
        """What is left to ask with."""
        return self._asking.budget

    def realtime(self, *, timeout: float) -> Realtime | None:
        """The last whole quarter-hour by the clock, and the one before where the property shows all of it."""
        return self._answered(lambda: self._remembered.asked("realtime", lambda: self._realtime(timeout)))

    def events(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> EventsReport | None:
        """Sessions and key events by the tenant's hour."""
        return self._answered(lambda: self._events(Campaigns.of(refs, self._rules), since, Deadline(timeout)))

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayEvents] | None:
        """Sessions, key events and what these are worth, by day."""
        return self._answered(lambda: self._days(Campaigns.of(refs, self._rules), first, Deadline(timeout)))

    def _answered(self, ask: Callable[[], T]) -> T:
        """The answer, or the port's own words for why there is none."""
        try:
            return ask()
        except CallFailed as failed:
            silent = AnalyticsRevoked if failed.trouble.code in CLOSED else AnalyticsUnavailable
            raise silent(failed.trouble.said, failed.trouble) from failed

    def _realtime(self, timeout: float) -> Realtime:
        now = self._clock.now()
        ranges = minute_ranges(now, self._asking.minutes_back)
        found = self._asking.realtime(REALTIME, ranges, self._counts.realtime, timeout)
        return Realtime(self._shaping.quarters(found, ranges, now))

    def _events(self, campaigns: Campaigns, since: datetime, deadline: Deadline) -> EventsReport:
        start = hour_of(since, self._calendar)
        found = self._hourly(start, deadline)
        until = hours_until(self._clock.now(), self._calendar, self._zone)
        shared = Shared.out(found.rows, campaigns, slice(1, None))
        return EventsReport(
            until,
            {
                entity: self._shaping.hours(shared.rows[entity], self._zone, start, until)
                for entity in self._known(shared, campaigns, deadline)
                if shared.conclusive(entity)
            },
        )

    def _hourly(self, start: datetime, deadline: Deadline) -> Report:
        """The report that reaches back to `start`. Its days are the property's: whose zone is told by the answer."""
        while True:
            asked = self._zone
            first = start.astimezone(asked).date()
            wanted = self._counts.hourly(first.isoformat(), rules=bool(self._rules))
            found = self._reports("events", Use.EVENTS, first, wanted, deadline)[0]
            if start.astimezone(self._zone).date() >= first or self._zone == asked:
                return found

    def _days(self, campaigns: Campaigns, first: date, deadline: Deadline) -> DaysReport[DayEvents]:
        now = self._clock.now()
        wanted = self._counts.daily(first.isoformat(), self._tenant.currency, rules=bool(self._rules))
        found = self._reports("days", Use.DAYS, first, wanted, deadline)
        self._shaping.must_share_days(self._zone, first, self._calendar.day_of(now))
        shares = [Shared.out(one.rows, campaigns, slice(1, None)) for one in found]
        days = {
            entity: self._shaping.days([shared.rows[entity] for shared in shares], first)
            for entity in self._known(shares[0], campaigns, deadline)
            if all(shared.conclusive(entity) for shared in shares)
        }
        return DaysReport(days_until(now, self._calendar), days, settled_until(now, self._calendar))

    def _reports(
        self, name: str, use: Use, first: date, wanted: Sequence[Wanted], deadline: Deadline
    ) -> tuple[Report, ...]:
        """These reports, asked for once a quarter of an hour; the property's time zone is known then."""
        found = self._remembered.since(name, first, lambda: self._asking.reports(use, wanted, deadline.left))
        zones = {one.zone for one in found}
        zone: ZoneInfo | None = zones.pop() if len(zones) == 1 else None
        if zone is None:
            raise CallFailed(bad_answer(self._property, "does not say in which time zone it counts"))
        self._zone = zone
        return found

    def _known(self, shared: Shared, campaigns: Campaigns, deadline: Deadline) -> list[str]:
        """The entities that GA4 has seen within weeks. Once a day it is asked which, where some bring nothing now."""
        known = {entity for entity, rows in shared.rows.items() if rows}
        today = self._calendar.day_of(self._clock.now())
        if known < campaigns.entities:
            if self._seen is None or self._seen[0] != today:
                first = (today - SEEN_WITHIN).isoformat()
                wanted = Wanted(SESSION.asked(rules=bool(self._rules)), ("sessions",), first)
                self._seen = today, self._asking.reports(Use.EVENTS, [wanted], deadline.left)[0]
            known |= {entity for row in self._seen[1].rows if (entity := campaigns.entity(row.labels)) is not None}
        return sorted(known)
