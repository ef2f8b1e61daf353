"""What platforms, GA4 and CRM report about campaigns: what came of the money, and whether it is still seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar


@dataclass(frozen=True, slots=True)
class HourFigures:
    """The hour of an entity that starts at `hour` (UTC), as far as the platform reports it by now."""

    hour: datetime
    micros: int
    clicks: float
    impressions: float
    conversions: float
    """What the platform claims by now for that hour's clicks. It grows as late ones happen, and may be fractional."""


@dataclass(frozen=True, slots=True)
class FiguresReport:
    """Reported figures. `complete_until`: hours that end by then are reported (they may still be restated)."""

    complete_until: datetime
    hours: Mapping[str, tuple[HourFigures, ...]] = field(default_factory=dict[str, tuple[HourFigures, ...]])
    """By entity id; an entity that is absent was not answered for. Hours without anything may be left out."""


@dataclass(frozen=True, slots=True)
class Quarter:
    """What GA4 saw in the quarter of an hour that starts at `start` (UTC)."""

    start: datetime
    sessions: float
    conversions: float


@dataclass(frozen=True, slots=True)
class Realtime:
    """GA4's last whole quarter-hours, oldest first, of the whole property: channels do not exist there.

    Two where it shows all of both, else one: a standard property shows 30 minutes back, and the clock goes on.
    """

    quarters: tuple[Quarter, ...]

    @property
    def sessions(self) -> float:
        """The sessions of all quarters."""
        return sum(quarter.sessions for quarter in self.quarters)

    @property
    def conversions(self) -> float:
        """The conversions of all quarters."""
        return sum(quarter.conversions for quarter in self.quarters)


@dataclass(frozen=True, slots=True)
class HourEvents:
    """What GA4 saw of an entity in the hour that starts at `hour` (UTC).

    Sessions count in the hour of their click, conversions in the one in which they happen.
    """

    hour: datetime
    sessions: float
    conversions: float


@dataclass(frozen=True, slots=True)
class EventsReport:
    """GA4's report of today and the days before. `complete_until`: hours that end by then are reported."""

    complete_until: datetime
    hours: Mapping[str, tuple[HourEvents, ...]] = field(default_factory=dict[str, tuple[HourEvents, ...]])
    """By entity id; an entity that is absent was not answered for. Hours without anything may be left out."""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A local day of an entity, as far as its platform reports it by now."""

    day: date
    micros: int
    clicks: float
    impressions: float
    conversions: float
    """What the platform claims by now for that day's clicks. It grows as late ones happen, and may be fractional."""
    value: int
    """What it claims that these are worth, in micros."""


@dataclass(frozen=True, slots=True)
class DayEvents:
    """A local day of an entity in GA4's report: its key event, by the day on which it happens, and what that is worth.

    Both values are in micros of the tenant's currency. `value` goes to the last click, `first_user_value` to what first
    brought the user.
    """

    day: date
    sessions: float
    conversions: float
    value: int
    first_user_value: int


DayRow = TypeVar("DayRow", DayFigures, DayEvents)


@dataclass(frozen=True, slots=True)
class DaysReport(Generic[DayRow]):
    """Whole local days, and today so far. `complete_until`: what happened by then is reported (it may be restated)."""

    complete_until: datetime
    days: Mapping[str, tuple[DayRow, ...]] = field(default_factory=dict[str, tuple[DayRow, ...]])
    """By entity id; an entity that is absent was not answered for. Days without anything may be left out."""
    settled_until: datetime | None = None
    """What happened by then is not restated any more; `None` where the source does not tell."""


@dataclass(frozen=True, slots=True)
class Booked:
    """Conversions of one local day, and what they are worth in micros; in an upload that corrects, by how much more."""

    conversions: float
    micros: int


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload of the tenant's CRM, at `at` (UTC)."""

    at: datetime
    match_rate: float | None
    """The share of its records that matched, 0 to 1; `None` where nobody tells such a share."""
    conversions: Mapping[str, float]
    """By entity id, of all days that it is about together; an entity that is absent was not answered for."""
    days: Mapping[str, Mapping[date, Booked]] | None = None
    """The same by the days on which they happened; `None` where that is not known: then it is about the day before."""


@dataclass(frozen=True, slots=True)
class PartFigures:
    """One geo or ad of a campaign over some days, as far as its platform reports them by now."""

    part: str
    """The geo's name, or the ad's external id."""
    micros: int
    clicks: float
    impressions: float
    conversions: float
    """What the platform claims by now for these days' clicks."""
