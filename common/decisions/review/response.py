"""What each channel's money brings: learned day by day from few conversions, with the plan as prior knowledge."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, fsum, log, sqrt
from typing import NamedTuple

from common.decisions.kpi import Z
from common.decisions.review.demand import reachable
from common.decisions.review.evidence import Evidence
from common.decisions.review.response_days import Recorded, recorded, usual_ratio
from common.decisions.review.response_filter import Cell, brings, filtered, marginal
from common.decisions.review.response_prior import with_prior
from common.domain.change import Reason
from common.domain.manifest import Entity
from common.domain.money import MICROS

_LEAST = 0.02
"""Of the reference spend: a channel that may spend less than this is judged as if it might spend so much."""
_NEARBY = 1.1
"""Where else the marginal is looked at, as a multiple of the present spend, to see how it falls."""


class Estimate(NamedTuple):
    """A value with the interval that holds it with 90%."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, mean: float, second: float) -> "Estimate":
        """The log-normal with this mean and second moment."""
        spread = Z * sqrt(max(0.0, log(second / mean**2)))
        return cls(mean, mean * exp(-spread), mean * exp(spread))

    def times(self, factor: float) -> "Estimate":
        """In another unit."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class ChannelResponse:
    """One channel's response to money, around what it may spend now.

    What it brings is in the KPI's own unit: conversions, or value in units of the currency.
    """

    entity_id: str
    channel: str
    daily: float
    """Micros a day: what is unspent of its allocation, evenly over the days left."""
    brings: Estimate
    """A day, at that spend."""
    marginal: Estimate
    """What one more unit of the currency a day brings a day, at that spend."""
    curvature: float
    """How the marginal falls: its elasticity to spend, at that spend; 0 where it does not fall."""
    reachable: float | None = None
    """The most micros a day that its demand lets it spend; `None` while that does not bind."""
    at_least: float = 0.0
    """Micros a day: where it may spend less than this, what it brings and would bring is that of this much."""


@dataclass(frozen=True, slots=True)
class Responses:
    """By entity id; an entity of which nothing could be learned is absent and has its reason."""

    channels: Mapping[str, ChannelResponse] = field(default_factory=dict[str, ChannelResponse])
    reasons: tuple[Reason, ...] = ()


def learn(evidence: Evidence) -> Responses:
    """What the recorded days, which are `sound`, say about each channel's money."""
    facts = evidence.facts
    bearing = [one for _, one in sorted(facts.manifest.entities.items()) if one.allocation is not None]
    of_track = usual_ratio(evidence)
    seen = {one.entity_id: recorded(one, evidence, of_track) for one in bearing if one.entity_id in facts.spend}
    known = {name: one for name, one in seen.items() if one is not None}
    usual = _usual_return(known.values())
    if usual <= 0:
        return Responses(reasons=tuple(_unknown(one) for one in bearing))
    cells = {name: filtered(one.days, usual * one.reference / one.scale) for name, one in known.items()}
    learned = with_prior(known, cells)
    channels = {
        one.entity_id: _response(one, known[one.entity_id], learned[one.entity_id], evidence)
        for one in bearing
        if one.entity_id in known
    }
    return Responses(channels, tuple(_unknown(one) for one in bearing if one.entity_id not in known))


def _unknown(entity: Entity) -> Reason:
    return Reason(code="response_unknown", entity_id=entity.entity_id)


def _usual_return(known: Iterable[Recorded]) -> float:
    """What a micro brings in the track as a whole, as far as it is visible by now."""
    spent = worth = 0.0
    for one in known:
        spent += fsum(day.spend * day.exposure for day in one.days) * one.reference
        worth += fsum(day.claimed for day in one.days) * one.scale
    return worth / spent if spent > 0 else 0.0


def _response(entity: Entity, known: Recorded, cells: Sequence[Cell], evidence: Evidence) -> ChannelResponse:
    facts = evidence.facts
    unspent = (entity.allocation or 0) - facts.spend[entity.entity_id].most
    daily = max(0.0, unspent / max(1, facts.days_left()))
    at = max(_LEAST, daily / known.reference)
    worth = _estimate(cells, [brings(cell.elasticity, at) for cell in cells])
    slope = _estimate(cells, [marginal(cell.elasticity, at) for cell in cells])
    nearby = _estimate(cells, [marginal(cell.elasticity, at * _NEARBY) for cell in cells])
    return ChannelResponse(
        entity.entity_id,
        entity.channel,
        daily,
        worth.times(known.scale),
        slope.times(known.scale * MICROS / known.reference),
        min(0.0, log(nearby.value / slope.value) / log(_NEARBY)),
        reachable(entity, evidence),
        _LEAST * known.reference,
    )


def _estimate(cells: Sequence[Cell], factors: Sequence[float]) -> Estimate:
    """Level x factor over the cells; a Gamma level's second moment is its mean's square x (1 + 1 / shape)."""
    values = [cell.level * factor for cell, factor in zip(cells, factors, strict=True)]
    mean = fsum(cell.weight * value for cell, value in zip(cells, values, strict=True))
    second = fsum(cell.weight * value**2 * (1 + 1 / cell.shape) for cell, value in zip(cells, values, strict=True))
    return Estimate.of(mean, second)
