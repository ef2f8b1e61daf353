"""What a track's detectors and learners remember between ticks, and the reasons of the day."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from common.domain.calendar import Instant
from common.domain.change import Reason
from common.domain.model import Frozen, Id


class Freeze(Frozen):
    """Increases are frozen, since when and why: a safeguard that was entered and not left."""

    code: Id
    since: Instant
    channel: Id | None = None
    """`None`: the whole track."""
    measured: float | None = None
    limit: float | None = None
    """What was measured when it was entered, and the limit it met, in the unit of the code."""
    person: bool = False
    """A person decides on each increase; else nobody can."""

    @property
    def reason(self) -> Reason:
        """Why, as a coded reason."""
        return Reason(code=self.code, measured=self.measured, limit=self.limit)


class Thawed(Frozen):
    """A freeze that was left: what was seen under it does not teach what is usual."""

    code: Id
    channel: Id | None = None
    since: Instant
    until: Instant


class FoldedReason(Frozen):
    """The same reason for the same entity on one day, counted, with what was last measured."""

    entity_id: Id
    reason: Reason
    count: Annotated[int, Field(ge=1)]
    first: Instant
    last: Instant


class Rest(Frozen):
    """Until when a check has nothing to judge, for all tracks of a message; the first of them keeps it."""

    tracks: tuple[Id, ...]
    until: Instant
    """When the first of their sources may have something new, an hour after the check at the most."""


class TrackState(Frozen):
    """`tenants/{t}/state/{track}`."""

    tenant_id: Id
    track_id: Id
    windows: dict[str, Instant] = {}
    """By cadence, the last window that was finished."""
    freezes: tuple[Freeze, ...] = ()
    thawed: tuple[Thawed, ...] = ()
    """Those that were left lately."""
    pacing: dict[Id, Any] = {}
    """By entity, what pacing has learned and observed."""
    ratios: dict[Id, float] = {}
    """By channel, how many conversions (or how much of their value) its platform claims for each one of GA4's."""
    watching: dict[str, Any] = {}
    """What the watch over spend, prices and tracking remembers."""
    rest: Rest | None = None
    """Until when the checks of this track's message only note what GA4's realtime shows. `None`: they judge."""
    troubles: dict[str, Instant] = {}
    """What is noted in connections of sources that a person must mend: source and code with a space between, and when
    that was made sure of last."""
    reasons_day: date | None = None
    reasons: tuple[FoldedReason, ...] = ()
