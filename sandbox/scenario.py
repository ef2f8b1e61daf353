"""The scenario file: a tenant, its plan, and the simulated market that the plan meets.

Money is in whole currency units, as in the file; days and hours are the tenant's.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, ValidationError

from common.domain.calendar import Flight, TimeZone
from common.domain.errors import Fault, InvalidInput
from common.domain.guardrails import Guardrails
from common.domain.model import Frozen, Id, faults_of
from common.domain.money import Currency
from common.domain.verticals import VERTICALS, Kpi, Metric, Vertical
from sandbox.consistency import inconsistencies
from sandbox.curves import Curve, NotNegative, Positive
from sandbox.events import Event

T = TypeVar("T")

DEFAULT_HOURS: tuple[float, ...] = (
    *(0.5, 0.35, 0.25, 0.2, 0.2, 0.3, 0.5, 0.8, 1.1, 1.3, 1.4, 1.4),
    *(1.35, 1.3, 1.3, 1.3, 1.3, 1.35, 1.4, 1.5, 1.5, 1.3, 1.0, 0.7),
)
"""How a day's money spreads over its 24 hours where a channel does not say."""

_TAG = re.compile(r"(^events\.\d+|\.curve)\.\w+")
"""A kind that pydantic puts into the path of a fault, where the file has none."""

Budget = Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)]
Spread = Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)]
"""A coefficient of variation."""
ByWeekday = Annotated[tuple[NotNegative, ...], Field(min_length=7, max_length=7)]
"""Monday first."""
ByHour = Annotated[tuple[NotNegative, ...], Field(min_length=24, max_length=24)]
Parts = Annotated[int, Field(ge=1, le=1000)]


def _not_empty(items: tuple[T, ...]) -> tuple[T, ...]:
    """Unlike a least length, this has no fault of its own to add where the items have some."""
    if not items:
        raise ValueError("must have at least one")
    return items


class Bid(Frozen):
    """How demand (`volume`) and conversions (`efficiency`) answer to a bid target other than `target`."""

    target: Positive
    volume: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
    efficiency: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]


class LagDays(Frozen):
    """Whole days from a click to its conversion: P(k) ∝ exp(-k / mean), k = 0 .. max - 1."""

    mean: Annotated[float, Field(gt=0, le=365, allow_inf_nan=False)]
    max: Annotated[int, Field(ge=1, le=365)]


Chance = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
"""That a source sees a conversion; above 1 the fraction is counted twice."""


class SeenBy(Frozen):
    """How much of what happens each source sees."""

    ga4: Chance
    platform: Chance
    crm: Chance


class ByDay(Frozen):
    """A value for each day of the flight: `demand` takes the channel's place, `level` multiplies."""

    demand: tuple[NotNegative, ...]
    level: tuple[NotNegative, ...]


class Period(Frozen):
    """Part of the flight with a budget of its own; dates inclusive."""

    start: date
    end: date
    budget: NotNegative


class Channel(Frozen):
    """A line of the plan, and the market it meets."""

    channel: Id
    platform: Id
    plan_budget: Budget
    periods: tuple[Period, ...] = ()
    curve: Curve
    value_per_conversion: NotNegative
    weekday: ByWeekday
    hour: ByHour | None
    demand: NotNegative
    """What the channel could spend on a day."""
    demand_noise: Spread
    demand_weekday: ByWeekday | None = None
    overdelivery: Annotated[float, Field(ge=1, le=10, allow_inf_nan=False)]
    noise: Spread
    hour_noise: Spread
    level_drift: Annotated[float, Field(gt=-1, le=1, allow_inf_nan=False)]
    cpc: Positive
    ctr: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
    sessions_per_click: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    bid: Bid | None = None
    reporting_delay_hours: Annotated[int, Field(ge=0, le=72)]
    native_cap: bool
    lag_days: LagDays
    seen_by: SeenBy
    ads: Parts
    geos: Parts
    by_day: ByDay | None = None

    @property
    def hour_weights(self) -> tuple[float, ...]:
        """The weight of each hour of the day."""
        return DEFAULT_HOURS if self.hour is None else self.hour


class Interaction(Frozen):
    """Spend of one channel lifts the conversions of another."""

    source: Id = Field(alias="from")
    target: Id = Field(alias="to")
    strength: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]


class Track(Frozen):
    """A slice of the plan."""

    track_id: Id
    kpi: Kpi | None = None
    channels: Annotated[tuple[Channel, ...], AfterValidator(_not_empty)]
    interaction: Interaction | None = None


class Scenario(Frozen):
    """The whole file."""

    name: Id
    seed: int
    timezone: TimeZone
    currency: Currency
    vertical: Vertical
    flight: Flight
    history_days: Annotated[int, Field(ge=0, le=730)]
    master_cap: Budget
    guardrails: Guardrails
    tracks: Annotated[tuple[Track, ...], AfterValidator(_not_empty)]
    events: tuple[Event, ...] = ()

    def lines(self) -> Iterator[tuple[str, Track, Channel]]:
        """Every channel with its entity's name, `track/channel`, and its track."""
        for track in self.tracks:
            for channel in track.channels:
                yield f"{track.track_id}/{channel.channel}", track, channel

    def metric(self, track: Track) -> Metric:
        """What a track's bid targets mean."""
        return track.kpi.metric if track.kpi else VERTICALS[self.vertical].metric

    @property
    def counts_value(self) -> bool:
        """Whether a conversion counts by its value or as one."""
        return VERTICALS[self.vertical].counts_value


def load_scenario(path: str | Path) -> Scenario:
    """Read a scenario file.

    Raises:
        InvalidInput: the file has faults; all of them are listed.
        OSError: the file can't be read.
    """
    return parse_scenario(Path(path).read_bytes(), subject=f"scenario {path}")


def parse_scenario(source: str | bytes | Mapping[str, Any], subject: str = "the scenario") -> Scenario:
    """Read a scenario from JSON text, or from what such text parses to.

    Raises:
        InvalidInput: it has faults; all of them are listed.
    """
    text = json.dumps(source) if isinstance(source, Mapping) else source
    faults: list[Fault] = []
    scenario: Scenario | None = None
    try:
        scenario = Scenario.model_validate_json(text, strict=True)
    except ValidationError as error:
        faults += [Fault(_TAG.sub(r"\1", fault.where), fault.what) for fault in faults_of(error)]
    faults += inconsistencies(text)
    if faults or scenario is None:
        raise InvalidInput(subject, faults)
    return scenario
