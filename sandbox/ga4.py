"""What GA4 shows of a property: a report by channel hours late, and the last quarter-hours at once."""

from datetime import date
from typing import NamedTuple

from common.domain.figures import HourEvents
from sandbox.conversions import Conversions
from sandbox.events import Ga4Connect, Ga4Disconnect
from sandbox.hours import Hours
from sandbox.line import Line
from sandbox.live import Live
from sandbox.scenario import Scenario
from sandbox.traffic import TrafficByHour

REPORT_DELAY_HOURS = 6
"""Until GA4 reports what happened in an hour; a day younger than 48 hours may still grow."""


class Ga4Day(NamedTuple):
    """A channel's day: sessions by their click, conversions by the day on which they happened."""

    entity: str
    day: date
    sessions: float
    conversions: float


class Ga4Reports:
    """What GA4 sees of one channel. Hours, days and quarter-hours go by their numbers."""

    def __init__(self, line: Line, traffic: TrafficByHour, conversions: Conversions) -> None:
        self._line, self._traffic, self._conversions = line, traffic, conversions
        self._asked: tuple[int, float | None, Live] | None = None
        self._quarters: list[tuple[float, float]] = []

    def hours(self, first: int, hour: int) -> list[HourEvents]:
        """The report at the start of an hour: each hour from `first` to the last that it shows."""
        known, instant = self._known(hour), self._line.hours.instant
        return [HourEvents(instant(number), *self._seen(number)) for number in range(first, known)]

    def days(self, first_day: int, hour: int) -> list[Ga4Day]:
        """The report at the start of an hour: each day from `first_day` to the hour's."""
        hours, known = self._line.hours, self._known(hour)
        return [self._day(day, known) for day in range(first_day, hours.day(min(hour, hours.end - 1)) + 1)]

    def quarter(self, number: int) -> tuple[float, float]:
        """Sessions and conversions in a quarter-hour, even in the hour that is under way; four numbers an hour."""
        hour, quarter = divmod(number, 4)
        if not 0 <= hour < self._line.hours.end:
            return 0.0, 0.0
        return self._of_hour(hour)[quarter]

    def _of_hour(self, hour: int) -> list[tuple[float, float]]:
        """Its four quarters; kept while the same hour is asked about, as it is when quarters are read one by one."""
        spending = self._line.spending
        coming = spending.coming() if hour == len(spending.by_hour) else None
        asked = hour, coming, spending.live
        if asked != self._asked:
            self._conversions.through(hour + 1)
            happened = list(self._conversions.happened[hour])
            if coming is not None:
                happened += [one for one in self._conversions.coming() if one.event == hour]
            factor = self._line.events.ga4.factor(hour)
            self._asked, self._quarters = (
                asked,
                [
                    (sessions * factor, sum(one.in_quarter(quarter) for one in happened))
                    for quarter, sessions in enumerate(self._traffic.by_quarter(hour))
                ],
            )
        return self._quarters

    def _known(self, hour: int) -> int:
        """The first hour that the report at the start of an hour does not show yet."""
        known = min(hour - REPORT_DELAY_HOURS, self._line.hours.end)
        self._conversions.through(known)
        return known

    def _seen(self, hour: int) -> tuple[float, float]:
        """Sessions and conversions of an hour that was played."""
        line, sessions = self._line, 0.0
        if hour < line.hours.flight_end:
            sessions = self._traffic.of(hour).sessions * line.events.ga4.factor(hour)
        return sessions, sum(one.ga4 for one in self._conversions.happened[hour])

    def _day(self, day: int, known: int) -> Ga4Day:
        hours = self._line.hours
        seen = [self._seen(hour) for hour in range(hours.first[day], min(hours.first[day + 1], known))]
        sessions, conversions = (sum(column) for column in zip((0.0, 0.0), *seen, strict=True))
        return Ga4Day(self._line.entity, hours.days[day], sessions, conversions)


def is_connected(scenario: Scenario, hours: Hours, hour: int) -> bool:
    """Whether the tenant has GA4 in an hour. Where the first event of its kind connects, there was none before."""
    turns = [event for event in scenario.events if isinstance(event, Ga4Connect | Ga4Disconnect)]
    turns.sort(key=lambda event: event.at)
    connected = not (turns and isinstance(turns[0], Ga4Connect))
    for event in turns:
        if hours.at_local(event.at) <= hour:
            connected = isinstance(event, Ga4Connect)
    return connected
