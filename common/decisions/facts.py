"""What a decision about a track may look at. Gathered by a use case; decisions read nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from common.domain.calendar import TenantCalendar
from common.domain.envelope import Envelope
from common.domain.manifest import Entity, Manifest
from common.domain.plan import MediaPlan, PlanChannel, PlanTrack
from common.domain.state import TrackState
from common.domain.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Spent:
    """An entity's spend in the flight, in micros."""

    visible: int
    """Reported so far."""
    unseen: int
    """Upper bound of what was spent but is not reported yet."""

    @property
    def most(self) -> int:
        """The most that may have been spent by now."""
        return self.visible + self.unseen


NOTHING_SPENT = Spent(0, 0)


@dataclass(frozen=True)
class Facts:
    """One track at one instant. `spend` lacks an entity whose platform did not answer: its spend is inconclusive."""

    now: datetime
    tenant: Tenant
    plan: MediaPlan
    manifest: Manifest
    state: TrackState
    spend: Mapping[str, Spent] = field(default_factory=dict[str, Spent])
    envelope: Envelope | None = None
    """Needed only where a proposal raises the track's total."""
    killed: bool = False
    """A kill switch is on, for everybody or for this tenant."""

    @cached_property
    def calendar(self) -> TenantCalendar:
        """The tenant's calendar."""
        return TenantCalendar.of(self.tenant.time_zone)

    @cached_property
    def today(self) -> date:
        """The tenant's date."""
        return self.calendar.day_of(self.now)

    @cached_property
    def slice(self) -> PlanTrack:
        """The track's slice of its active plan version."""
        return self.plan.slice(self.manifest.track_id)

    def line(self, entity: Entity) -> PlanChannel | None:
        """The plan's line for the entity's channel."""
        return self.slice.line(entity.channel)

    def days_left(self) -> int:
        """Days left in the flight, today included."""
        return self.plan.flight.days_left(self.today)
