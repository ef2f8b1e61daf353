"""The sources that count a track's days, each asked the same way: its platforms, GA4, the CRM."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from typing import TypeVar

from common.domain.calendar import TenantCalendar
from common.domain.figures import DayEvents, DayFigures, DaysReport
from common.domain.manifest import Entity, Manifest
from common.domain.performance import CRM, GA4, Answer, Figures, platform_source
from common.use_cases.calls import refs_of
from common.use_cases.load import LoadedTrack
from common.use_cases.ports import Ports

Row = TypeVar("Row", DayFigures, DayEvents)

Ask = Callable[[date], Answer | None]
"""What a source says of its days from one on; `None` where the tenant does not have it. Raises what its port does."""


def day_sources(ports: Ports, loaded: LoadedTrack) -> dict[str, Ask]:
    """How to ask each source of a track, by its name, about the entities that money is given to."""
    manifest = loaded.manifest.value
    platforms = sorted({one.platform for one in bearing_budgets(manifest)})
    asks = {platform_source(name): _platform(ports, manifest, name) for name in platforms}
    return {**asks, GA4: _ga4(ports, manifest), CRM: _crm(ports, loaded)}


def bearing_budgets(manifest: Manifest) -> list[Entity]:
    """The entities that money is given to: their parts' days are within theirs."""
    return [one for one in manifest.entities.values() if one.allocation is not None or one.daily_budget is not None]


def _platform(ports: Ports, manifest: Manifest, name: str) -> Ask:
    refs = refs_of(one for one in bearing_budgets(manifest) if one.platform == name)

    def ask(first: date) -> Answer:
        platform = ports.platforms(manifest.tenant_id, name)
        return _answer(ports, first, platform.days(refs, first, timeout=ports.timeout))

    return ask


def _ga4(ports: Ports, manifest: Manifest) -> Ask:
    refs = refs_of(bearing_budgets(manifest))

    def ask(first: date) -> Answer | None:
        found = ports.analytics(manifest.tenant_id).days(refs, first, timeout=ports.timeout)
        return None if found is None else _answer(ports, first, found)

    return ask


def _answer(ports: Ports, first: date, report: DaysReport[Row]) -> Answer:
    days = {entity_id: {row.day: _figures(row) for row in rows} for entity_id, rows in report.days.items()}
    return Answer(first, ports.clock.now(), report.complete_until, days)


def _figures(row: DayFigures | DayEvents) -> Figures:
    return {name: number for name, number in asdict(row).items() if name != "day"}


def _crm(ports: Ports, loaded: LoadedTrack) -> Ask:
    """An upload is about the day before; several of one day are about the same."""
    refs = refs_of(bearing_budgets(loaded.manifest.value))
    calendar = TenantCalendar.of(loaded.tenant.time_zone)

    def ask(first: date) -> Answer | None:
        since = calendar.bounds(first)[1]
        uploads = ports.crm(loaded.track.tenant_id).uploads(refs, since, timeout=ports.timeout)
        if not uploads:
            return None
        days: dict[str, dict[date, dict[str, float]]] = {}
        for upload in uploads:
            day = calendar.day_of(upload.at) - timedelta(days=1)
            for entity_id, number in upload.conversions.items():
                of_day = days.setdefault(entity_id, {}).setdefault(day, {"conversions": 0.0})
                of_day["conversions"] += number
        until = calendar.bounds(calendar.day_of(uploads[-1].at))[0]
        return Answer(first, ports.clock.now(), until, days)

    return ask
