"""A GA4 property and a CRM that say what a test tells them to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from common.domain.figures import DayEvents, DaysReport, EventsReport, Realtime, Upload
from common.domain.trouble import Trouble
from common.ports.ad_platform import EntityRef
from common.ports.analytics import AnalyticsUnavailable
from common.ports.crm import CrmUnavailable


@dataclass(slots=True)
class ScriptedAnalytics:
    """A property with things to say, or none that is connected, or one that does not answer."""

    shown: Callable[[], Realtime]
    reported: Callable[[Sequence[EntityRef], datetime], EventsReport]
    connected: bool = True
    down: bool = False
    trouble: Trouble | None = None
    """Why it does not answer, where it says so."""
    by_day: Callable[[Sequence[EntityRef], date], DaysReport[DayEvents]] = lambda _, first: DaysReport(
        datetime(first.year, first.month, first.day, tzinfo=UTC)
    )
    """What it reports of these entities from a day on: nothing is known yet, where a test says no more."""

    def realtime(self, *, timeout: float) -> Realtime | None:
        """As the port says."""
        self._must_answer()
        return self.shown() if self.connected else None

    def events(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> EventsReport | None:
        """As the port says."""
        self._must_answer()
        return self.reported(refs, since) if self.connected else None

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayEvents] | None:
        """As the port says."""
        self._must_answer()
        return self.by_day(refs, first) if self.connected else None

    def _must_answer(self) -> None:
        if self.down or self.trouble is not None:
            raise AnalyticsUnavailable("no answer", self.trouble)


@dataclass(slots=True)
class ScriptedCrm:
    """A CRM with these uploads, or one that does not answer."""

    sent: tuple[Upload, ...] = ()
    down: bool = False

    def uploads(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> tuple[Upload, ...]:
        """As the port says."""
        if self.down:
            raise CrmUnavailable("no answer")
        return tuple(one for one in self.sent if one.at >= since)
