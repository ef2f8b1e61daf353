"""What is recorded of a track, put together: its days as each source counts them, and how late conversions come."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta

from common.decisions.lag import LagCurve, Sight, age_at, learn
from common.domain.calendar import TenantCalendar
from common.domain.manifest import Manifest
from common.domain.performance import CRM, GA4, Figures, Observation, Performance, platform_source
from common.domain.tenant import Tenant
from common.domain.track_days import Counted, EntityDay

PLATFORM = "platform"


def source_that_counts(tenant: Tenant, records: Iterable[Performance]) -> str:
    """`ga4`; or `platform` in degraded mode, and where GA4 was never heard, or not for `stale_hours` after a platform.

    Two sources are held against each other and not against the clock: where nothing was recorded for days, GA4 has not
    become less true.
    """
    heard: dict[bool, datetime] = {}
    for one in records:
        until = one.heard()
        if until is not None and one.source != CRM:
            is_ga4 = one.source == GA4
            heard[is_ga4] = max(until, heard.get(is_ga4, until))
    if tenant.degraded_attribution or True not in heard:
        return PLATFORM
    stale = timedelta(hours=tenant.guardrails.stale_hours.ga4)
    return PLATFORM if heard.get(False, heard[True]) - heard[True] >= stale else GA4


def rows_of(records: Iterable[Performance], manifest: Manifest, calendar: TenantCalendar) -> list[EntityDay]:
    """Each entity on each recorded day, by day and then by entity, as it was last seen."""
    seen: dict[tuple[date, str], dict[str, Observation]] = {}
    for one in records:
        for entity_id in _known(one, manifest):
            for day, looks in one.observations(entity_id, calendar.day_of).items():
                seen.setdefault((day, entity_id), {})[_kind(one.source)] = looks[-1]
    return [
        _row(day, entity_id, manifest.entities[entity_id].channel, seen[(day, entity_id)])
        for day, entity_id in sorted(seen)
    ]


def curves_of(records: Iterable[Performance], manifest: Manifest, calendar: TenantCalendar) -> Mapping[str, LagCurve]:
    """How late the conversions of each channel come, learned from how its platform's claims grew."""
    sights: dict[str, list[list[Sight]]] = {}
    for one in records:
        if _kind(one.source) != PLATFORM:
            continue
        for entity_id in _known(one, manifest):
            of_channel = sights.setdefault(manifest.entities[entity_id].channel, [])
            for day, looks in one.observations(entity_id, calendar.day_of).items():
                start = calendar.bounds(day)[0]
                of_channel.append([(age_at(start, look.until), look.figures.get("conversions", 0)) for look in looks])
    return {channel: learn(days) for channel, days in sights.items()}


def _known(record: Performance, manifest: Manifest) -> Iterator[str]:
    """The entities of a record that the manifest has, under the platform that it has them on."""
    for entity_id in record.known():
        entity = manifest.entities.get(entity_id)
        if entity is not None and record.source in (GA4, CRM, platform_source(entity.platform)):
            yield entity_id


def _kind(source: str) -> str:
    return source if source in (GA4, CRM) else PLATFORM


def _row(day: date, entity_id: str, channel: str, seen: Mapping[str, Observation]) -> EntityDay:
    platform = seen.get(PLATFORM)
    figures: Figures = {} if platform is None else platform.figures
    return EntityDay(
        day,
        entity_id,
        channel,
        spend=None if platform is None else int(figures.get("micros", 0)),
        clicks=figures.get("clicks", 0.0),
        impressions=figures.get("impressions", 0.0),
        platform=_counted(platform),
        ga4=_counted(seen.get(GA4)),
        crm=_counted(seen.get(CRM)),
    )


def _counted(seen: Observation | None) -> Counted | None:
    if seen is None:
        return None
    figures = seen.figures
    return Counted(
        seen.until,
        figures.get("conversions", 0.0),
        int(figures.get("value", 0)),
        int(figures.get("first_user_value", 0)),
        figures.get("sessions", 0.0),
    )
