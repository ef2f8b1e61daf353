"""The tenant's calendar: local days and hours, flights, and the windows of ticks.

Instants are UTC; days and hours of day are the tenant's. A day has 23 or 25 hours where the clocks change.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from common.domain.model import Frozen

HOUR = timedelta(hours=1)
QUARTER_HOUR = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("not a time zone of the IANA database, such as Europe/Madrid") from error
    return name


TimeZone = Annotated[str, AfterValidator(_known)]


class _InUtc:
    """Lets only UTC pass, inside the validator's own code: manifests hold hundreds of instants."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.datetime_schema(tz_constraint=0)


Instant = Annotated[datetime, _InUtc()]
"""A point in time, always UTC: `2026-03-01T10:00:00Z`. Another offset is refused."""


class Flight(Frozen):
    """The local dates between which a track may spend, both inclusive."""

    start: date
    end: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"ends on {self.end}, before it starts on {self.start}")
        return self

    @property
    def days(self) -> int:
        """How many days the flight has."""
        return (self.end - self.start).days + 1

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end

    def days_left(self, day: date) -> int:
        """Days from `day` to the end, both included; 0 once it is over, all of them before it starts."""
        return max(0, (self.end - max(day, self.start)).days + 1)


class TenantCalendar:
    """Answers what day and hour it is for a tenant. Made once a zone: `TenantCalendar.of("Europe/Madrid")`."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self._bounds: dict[date, tuple[datetime, datetime]] = {}

    @staticmethod
    @lru_cache(maxsize=512)
    def of(zone: str) -> "TenantCalendar":
        """The calendar of an IANA zone; the same object for the same zone (it only caches what it computed)."""
        return TenantCalendar(zone)

    def local(self, instant: datetime) -> datetime:
        """The instant on the tenant's clock."""
        return instant.astimezone(self.zone)

    def day_of(self, instant: datetime) -> date:
        """The tenant's date at this instant."""
        return instant.astimezone(self.zone).date()

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """The UTC instants at which a local day starts and ends."""
        known = self._bounds.get(day)
        if known is None:
            known = self._midnight(day), self._midnight(day + timedelta(days=1))
            if len(self._bounds) > 4096:
                self._bounds.clear()
            self._bounds[day] = known
        return known

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def hours(self, day: date) -> tuple[datetime, ...]:
        """The UTC starts of the hours that the local day has: 24 of them, or 23, or 25."""
        start, end = self.bounds(day)
        return tuple(start + HOUR * index for index in range(round((end - start) / HOUR)))

    def turn(self, day: date, hour: int, minute: int) -> datetime:
        """The UTC instant of a local day at which something has its turn that happens once in each day.

        That is the first `minute` of a UTC hour from the local `hour` on. An hour that does not exist is the moment at
        which clocks leave it out; of one that comes twice it is the first. Never outside of the day: where the last
        hour is left out, it is the last such minute before the day's end.
        """
        start = datetime.combine(day, time(hour), self.zone).astimezone(UTC)
        turn = window_start(start, HOUR) + MINUTE * minute
        turn += HOUR * (turn < start)
        return turn if turn < self.bounds(day)[1] else turn - HOUR

    def first_time(self, instant: datetime) -> datetime:
        """When the zone's clocks showed first what they show at this instant: then, but for time that comes twice."""
        return self.local(instant).replace(fold=0).astimezone(UTC)

    def hours_left(self, instant: datetime) -> float:
        """Hours from the instant to the end of its local day."""
        return (self.bounds(self.day_of(instant))[1] - instant) / HOUR


def window_start(instant: datetime, cadence: timedelta) -> datetime:
    """The start of the window that an instant falls into: floor(instant, cadence), counted from the epoch."""
    step = round(cadence.total_seconds())
    return datetime.fromtimestamp(int(instant.timestamp()) // step * step, UTC)
