"""The media plan: the contract for spend that the client approved. A version never changes: a change is the next."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from common.domain.calendar import Flight, Instant
from common.domain.canonical import digest
from common.domain.model import Frozen, Id, Name
from common.domain.money import Currency, Micros
from common.domain.verticals import Kpi


class Period(Frozen):
    """Part of a flight (a calendar month, say) with a budget of its own; dates inclusive."""

    start: date
    end: date
    budget: Micros


class PlanChannel(Frozen):
    """A line of the plan."""

    channel: Id
    platform: Id
    budget: Micros
    """For the whole flight."""
    max_budget: Micros | None = None
    """The channel's own cap; without one a shift may take it over `budget`, which is what drift measures."""
    periods: tuple[Period, ...] = ()


class PlanTrack(Frozen):
    """A track's slice of the plan."""

    track_id: Name
    kpi: Kpi | None = None
    channels: Annotated[tuple[PlanChannel, ...], Field(min_length=1)]

    @property
    def budget(self) -> int:
        """What the track may spend over the flight, in micros."""
        return sum(line.budget for line in self.channels)

    def line(self, channel: str) -> PlanChannel | None:
        """The plan's line for a channel; `None` where the plan has none."""
        return next((line for line in self.channels if line.channel == channel), None)


class MediaPlan(Frozen):
    """`tenants/{t}/plans/{p}/versions/{n}`: one immutable version of the master plan, with a slice for each track."""

    tenant_id: Name
    plan_id: Id
    version: Annotated[int, Field(ge=1)]
    currency: Currency
    flight: Flight
    master_cap: Micros
    """The most that all tracks together may be allocated."""
    tracks: Annotated[tuple[PlanTrack, ...], Field(min_length=1)]
    approved_by: str
    approved_at: Instant
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        faults = [*_repeated(self.tracks), *_over_cap(self)]
        for track in self.tracks:
            for line in track.channels:
                faults += [f"{track.track_id}.{line.channel}: {what}" for what in _line_faults(line, self.flight)]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def slice(self, track_id: str) -> PlanTrack:
        """The slice of one track.

        Raises:
            KeyError: the plan has no such track.
        """
        for track in self.tracks:
            if track.track_id == track_id:
                return track
        raise KeyError(f"plan {self.plan_id} v{self.version} has no track {track_id}")

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON: what an approver signs."""
        return digest(self.body())


def _repeated(tracks: tuple[PlanTrack, ...]) -> list[str]:
    names = [track.track_id for track in tracks]
    faults = [f"track {name} appears more than once" for name in sorted({n for n in names if names.count(n) > 1})]
    for track in tracks:
        lines = [line.channel for line in track.channels]
        faults += [
            f"{track.track_id}: channel {name} appears more than once"
            for name in sorted({n for n in lines if lines.count(n) > 1})
        ]
    return faults


def _over_cap(plan: MediaPlan) -> list[str]:
    total = sum(track.budget for track in plan.tracks)
    if total <= plan.master_cap:
        return []
    return [f"budgets add up to {total} micros, over the master cap of {plan.master_cap}"]


def _line_faults(line: PlanChannel, flight: Flight) -> list[str]:
    faults: list[str] = []
    if line.max_budget is not None and line.max_budget < line.budget:
        faults.append(f"max_budget {line.max_budget} is under the budget {line.budget}")
    if not line.periods:
        return faults
    expected = flight.start
    for period in line.periods:
        if period.end < period.start:
            faults.append(f"the period from {period.start} ends before it starts")
        if period.start != expected:
            faults.append(f"a period should start on {expected}, not on {period.start}: periods cover the flight")
        expected = date.fromordinal(period.end.toordinal() + 1)
    if line.periods[-1].end != flight.end:
        faults.append(f"the last period ends on {line.periods[-1].end}, the flight on {flight.end}")
    total = sum(period.budget for period in line.periods)
    if total != line.budget:
        faults.append(f"its periods add up to {total} micros, its budget is {line.budget}")
    return faults
