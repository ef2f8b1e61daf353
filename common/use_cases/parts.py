"""What is inside a track's campaigns: their geos and ads, as their platforms report them up to yesterday."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from common.domain.calendar import TenantCalendar
from common.domain.change import Reason
from common.domain.figures import PartFigures
from common.domain.manifest import Entity, EntityKind, Manifest
from common.ports.ad_platform import PartsReport, PlatformUnavailable
from common.use_cases.calls import refs_of
from common.use_cases.day_sources import bearing_budgets
from common.use_cases.load import LoadedTrack
from common.use_cases.ports import Ports


class Parts(NamedTuple):
    """The geos by campaign, the ads by entity id; and which platforms did not answer."""

    geos: Mapping[str, tuple[PartFigures, ...]]
    ads: Mapping[str, PartFigures]
    reasons: tuple[Reason, ...] = ()


def parts_of(ports: Ports, loaded: LoadedTrack, since: date) -> Parts:
    """Ask each platform for the days from `since` to yesterday. One that does not answer leaves its parts out."""
    manifest = loaded.manifest.value
    yesterday = TenantCalendar.of(loaded.tenant.time_zone).day_of(ports.clock.now()) - timedelta(days=1)
    campaigns = [one for one in bearing_budgets(manifest) if one.kind is EntityKind.CAMPAIGN]
    geos: dict[str, tuple[PartFigures, ...]] = {}
    ads: dict[str, PartFigures] = {}
    silent: list[str] = []
    for name in sorted({one.platform for one in campaigns}):
        refs = refs_of(one for one in campaigns if one.platform == name)
        platform = ports.platforms(manifest.tenant_id, name)
        try:
            by_geo = platform.geos(refs, since, yesterday, timeout=ports.timeout)
            by_ad = platform.ads(refs, since, yesterday, timeout=ports.timeout)
        except PlatformUnavailable:
            silent.append(name)
            continue
        geos |= by_geo
        ads |= _known(by_ad, _ads(manifest, name))
    return Parts(geos, ads, tuple(Reason(code="parts_silent", measured=name) for name in silent))


def _ads(manifest: Manifest, platform: str) -> Iterable[Entity]:
    return (one for one in manifest.entities.values() if one.kind is EntityKind.AD and one.platform == platform)


def _known(report: PartsReport, ads: Iterable[Entity]) -> dict[str, PartFigures]:
    """The figures of the ads that the manifest has, by entity id: others are none of ours."""
    shown = {part.part: part for parts in report.values() for part in parts}
    return {ad.entity_id: shown[ad.external_id] for ad in ads if ad.external_id in shown}
