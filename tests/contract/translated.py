"""A platform that is asked by the market's names, whatever its entities and geos are called outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from common.domain.change import Setting, Value
from common.domain.figures import DayFigures, DaysReport, FiguresReport, PartFigures
from common.domain.spend_report import SpendReport
from common.ports.ad_platform import ALL, AdPlatform, Answer, EntityRef, Live, PartsReport, PlatformChange, SomeSettings
from sandbox.live import ad_names, geo_names
from sandbox.world import World
from tests.contract.way import Reached


@dataclass(frozen=True, slots=True)
class Names:
    """What everything in a market is called outside, and back."""

    entities: Mapping[str, str]
    geos: Mapping[str, str]
    nowhere: str
    """For an entity that does not exist."""

    @classmethod
    def of(cls, world: World, reached: Reached, nowhere: str) -> "Names":
        """Of all campaigns, ads and geos of a world."""
        entities, geos = dict[str, str](), dict[str, str]()
        for line, known in world.market.lines.items():
            names = [line, *(f"{line}/{ad}" for ad in ad_names(known.channel))]
            entities.update((name, reached.entity_id(name)) for name in names)
            geos.update((geo, reached.geo_id(geo)) for geo in geo_names(known.channel))
        return cls(entities, geos, nowhere)

    def ref(self, ref: EntityRef) -> EntityRef:
        """An entity as it is called outside."""
        return replace(ref, external_id=self.entities.get(ref.external_id, self.nowhere))

    def out(self, setting: Setting, value: Value) -> Value:
        """A value with geos as they are called outside; one that does not exist keeps its name."""
        if setting is not Setting.EXCLUDED_GEOS or not isinstance(value, tuple):
            return value
        return tuple(self.geos.get(geo, geo) for geo in value)

    def back(self, setting: Setting, value: Value) -> Value:
        """The same the other way, in order of the market's names."""
        if setting is not Setting.EXCLUDED_GEOS or not isinstance(value, tuple):
            return value
        return tuple(sorted(_inverse(self.geos).get(geo, geo) for geo in value))


@dataclass(frozen=True, slots=True)
class Translated:
    """The platform, translated."""

    inner: AdPlatform
    names: Names

    def live(self, refs: Sequence[EntityRef], *, timeout: float, settings: SomeSettings = ALL) -> Mapping[str, Live]:
        """As the port says."""
        found = self.inner.live(self._out(refs), timeout=timeout, settings=settings)
        return {entity_id: replace(live, values=self._values(live)) for entity_id, live in found.items()}

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """As the port says."""
        return self.inner.apply(key, [self._change(change) for change in changes], timeout=timeout)

    def spend(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> SpendReport:
        """As the port says."""
        return self.inner.spend(self._out(refs), since, timeout=timeout)

    def figures(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> FiguresReport:
        """As the port says."""
        return self.inner.figures(self._out(refs), since, timeout=timeout)

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayFigures]:
        """As the port says."""
        return self.inner.days(self._out(refs), first, timeout=timeout)

    def geos(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """As the port says."""
        return _parts(self.inner.geos(self._out(refs), first, last, timeout=timeout), self.names.geos)

    def ads(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """As the port says."""
        return _parts(self.inner.ads(self._out(refs), first, last, timeout=timeout), self.names.entities)

    def _out(self, refs: Sequence[EntityRef]) -> list[EntityRef]:
        return [self.names.ref(ref) for ref in refs]

    def _values(self, live: Live) -> dict[Setting, Value]:
        return {setting: self.names.back(setting, value) for setting, value in live.values.items()}

    def _change(self, change: PlatformChange) -> PlatformChange:
        before, after = (self.names.out(change.setting, value) for value in (change.before, change.after))
        return PlatformChange(self.names.ref(change.ref), change.setting, before, after)


def _parts(report: PartsReport, names: Mapping[str, str]) -> PartsReport:
    back = _inverse(names)
    return {entity_id: tuple(_part(part, back) for part in parts) for entity_id, parts in report.items()}


def _part(part: PartFigures, back: Mapping[str, str]) -> PartFigures:
    return replace(part, part=back.get(part.part, part.part))


def _inverse(names: Mapping[str, Any]) -> dict[str, str]:
    return {outside: name for name, outside in names.items()}
