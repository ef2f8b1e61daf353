"""The events of a scenario: what goes wrong in the market, where and from when until when.

`at` and `until` are whole hours on the tenant's clock, `until` exclusive; without it the event lasts to the end of the
flight.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, NaiveDatetime, model_validator

from common.domain.model import Frozen, Id
from sandbox.curves import NotNegative, Positive

Factor = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


def _whole_hour(instant: datetime) -> datetime:
    if instant.minute or instant.second or instant.microsecond:
        raise ValueError("must be a whole local hour, such as 2026-03-20T14:00")
    return instant


LocalHour = Annotated[NaiveDatetime, AfterValidator(_whole_hour)]


class Moment(Frozen):
    """An event with a start; what it starts stays."""

    at: LocalHour


def _check_order(at: datetime, until: datetime | None) -> None:
    if until is not None and until <= at:
        raise ValueError(f"ends at {until:%Y-%m-%dT%H:%M}, not after it starts at {at:%Y-%m-%dT%H:%M}")


class Lasting(Moment):
    """An event that may end before the flight does."""

    until: LocalHour | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _check_order(self.at, self.until)
        return self


class Window(Moment):
    """An event that says when it ends."""

    until: LocalHour

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _check_order(self.at, self.until)
        return self


class OnChannel(Frozen):
    """Names a channel of every track that has it, or of one track."""

    channel: Id
    track_id: Id | None = None


class LevelShift(Lasting, OnChannel):
    """Conversions for the same spend multiply."""

    kind: Literal["level_shift"]
    factor: Factor


class DemandShift(Lasting, OnChannel):
    """What the channel could spend multiplies."""

    kind: Literal["demand_shift"]
    factor: Factor


class SpendRunaway(Window, OnChannel):
    """The platform spends `factor` times the budget, whatever demand, draws and overdelivery say."""

    kind: Literal["spend_runaway"]
    factor: Factor


class CpcSpike(Window, OnChannel):
    """Clicks get dearer; conversions do not change."""

    kind: Literal["cpc_spike"]
    factor: Positive


class TrackingOutage(Window):
    """Things happen, but the source does not see them."""

    kind: Literal["tracking_outage"]
    source: Literal["ga4", "platform"]
    channel: Id | None = None
    track_id: Id | None = None


class Ga4Divergence(Window, OnChannel):
    """The platform claims that many times more conversions."""

    kind: Literal["ga4_divergence"]
    factor: Factor


class Ga4Disconnect(Moment):
    """The tenant loses GA4."""

    kind: Literal["ga4_disconnect"]


class Ga4Connect(Moment):
    """The tenant gains GA4, past data included. Where it is the first of its kind, there was no GA4 before."""

    kind: Literal["ga4_connect"]


class CrmMatchDrop(Window):
    """For the uploads in the window, the match rate and the CRM's conversions multiply."""

    kind: Literal["crm_match_drop"]
    factor: Factor


class ExternalEdit(Moment, OnChannel):
    """Somebody changes the live daily budget by hand."""

    kind: Literal["external_edit"]
    daily_budget: NotNegative


ErrorMode = Literal["rate_limit", "unavailable", "timeout_after_apply", "partial"]


class PlatformError(Window):
    """Calls to the platform fail."""

    kind: Literal["platform_error"]
    platform: Id
    mode: ErrorMode


class PlanRevision(Moment):
    """The client approves the next version of the plan: new flight budgets for some channels of a track."""

    kind: Literal["plan_revision"]
    track_id: Id
    channels: Annotated[dict[Id, Positive], Field(min_length=1)]


class BudgetShift(Moment):
    """The client's agency asks to move money of the flight from one channel of a track to another."""

    kind: Literal["budget_shift"]
    track_id: Id
    channel: Id
    to: Id
    amount: Positive
    why: str = "The agency asks for it."

    @model_validator(mode="after")
    def _to_another(self) -> Self:
        if self.to == self.channel:
            raise ValueError(f"moves money from {self.channel} to itself")
        return self


Event = Annotated[
    LevelShift
    | DemandShift
    | SpendRunaway
    | CpcSpike
    | TrackingOutage
    | Ga4Divergence
    | Ga4Disconnect
    | Ga4Connect
    | CrmMatchDrop
    | ExternalEdit
    | PlatformError
    | PlanRevision
    | BudgetShift,
    Field(discriminator="kind"),
]
