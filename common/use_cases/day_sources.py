"""The sources that count a track's days, each asked the same way: its platforms, GA4, the CRM."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import TypeVar

from common.domain.calendar import TenantCalendar
from common.domain.figures import DayEvents, DayFigures, DaysReport, Upload
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
    """An upload that does not tell its days is about the day before; several of one day are about the same."""
    refs = refs_of(bearing_budgets(loaded.manifest.value))
    calendar = TenantCalendar.of(loaded.tenant.time_zone)

    def ask(first: date) -> Answer | None:
        since = calendar.bounds(first - timedelta(days=1))[0]  # a sender's clock may be ahead of ours
        uploads = ports.crm(loaded.track.tenant_id).uploads(refs, since, timeout=ports.timeout)
        if not uploads:
            return None
        days: dict[str, dict[date, dict[str, float]]] = {}
        for upload in uploads:
            for entity_id, booked in _days_of(upload, calendar.day_of(upload.at) - timedelta(days=1)).items():
                of_entity = days.setdefault(entity_id, {})
                for day, figures in booked.items():
                    known = of_entity.get(day, {})
                    of_entity[day] = {name: known.get(name, 0) + number for name, number in figures.items()}
        until = calendar.bounds(calendar.day_of(uploads[-1].at))[0]
        return Answer(first, ports.clock.now(), until, days)

    return ask


def _days_of(upload: Upload, day_before: date) -> Mapping[str, Mapping[date, dict[str, float]]]:
    """An upload's figures by entity and day."""
    if upload.days is None:
        return {entity_id: {day_before: {"conversions": number}} for entity_id, number in upload.conversions.items()}
    return {
        entity_id: {day: {"conversions": one.conversions, "value": one.micros} for day, one in booked.items()}
        for entity_id, booked in upload.days.items()
    }
