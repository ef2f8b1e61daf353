"""A tenant's GA4 property: what happens on the site right now, and by campaign hours later."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Protocol

from common.domain.errors import SourceSilent
from common.domain.figures import DayEvents, DaysReport, EventsReport, Realtime
from common.ports.ad_platform import EntityRef


class AnalyticsUnavailable(SourceSilent):
    """GA4 did not answer, or not in time."""


class AnalyticsRevoked(AnalyticsUnavailable):
    """A grant is missing for sure, as the trouble says: until somebody gives it, it is as if the tenant had no GA4."""


class Analytics(Protocol):
    """One tenant's property. `None` is an answer: the tenant has no GA4. Every call ends within `timeout` seconds."""

    def realtime(self, *, timeout: float) -> Realtime | None:
        """The last whole quarter-hours of the property, two at the most.

        Raises:
            AnalyticsUnavailable: no answer.
        """
        ...

    def events(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> EventsReport | None:
        """Sessions and conversions by hour, from the hour on in which `since` lies.

        Raises:
            AnalyticsUnavailable: no answer.
        """
        ...

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayEvents] | None:
        """Sessions, and the vertical's key events with their value, by local day from day `first` on.

        Raises:
            AnalyticsUnavailable: no answer.
        """
        ...


AnalyticsOf = Callable[[str], Analytics]
"""`analytics(tenant_id)`: the tenant's property."""


class NoAnalytics:
    """Of a tenant that has no GA4."""

    def realtime(self, *, timeout: float) -> Realtime | None:
        """Nothing is connected."""
        return None

    def events(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> EventsReport | None:
        """Nothing is connected."""
        return None

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayEvents] | None:
        """Nothing is connected."""
        return None


def no_analytics(_: str) -> Analytics:
    """No tenant has GA4."""
    return NoAnalytics()
