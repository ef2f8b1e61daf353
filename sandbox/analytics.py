"""The market as a tenant's GA4 property: what a real adapter gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common.domain.figures import EventsReport, HourEvents, Realtime
from common.ports.ad_platform import EntityRef
from sandbox.ga4 import REPORT_DELAY_HOURS
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
        until = self.market.hours.instant(self.market.hour - REPORT_DELAY_HOURS)
        return EventsReport(until, {names[name]: _with_something(hours) for name, hours in found.items()})


def _with_something(hours: list[HourEvents]) -> tuple[HourEvents, ...]:
    return tuple(hour for hour in hours if hour.sessions or hour.conversions)
