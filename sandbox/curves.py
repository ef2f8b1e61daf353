"""Response curves: the mean conversions of a day by that day's effective spend, in currency units, at level 1."""

from bisect import bisect_right
from math import exp, log, log1p
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from common.domain.model import Frozen

Positive = Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Adstock = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
"""The share of a day's effective spend that still works on the next day."""


class Hill(Frozen):
    """`top * s^shape / (half^shape + s^shape)`: saturates at `top`; S-shaped where `shape` is over 1."""

    kind: Literal["hill"]
    top: NotNegative
    half: Positive
    shape: Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)]
    adstock: Adstock = 0.0

    def conversions(self, spend: float) -> float:
        """Mean conversions of a day with this effective spend."""
        if spend <= 0:
            return 0.0
        # (half / s)^shape by its logarithm, which a tiny spend can't overflow.
        return self.top / (1 + exp(min(700.0, self.shape * log(self.half / spend))))


class Log(Frozen):
    """`scale * ln(1 + s / half)`."""

    kind: Literal["log"]
    scale: NotNegative
    half: Positive
    adstock: Adstock = 0.0

    def conversions(self, spend: float) -> float:
        """Mean conversions of a day with this effective spend."""
        return self.scale * log1p(spend / self.half)


class Power(Frozen):
    """`scale * s^exponent`."""

    kind: Literal["power"]
    scale: NotNegative
    exponent: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)]
    adstock: Adstock = 0.0

    def conversions(self, spend: float) -> float:
        """Mean conversions of a day with this effective spend."""
        return self.scale * spend**self.exponent


class Table(Frozen):
    """Straight lines between measured points, from nothing at zero spend where the table starts later; flat after the
    last point.
    """

    kind: Literal["table"]
    spend: Annotated[tuple[NotNegative, ...], Field(min_length=1)]
    conversions_: Annotated[tuple[NotNegative, ...], Field(min_length=1, alias="conversions")]
    adstock: Adstock = 0.0

    @model_validator(mode="after")
    def _is_a_curve(self) -> Self:
        if len(self.spend) != len(self.conversions_):
            raise ValueError(f"has {len(self.spend)} values of spend but {len(self.conversions_)} of conversions")
        if any(later <= earlier for earlier, later in zip(self.spend, self.spend[1:], strict=False)):
            raise ValueError("spend must rise from point to point")
        if any(later < earlier for earlier, later in zip(self.conversions_, self.conversions_[1:], strict=False)):
            raise ValueError("conversions must not fall from point to point")
        return self

    def conversions(self, spend: float) -> float:
        """Mean conversions of a day with this effective spend."""
        right = bisect_right(self.spend, spend)
        if right == len(self.spend):
            return self.conversions_[-1]
        left_spend, left = (self.spend[right - 1], self.conversions_[right - 1]) if right else (0.0, 0.0)
        share = (spend - left_spend) / (self.spend[right] - left_spend)
        return left + share * (self.conversions_[right] - left)


Curve = Annotated[Hill | Log | Power | Table, Field(discriminator="kind")]
