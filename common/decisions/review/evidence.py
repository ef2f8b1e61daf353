"""What a deep review looks at, and what one of its rules finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple

from common.decisions.facts import Facts
from common.decisions.kpi import Kpis, Yardstick, kpis
from common.decisions.lag import LagCurve
from common.domain.change import Proposal, Reason
from common.domain.figures import PartFigures
from common.domain.kpi import KpiReading
from common.domain.manifest import Entity
from common.domain.track_days import EntityDay, TrackDays

WINDOW = timedelta(days=30)
"""Over which a bid, an audience or an ad is judged: until yesterday."""


class Found(NamedTuple):
    """What a rule wants; and for every entity that it looked at and left alone, why."""

    proposals: tuple[Proposal, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """One track as a review sees it: live state and spend, the recorded days, what is inside the campaigns."""

    facts: Facts
    days: TrackDays
    """All recorded days, from four weeks before the flight to yesterday."""
    curves: Mapping[str, LagCurve] = field(default_factory=dict[str, LagCurve])
    """By channel, how late its conversions come."""
    geos: Mapping[str, tuple[PartFigures, ...]] = field(default_factory=dict[str, tuple[PartFigures, ...]])
    """By campaign, its geos over the window; a campaign that is absent was not answered for."""
    ads: Mapping[str, PartFigures] = field(default_factory=dict[str, PartFigures])
    """By the entity id of an ad, its figures over the window."""

    @cached_property
    def yardstick(self) -> Yardstick:
        """What the track is measured by."""
        return Yardstick.of(self.facts.tenant, self.facts.slice)

    @cached_property
    def recent(self) -> Kpis:
        """The KPI of the track and of its channels over the window."""
        return kpis(self._window, self.yardstick, self.curves, self.facts.calendar)

    def reading(self, entity: Entity) -> KpiReading | None:
        """The KPI of one entity over the window; `None` where nothing of it is recorded."""
        return self._readings.get(entity.entity_id)

    @cached_property
    def _readings(self) -> Mapping[str, KpiReading | None]:
        window, rows = self._window, dict[str, list[EntityDay]]()
        for row in window.rows:
            rows.setdefault(row.entity_id, []).append(row)
        days = {name: TrackDays(window.since, window.until, window.source, tuple(of)) for name, of in rows.items()}
        return {name: kpis(of, self.yardstick, self.curves, self.facts.calendar).track for name, of in days.items()}

    @cached_property
    def _window(self) -> TrackDays:
        until = self.facts.today - timedelta(days=1)
        since = until - WINDOW + timedelta(days=1)
        rows = tuple(row for row in self.days.rows if since <= row.day <= until)
        return TrackDays(since, until, self.days.source, rows)
