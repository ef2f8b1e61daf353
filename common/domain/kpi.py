"""A KPI as it was read: never a number alone, but with its interval, its maturity and where it comes from."""

from datetime import date
from typing import Annotated

from pydantic import Field

from common.domain.model import Frozen
from common.domain.money import Micros
from common.domain.verticals import Metric

Ratio = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class KpiReading(Frozen):
    """A CPA in currency units or a ROAS as a plain ratio, over the days from `since` to `until` (inclusive)."""

    metric: Metric
    since: date
    until: date
    value: Ratio | None
    """`None`: there was nothing to divide by."""
    low: Ratio | None = None
    high: Ratio | None = None
    """Where it lies with 90% probability; `None` where that can't be said."""
    maturity: Annotated[float, Field(ge=0, le=1)] | None = None
    """The share of these days' conversions that should be visible by now."""
    changing: Annotated[int, Field(ge=0)] = 0
    """How many of these days GA4 had not settled when they were read: it may still change what it said of them."""
    source: str
    """`ga4`, `platform` or `crm`."""
    proxy: bool = False
    """It stands for what can't be measured itself (tourism): always labelled so."""
    spend: Micros
    conversions: Ratio
    target: Ratio | None = None
