"""A market with two campaigns, reached in one of the ways."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from common.domain.calendar import HOUR
from common.domain.change import Setting, Value
from common.domain.figures import DayEvents, DayFigures, HourFigures
from common.ports.ad_platform import AdPlatform, Answer, EntityRef, PlatformChange, Platforms
from common.ports.analytics import AnalyticsOf
from common.ports.clock import Clock
from common.ports.crm import CrmOf
from sandbox.scenario import parse_scenario
from sandbox.world import World
from tests.contract.translated import Names, Translated
from tests.contract.way import Reached, Way, way
from tests.unit.sandbox.scenarios import channel_file, scenario_file

TENANT, TIMEOUT = "june", 30.0
SEARCH = EntityRef("search", "t/search", "campaign")
SOCIAL = EntityRef("social", "t/social", "campaign")
GONE = EntityRef("gone", "t/gone", "campaign")
PLATFORM = {"search": "google_ads", "social": "meta", "gone": "google_ads"}
BUSY: Mapping[str, Any] = {
    "cpc": 0.01,
    "curve": {"kind": "hill", "top": 2000, "half": 100, "shape": 1.0},
    "hour": [1.0] * 24,
}
"""Channels to which something happens in every quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Rig:
    """A world, and how it is reached."""

    world: World
    way: Way
    platforms: Platforms
    analytics: AnalyticsOf
    crm: CrmOf
    clock: Clock

    @classmethod
    def of(cls, world: World, way: Way, reached: Reached) -> "Rig":
        """The world as it is reached, asked by the market's own names."""
        names, platforms = Names.of(world, reached, way.nowhere), reached.platforms or world.platforms

        def translated(tenant_id: str, platform: str) -> AdPlatform:
            return Translated(platforms(tenant_id, platform), names)

        analytics, crm = reached.analytics or world.analytics, reached.crm or world.crm
        return cls(world, way, translated, analytics, crm, reached.clock or world)

    @classmethod
    def direct(cls, world: World) -> "Rig":
        """In this process."""
        return cls.of(world, way("direct"), Reached())

    def values(self, ref: EntityRef) -> Mapping[Setting, Value]:
        """An entity's live settings, those that are set."""
        found = self.platforms(TENANT, PLATFORM[ref.entity_id]).live([ref], timeout=TIMEOUT)[ref.entity_id]
        return {setting: value for setting, value in found.values.items() if value is not None}

    def write(self, *changes: tuple[EntityRef, Setting, Value]) -> tuple[Answer, ...]:
        """Write settings in one call, whatever they are now."""
        wanted = [PlatformChange(ref, setting, None, after) for ref, setting, after in changes]
        return self.platforms(TENANT, PLATFORM[changes[0][0].entity_id]).apply("key-1", wanted, timeout=TIMEOUT)

    def spend(self, ref: EntityRef, since: datetime) -> dict[datetime, int]:
        """Reported spend by hour."""
        report = self.platforms(TENANT, PLATFORM[ref.entity_id]).spend([ref], since, timeout=TIMEOUT)
        return {row.hour: row.micros for row in report.hours[ref.entity_id]}

    def figures(self, ref: EntityRef, since: datetime) -> dict[datetime, HourFigures]:
        """Reported figures by hour."""
        report = self.platforms(TENANT, PLATFORM[ref.entity_id]).figures([ref], since, timeout=TIMEOUT)
        return {row.hour: row for row in report.hours[ref.entity_id]}

    def days(self, ref: EntityRef, first: date) -> dict[date, DayFigures]:
        """Reported figures by day."""
        report = self.platforms(TENANT, PLATFORM[ref.entity_id]).days([ref], first, timeout=TIMEOUT)
        return {row.day: row for row in report.days[ref.entity_id]}

    def ga4_days(self, ref: EntityRef, first: date) -> dict[date, DayEvents]:
        """GA4's report by day."""
        report = self.analytics(TENANT).days([ref], first, timeout=TIMEOUT)
        assert report is not None
        return {row.day: row for row in report.days[ref.entity_id]}

    def complete_until(self, *refs: EntityRef) -> datetime:
        """How far the report of these entities goes."""
        platform = self.platforms(TENANT, PLATFORM[refs[0].entity_id])
        return platform.spend(refs, self.world.market.start, timeout=TIMEOUT).complete_until

    def in_time(self, until: datetime, delay_hours: float) -> bool:
        """Whether a report goes as far as it can on a platform that is so late, or as the way has to assume."""
        latest = self.world.now() - delay_hours * HOUR
        assumed = self.way.assumed_delay
        return until == latest if assumed is None else min(latest, self.world.now() - assumed) <= until <= latest

    def advance(self, hours: float) -> None:
        """Let the market go on."""
        self.world.market.advance(timedelta(hours=hours))


NewRig = Callable[..., Rig]


def world_of(*events: dict[str, Any], time_zone: str = "Europe/Madrid", **channels: Any) -> World:
    """A world with a campaign that bids on one platform, and one with a total budget on the other.

    `channels` are changes to both.
    """
    search = channel_file(**{"native_cap": False, "bid": {"target": 4.0, "volume": 0.5, "efficiency": 0.5}, **channels})
    social = channel_file(**{"channel": "social", "platform": "meta", "reporting_delay_hours": 1, **channels})
    return World(parse_scenario(scenario_file(search, social, events=events, timezone=time_zone)))
