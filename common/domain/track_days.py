"""A track's days as its sources count them: what was spent, and what came of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """What a source counts of an entity's day: `conversions`, worth `value` micros."""

    until: datetime
    """What had happened by then is counted."""
    conversions: float
    value: int = 0
    first_user_value: int = 0
    """GA4's value of the same key events, ascribed to what first brought the user. Other sources do not know it."""
    sessions: float = 0.0
    """GA4's."""


@dataclass(frozen=True, slots=True)
class EntityDay:
    """One entity on one local day; `None` where a source has not told of the day, or does not know the entity.

    Platforms count a conversion on the day of its click, GA4 on the day on which it happens, and the CRM on the day
    before the upload.
    """

    day: date
    entity_id: str
    channel: str
    spend: int | None = None
    """Micros."""
    clicks: float = 0.0
    impressions: float = 0.0
    platform: Counted | None = None
    ga4: Counted | None = None
    crm: Counted | None = None

    def counted(self, source: str) -> Counted | None:
        """What `ga4`, `platform` or `crm` counts."""
        return {"ga4": self.ga4, "platform": self.platform, "crm": self.crm}[source]


@dataclass(frozen=True, slots=True)
class TrackDays:
    """What is recorded of the days from `since` to `until`, both inclusive, by day and then by entity."""

    since: date
    until: date
    source: str
    """Which source's conversions count: `ga4`, or `platform` where GA4 is not there to be believed."""
    rows: tuple[EntityDay, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(sorted({row.channel for row in self.rows}))

    def of(self, *, channel: str | None = None, day: date | None = None) -> tuple[EntityDay, ...]:
        """The rows of a channel, of a day, or of both."""
        return tuple(self._matching(channel, day))

    def spend(self, *, channel: str | None = None, day: date | None = None) -> int:
        """What was spent, in micros, as far as it is recorded."""
        return sum(row.spend or 0 for row in self._matching(channel, day))

    def conversions(self, *, channel: str | None = None, day: date | None = None) -> float:
        """What the source that counts has counted."""
        return sum(one.conversions for one in self._counted(self._matching(channel, day)))

    def value(self, *, channel: str | None = None, day: date | None = None) -> int:
        """What it says that these are worth, in micros."""
        return sum(one.value for one in self._counted(self._matching(channel, day)))

    def _matching(self, channel: str | None, day: date | None) -> Iterator[EntityDay]:
        for row in self.rows:
            if channel in (None, row.channel) and day in (None, row.day):
                yield row

    def _counted(self, rows: Iterable[EntityDay]) -> Iterator[Counted]:
        for row in rows:
            counted = row.counted(self.source)
            if counted is not None:
                yield counted
