"""What a property has of a market: sessions and key events by hour, each with GA4's labels for where it came from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from common.domain.calendar import HOUR
from common.ports.ad_platform import EntityRef
from sandbox.servers.ga4.conduct import Conduct, Visitors
from sandbox.world import World

UNSET = "(not set)"
LABELS = ("GoogleAdsCampaignId", "ManualCampaignId", "Source", "Medium", "CampaignName")
GOOGLE_ADS = "google_ads"
Labels = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Hit:
    """What one campaign brought in one hour."""

    hour: datetime
    labels: Labels
    sessions: float
    conversions: float
    value: float
    """Of the conversions, in currency units."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """The traffic of a world's site, as its GA4 has it by now."""

    world: World
    conduct: Conduct
    external_id: Callable[[str], str]

    def connected(self) -> bool:
        """Whether the scenario has GA4 connected now."""
        return self.world.market.sources.ga4_connected()

    def hits(self, first: datetime) -> Iterator[Hit]:
        """Everything from this hour on, as far as it is reported."""
        market = self.world.market
        until = market.hours.instant(market.hour) - timedelta(hours=self.conduct.delay_hours)
        refs = [EntityRef(name, name, "campaign") for name in market.lines]
        found = self.world.analytics(self.world.scenario.name).events(refs, first, timeout=1)
        for name, hours in () if found is None else found.hours.items():
            labels, worth = self._labels(name), market.lines[name].channel.value_per_conversion
            for one in hours:
                if one.hour < until:
                    yield Hit(one.hour, labels, one.sessions, one.conversions, one.conversions * worth)
        for visitors in self.conduct.visitors:
            hour = max(first, market.hours.start)
            while hour + HOUR <= until:
                yield Hit(hour, _said(visitors), visitors.sessions, visitors.conversions, 0.0)
                hour += HOUR

    def minutes(self, first: int, last: int) -> tuple[float, float]:
        """Sessions and conversions from `first` to `last` minutes ago, both inclusive, oldest first.

        A market goes on by quarters of an hour, so the minutes of one share what it has.
        """
        shown = self.world.analytics(self.world.scenario.name).realtime(timeout=1)
        minute = self.world.now().replace(second=0, microsecond=0)
        sums = (0.0, 0.0)
        for quarter in () if shown is None else shown.quarters:
            ago = (minute - quarter.start) // timedelta(minutes=1)
            part = max(0, min(first, ago) - max(last, ago - 14) + 1) / 15
            sums = sums[0] + quarter.sessions * part, sums[1] + quarter.conversions * part
        return sums

    def _labels(self, name: str) -> Labels:
        platform, called = self.world.market.lines[name].channel.platform, self.external_id(name)
        if platform == GOOGLE_ADS:
            return called, UNSET, "google", "cpc", name
        return UNSET, called, platform, "paid", name


def _said(visitors: Visitors) -> Labels:
    return visitors.google_ads, visitors.utm_id, visitors.source, visitors.medium, visitors.campaign


def dimensions_of(hit: Hit, zone: ZoneInfo, conduct: Conduct) -> Mapping[str, str]:
    """All that a hit says of itself, by the dimension's name."""
    local = hit.hour.astimezone(zone)
    when = {"date": f"{local:%Y%m%d}", "dateHour": f"{local:%Y%m%d%H}"}
    pairs = list(zip(LABELS, hit.labels, strict=True))
    who = {f"{scope}{name}": value for scope in ("session", "firstUser") for name, value in pairs}
    return {**when, **who, "eventName": conduct.key_event, "isKeyEvent": str(conduct.counts_key_event).lower()}


def first_instant(day: str, zone: ZoneInfo) -> datetime:
    """The first instant of a day `YYYY-MM-DD` there."""
    return datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC)
