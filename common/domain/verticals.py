"""What each vertical optimizes for: the KPI, the GA4 event behind it and how it is computed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from common.domain.model import Frozen


class Vertical(StrEnum):
    """A tenant's line of business."""

    HEALTH = "health"
    SCHOOLS = "schools"
    ECOMMERCE = "ecommerce"
    TOURISM = "tourism"
    CUSTOM = "custom"


class Metric(StrEnum):
    """A KPI: cost per acquisition (lower is better) or return on ad spend (higher is better)."""

    CPA = "cpa"
    ROAS = "roas"


class Kpi(Frozen):
    """A track's target: a CPA in currency units, or a ROAS as a plain ratio."""

    metric: Metric
    target: Annotated[float, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class VerticalDefaults:
    """Where a vertical's KPI comes from. A proxy is always labelled as one."""

    metric: Metric
    ga4_event: str | None
    proxy: bool = False
    counts_value: bool = False


VERTICALS: dict[Vertical, VerticalDefaults] = {
    Vertical.HEALTH: VerticalDefaults(Metric.CPA, "book_appointment"),
    Vertical.SCHOOLS: VerticalDefaults(Metric.CPA, "sign_up"),
    Vertical.ECOMMERCE: VerticalDefaults(Metric.ROAS, "purchase", counts_value=True),
    Vertical.TOURISM: VerticalDefaults(Metric.ROAS, None, proxy=True, counts_value=True),
    Vertical.CUSTOM: VerticalDefaults(Metric.CPA, None),
}
