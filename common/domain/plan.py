"""The media plan: the contract for spend that the client approved. A version never changes: a change is the next."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self, cast

from pydantic import Field, ModelWrapValidatorHandler, computed_field, model_validator

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


class PlanTerms(Frozen):
    """What a version of the master plan says, with a slice for each track: approved, or still a draft."""

    tenant_id: Name
    plan_id: Id
    version: Annotated[int, Field(ge=1)]
    currency: Currency
    flight: Flight
    master_cap: Micros
    """The most that all tracks together may be allocated."""
    tracks: Annotated[tuple[PlanTrack, ...], Field(min_length=1)]
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


class MediaPlan(PlanTerms):
    """`tenants/{t}/plans/{p}/versions/{n}`: one immutable version of the master plan, with its digest."""

    approved_by: str
    approved_at: Instant

    @computed_field
    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of everything else: what an approver signs."""
        return digest(self.model_dump(mode="json", exclude={"digest"}))

    @property
    def terms(self) -> PlanTerms:
        """What it says, without who approved it: what the next version's terms are made of."""
        return PlanTerms(**{name: getattr(self, name) for name in PlanTerms.model_fields})

    @model_validator(mode="wrap")
    @classmethod
    def _as_approved(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """The digest is made anew; a document that names another one is not what was approved."""
        if not isinstance(data, Mapping):
            return handler(data)
        said = cast("Mapping[str, Any]", data)
        plan = handler({key: value for key, value in said.items() if key != "digest"})
        if said.get("digest", plan.digest) != plan.digest:
            raise ValueError(
                f"is not what was approved: its digest is {plan.digest}, not {said['digest']};"
                " a version that is still to be approved has none"
            )
        return plan


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


def _over_cap(plan: PlanTerms) -> list[str]:
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
