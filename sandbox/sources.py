"""What the sources show of a market by now: each tenant's platforms, its GA4 property, its CRM."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from common.domain.calendar import QUARTER_HOUR
from common.domain.figures import HourEvents, Quarter, Realtime
from sandbox.conversions import Conversions
from sandbox.ga4 import Ga4Day, Ga4Reports, is_connected
from sandbox.platform_reports import PartDay, PlatformHour, PlatformReports
from sandbox.traffic import TrafficByHour
from sandbox.uploads import Upload, Uploads

if TYPE_CHECKING:
    from sandbox.market import Market


class Sources:
    """Every answer is as of the market's current instant; amounts are in currency units."""

    def __init__(self, market: Market) -> None:
        self._market, self._hours = market, market.hours
        self._uploads = Uploads(market.scenario, market.hours, expected=market.expected)
        self._uploaded: list[Upload] = []
        self.conversions: dict[str, Conversions] = {}
        """All conversions by entity, seen or not."""
        self._platform: dict[str, PlatformReports] = {}
        self._ga4: dict[str, Ga4Reports] = {}
        for entity, line in market.lines.items():
            traffic, conversions = TrafficByHour(line), Conversions(line, market.responses[entity], self._uploads)
            self.conversions[entity] = conversions
            self._platform[entity] = PlatformReports(line, traffic, conversions)
            self._ga4[entity] = Ga4Reports(line, traffic, conversions)

    def platform_hours(self, entity: str, since: datetime | None = None) -> list[PlatformHour]:
        """The platform's hours that start at `since` or later; all from the history's first on without it."""
        first = 0 if since is None else max(0, -((self._hours.start - since) // timedelta(hours=1)))
        return self._platform[entity].hours(first, self._market.visible_until(entity))

    def ad_days(self, entity: str, since: date) -> list[PartDay]:
        """The platform's days from `since` on, by ad."""
        return self._platform[entity].ads(self._first_day(since), self._market.visible_until(entity))

    def geo_days(self, entity: str, since: date) -> list[PartDay]:
        """The platform's days from `since` on, by geo."""
        return self._platform[entity].geos(self._first_day(since), self._market.visible_until(entity))

    def ga4_connected(self) -> bool:
        """Whether the tenant has GA4 now."""
        return is_connected(self._market.scenario, self._hours, self._market.hour)

    def ga4_days(self, since: date) -> list[Ga4Day] | None:
        """GA4's report for the days from `since` to the current one, by channel; `None` without GA4."""
        if not self.ga4_connected():
            return None
        first_day, hour = self._first_day(since), self._market.hour
        return [row for reports in self._ga4.values() for row in reports.days(first_day, hour)]

    def ga4_hours(self, entities: Iterable[str], since: datetime) -> dict[str, list[HourEvents]] | None:
        """GA4's report by entity, from the hour on in which `since` lies; `None` without GA4."""
        if not self.ga4_connected():
            return None
        first, hour = max(0, self._hours.index(since)), self._market.hour
        return {entity: self._ga4[entity].hours(first, hour) for entity in entities}

    def ga4_realtime(self) -> Realtime | None:
        """GA4's last two whole quarter-hours, for the property; `None` without GA4."""
        if not self.ga4_connected():
            return None
        end = (self._market.now - self._hours.start) // QUARTER_HOUR
        return Realtime((self._quarter(end - 2), self._quarter(end - 1)))

    def crm_uploads(self, since: datetime | None = None) -> list[Upload]:
        """The CRM's uploads since an instant (all without it), oldest first."""
        for number in range(len(self._uploaded), self._uploads.last(self._market.hour) + 1):
            self._uploaded.append(self._upload(number))
        return [upload for upload in self._uploaded if since is None or upload.at >= since]

    def _quarter(self, number: int) -> Quarter:
        counts = [reports.quarter(number) for reports in self._ga4.values()]
        sessions, conversions = (sum(column) for column in zip(*counts, strict=True))
        return Quarter(self._hours.start + number * QUARTER_HOUR, sessions, conversions)

    def _upload(self, number: int) -> Upload:
        at = self._hours.instant(self._uploads.at[number])
        conversions: dict[tuple[str, date], float] = {}
        for entity, happening in self.conversions.items():
            carried = self._uploads.carried_by(number)
            happening.through(carried.stop)
            for hour in carried:
                key = entity, self._hours.days[self._hours.day(hour)]
                conversions[key] = conversions.get(key, 0.0) + sum(one.crm for one in happening.happened[hour])
        return Upload(at, self._uploads.match_rate(number), conversions)

    def _first_day(self, since: date) -> int:
        return max(0, self._hours.day_number(since))
