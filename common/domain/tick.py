"""Messages that start work: the root tick that the scheduler sends, and the tenants' ticks that it fans out into."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from common.domain.calendar import MINUTE, Instant, TenantCalendar, TimeZone, window_start
from common.domain.canonical import canonical
from common.domain.model import Frozen, Id
from common.domain.tenant import EVERY_DAY, SLOTS, Cadences, Tenant, Weekdays

TRACKS_A_MESSAGE = 50
"""The most tracks that one message carries: a run has to end before its lease does."""


def dead_letter_topic(topic: str) -> str:
    """Where a topic's messages end that can't be handled."""
    return f"{topic}-dead-letter"


class Cadence(StrEnum):
    """What is done again and again."""

    PACING = "pacing"
    ANOMALY_PAUSE = "anomaly_pause"
    DEEP_REVIEW = "deep_review"
    DRIFT = "drift"
    REPORT = "report"
    HOUSEKEEPING = "housekeeping"
    INGEST = "ingest"

    @property
    def every(self) -> timedelta:
        """The length of a window."""
        return _EVERY[self]

    def slots(self, published: datetime) -> tuple[int, ...]:
        """The slots of the tenants whose turn it is in this minute.

        A cadence shorter than an hour takes the tenants by their minute's place in its window: of four slots an hour
        apart by fifteen minutes each check of a quarter-hour has its turn. Daily work comes in the tenant's minute of
        every hour; which of the hours is its own, `turn_of` says.
        """
        minutes = round(self.every.total_seconds()) // 60
        return tuple(slot for slot in range(SLOTS) if (self.minute_of(slot) - published.minute) % minutes == 0)

    def minute_of(self, slot: int) -> int:
        """The minute of the hour in which a tenant of this slot has its turn; for checks, one of the four.

        Each cadence has its own distance from the slot, so that they do not all write to a track in the same minute.
        """
        return (slot + _AFTER.get(self, 0)) % SLOTS

    def slot_at(self, minute: int) -> int:
        """The slot of the tenants that have their turn in this minute of the hour."""
        return (minute - _AFTER.get(self, 0)) % SLOTS

    @property
    def by_tenant(self) -> bool:
        """Whether it is done once for a tenant as a whole, not for each of its tracks."""
        return self in (Cadence.REPORT, Cadence.HOUSEKEEPING, Cadence.INGEST)

    @property
    def by_zone(self) -> bool:
        """Whether it comes at hours of the tenant's own day, so that its root ticks are sent for each time zone.

        Housekeeping is in both: every five minutes where it is needed, and once in a day of the tenant's.
        """
        return self is Cadence.HOUSEKEEPING or self.every >= _DAY

    @property
    def topic(self) -> str:
        """The topic that its messages go through."""
        return f"{self.value}-ticks"

    @property
    def dead_letter_topic(self) -> str:
        """Where its messages end that can't be handled."""
        return dead_letter_topic(self.topic)


_AFTER = {
    Cadence.ANOMALY_PAUSE: 7,
    Cadence.DRIFT: 15,
    Cadence.DEEP_REVIEW: 30,
    Cadence.REPORT: 45,
    Cadence.HOUSEKEEPING: 45,
}
"""Minutes after the slot, in which pacing comes; checks are 7, 22, 37 and 52 after it."""
_DAY = timedelta(days=1)
_EVERY = {
    Cadence.PACING: timedelta(hours=1),
    Cadence.ANOMALY_PAUSE: timedelta(minutes=15),
    Cadence.DEEP_REVIEW: timedelta(days=1),
    Cadence.DRIFT: timedelta(days=1),
    Cadence.REPORT: timedelta(days=1),
    Cadence.HOUSEKEEPING: timedelta(minutes=5),
    Cadence.INGEST: timedelta(hours=1),
}


class RootTick(Frozen):
    """What the scheduler sends, every minute where tenants have slots; window and slot come from its publish time."""

    cadence: Cadence
    time_zone: TimeZone | None = None
    """It is for the tenants of this zone alone: their daily work. `None`: for those of all zones."""

    @model_validator(mode="after")
    def _of_a_day(self) -> Self:
        if self.time_zone is not None and not self.cadence.by_zone:
            raise ValueError(f"{self.cadence} does not come by time zone: leave out time_zone")
        return self

    @property
    def data(self) -> bytes:
        """It as a message carries it. What it does not say is left out, as an older function expects it."""
        return canonical(self.model_dump(mode="json", exclude_none=True))


class TenantTick(Frozen):
    """Work for at most fifty tracks of one tenant, or for the tenant as a whole where it names none.

    It has the window of the root tick, and the slot that it was sent in.
    """

    cadence: Cadence
    window: Instant
    tenant_id: Id
    tracks: Annotated[tuple[Id, ...], Field(max_length=TRACKS_A_MESSAGE)] = ()
    slot: Annotated[int, Field(ge=0, lt=SLOTS)] = 0
    due: Instant | None = None
    """The minute of its slot, when its root tick was sent; how late work begins counts from here."""
    daily: bool = False
    """Of housekeeping: the daily visit, which looks at everything. Otherwise it does what is known to be needed."""


def window_of(cadence: Cadence, published: datetime) -> datetime:
    """The window that a root message belongs to: floor(publish time, cadence)."""
    return window_start(published, cadence.every)


def turn_of(tenant: Tenant, cadence: Cadence, published: datetime) -> datetime | None:
    """The window of a tenant's tick where its turn comes in this minute; `None` where it does not.

    A CRM that nothing comes from has none.

    The window of daily work is the tenant's day, named by its first instant. Days of UTC would not do: where a local
    day has 23 hours, two local days' turns may fall into the same one, and the second would be taken for done.
    """
    if cadence is Cadence.INGEST and not tenant.crm.is_used:
        return None
    if cadence.every < _DAY:
        return window_of(cadence, published)
    return daily_turn_of(tenant, cadence, published)


def daily_turn_of(tenant: Tenant, cadence: Cadence, published: datetime, *, by_clocks: bool = False) -> datetime | None:
    """As `turn_of`, of what is done once a day; of housekeeping, that is the daily visit.

    Args:
        by_clocks: what the zone's clocks show is what counts. Of two times that look the same, either is the turn: a
            scheduler that goes by these clocks may let one of them go by.
    """
    calendar = TenantCalendar.of(tenant.time_zone)
    day, (hour, weekdays) = calendar.day_of(published), daily_hour(tenant.cadences, cadence)
    if day.weekday() not in weekdays:
        return None
    turn = calendar.turn(day, hour, cadence.minute_of(tenant.slot or 0))
    if by_clocks:
        turn, published = calendar.first_time(turn), calendar.first_time(published)
    return calendar.bounds(day)[0] if turn <= published < turn + MINUTE else None


def daily_hour(cadences: Cadences, cadence: Cadence) -> tuple[int, Weekdays]:
    """The tenant's hour and weekdays of some daily work."""
    match cadence:
        case Cadence.DEEP_REVIEW:
            return cadences.review_hour, cadences.review_weekdays
        case Cadence.REPORT:
            return cadences.report_hour, cadences.report_weekdays
        case _:
            return cadences.sweep_hour, EVERY_DAY


def is_stale(cadence: Cadence, window: datetime, now: datetime) -> bool:
    """Whether a window is older than two cadences: its work would answer a world that is gone."""
    return now - window > 2 * cadence.every
