"""What the platforms and GA4 told the shop of each day since its flight began."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from common.domain.figures import DayEvents, DayFigures, DaysReport, EventsReport, Realtime
from common.ports.ad_platform import EntityRef
from common.use_cases.performance import record_days
from tests.fakes.analytics import ScriptedAnalytics
from tests.world import NOW, World, euros

TAKEN_ON = datetime(2026, 4, 20, 7, 0, tzinfo=UTC)
TODAY = datetime(2026, 5, 3, 22, 0, tzinfo=UTC)
"""The midnight before now, in Madrid."""
DAYS = [TAKEN_ON.date() + timedelta(days=number) for number in range((NOW - TAKEN_ON).days)]


def sells(world: World, track_id: str, spent: Mapping[str, int]) -> None:
    """Record the days of a track: each campaign spends its euros evenly, and Meta brings more back than search."""

    def reported(refs: Sequence[EntityRef], _: date) -> DaysReport[DayFigures]:
        return DaysReport(TODAY, {ref.entity_id: tuple(_spends(spent.get(ref.entity_id, 0))) for ref in refs})

    def sold(refs: Sequence[EntityRef], _: date) -> DaysReport[DayEvents]:
        return DaysReport(TODAY, {ref.entity_id: tuple(_earns(ref.entity_id, spent)) for ref in refs})

    def property_of(_: str) -> ScriptedAnalytics:
        return ga4

    for platform in world.platforms.values():
        platform.by_day = reported
    ga4 = ScriptedAnalytics(lambda: Realtime(()), _by_the_hour, by_day=sold)
    record_days(replace(world.ports(), analytics=property_of), world.loaded(track_id))


def _by_the_hour(_: Sequence[EntityRef], since: datetime) -> EventsReport:
    return EventsReport(since)


def _spends(units: float) -> list[DayFigures]:
    a_day = euros(units / len(DAYS))
    return [DayFigures(day, a_day, clicks=80, impressions=4000, conversions=3, value=4 * a_day) for day in DAYS]


def _earns(name: str, spent: Mapping[str, int]) -> list[DayEvents]:
    back = euros(spent.get(name, 0) / len(DAYS) * (3.6 if "search" in name else 5.2))
    return [DayEvents(day, 60, 2 + number % 3, value=back, first_user_value=back) for number, day in enumerate(DAYS)]
