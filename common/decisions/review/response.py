"""What each channel's money brings: learned day by day from few conversions, with the plan as prior knowledge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from common.decisions.review.evidence import Evidence
from common.domain.change import Reason


class Estimate(NamedTuple):
    """A value with the interval that holds it with 90%."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ChannelResponse:
    """One channel's response to money, around what it spends now.

    What it brings is in the KPI's own unit: conversions, or value in units of the currency.
    """

    entity_id: str
    channel: str
    daily: float
    """Micros a day that it spends now, taken evenly over the week."""
    brings: Estimate
    """A day, at that spend."""
    marginal: Estimate
    """What one more unit of the currency a day brings a day, at that spend."""
    curvature: float
    """How the marginal falls: its elasticity to spend, at that spend; 0 where it does not fall."""
    reachable: float | None = None
    """The most micros a day that its demand lets it spend; `None` where it was never seen to bind."""


@dataclass(frozen=True, slots=True)
class Responses:
    """By entity id; an entity of which nothing could be learned is absent and has its reason."""

    channels: Mapping[str, ChannelResponse] = field(default_factory=dict[str, ChannelResponse])
    reasons: tuple[Reason, ...] = ()


def learn(evidence: Evidence) -> Responses:
    """What the recorded days say about each channel's money."""
    reasons = (Reason(code="response_unknown", entity_id=name) for name in sorted(evidence.facts.manifest.entities))
    return Responses(reasons=tuple(reasons))
