"""Drift: how far a track's live allocations have moved from the plan that the client approved, and through what."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from common.domain.calendar import Instant
from common.domain.kpi import KpiReading
from common.domain.model import Frozen, Id, Name
from common.domain.money import Micros, SignedMicros


class Standing(StrEnum):
    """How a channel stands to the plan."""

    PLANNED = "planned"
    UNPLANNED = "unplanned"
    """It has money, but no budget in the plan: over any threshold."""
    UNUSED = "unused"
    """It has neither: a line of zero, or entities whose channel was dropped from the plan and left without money."""
    MISSING = "missing"
    """The plan has money for it, but nothing live bears a budget there."""


class Direction(StrEnum):
    """Where the track's money as a whole has gone, against the plan."""

    NONE = "none"
    UP = "up"
    DOWN = "down"
    BETWEEN = "between"
    """The total is the plan's; channels took from one another."""


class CauseKind(StrEnum):
    """What moved a channel's money."""

    START = "start"
    """It was allocated so when the plan version became active."""
    CHANGE_SET = "change_set"
    EXTERNAL_CHANGE = "external_change"


class Cause(Frozen):
    """One step that moved a channel's allocations away from the plan, or back."""

    kind: CauseKind
    seq: Annotated[int, Field(ge=0)]
    """Of its log entry."""
    at: Instant
    change_set_id: Id | None
    by: str
    why: str
    amount: SignedMicros
    share: float | None
    """Of the channel's delta, 1.0 for all of it; steps back have negative ones. `None` where the delta is zero."""


class ChannelDrift(Frozen):
    """One channel: the plan's budget and the sum of its live allocations, in micros."""

    channel: Id
    standing: Standing
    in_plan: bool
    """The plan has a line for it."""
    paused: bool = False
    """Nothing of it is enabled."""
    plan: Micros
    live: Micros
    delta: SignedMicros
    """`live` - `plan`."""
    percent: float | None
    """Of the plan's budget, signed; `None` where that is zero."""
    spent: Micros = 0
    """Visible, in the flight to date."""
    kpi: KpiReading | None = None
    """Since the plan version became active."""
    causes: tuple[Cause, ...] = ()
    """Oldest first; they add up to `delta` exactly."""


class Drift(Frozen):
    """How far one track is from plan version `plan_version`."""

    track_id: Name
    plan_id: Id
    plan_version: Annotated[int, Field(ge=1)]
    revision: Annotated[int, Field(ge=0)]
    """The manifest's."""
    score: float | None
    """`max over channels of |live - plan| / plan`; `None` where a channel without a plan budget has money."""
    planned_score: float
    """The same over the channels that have a plan budget."""
    threshold: float
    over: bool
    direction: Direction
    unplanned: tuple[Id, ...] = ()
    channels: tuple[ChannelDrift, ...]
    """By name."""

    @property
    def unplanned_money(self) -> int:
        """Micros allocated to channels without a plan budget."""
        return sum(one.live for one in self.channels if one.standing is Standing.UNPLANNED)
