"""How fast a channel's returns fall, before its own days say so: from what the plan gives to whom.

Who planned the money gave it to where it still pays, so a channel that returns more than the others of its track is
nearer to saturation; and so is one that gets more money than the others. The logarithm of the elasticity at the planned
spend is normal, with a mean that goes with both. `docs/allocation.md` says where the numbers are from.
"""

from collections.abc import Mapping, Sequence
from math import exp, fsum, log

from common.decisions.review.response_days import Recorded
from common.decisions.review.response_filter import ELASTICITIES, Cell

_MIDDLE = log(0.6)
_SPREAD = 0.22
"""Standard deviation."""
_BY_RETURN, _BY_SIZE = -0.3, -0.25
"""By the logarithms of its return and of its planned spend, against the means over the track."""


def with_prior(known: Mapping[str, Recorded], cells: Mapping[str, Sequence[Cell]]) -> dict[str, list[Cell]]:
    """The cells of a track's entities, which the days alone have weighed, with this prior knowledge."""
    returns = {name: log(_level(cells[name]) * one.scale / one.reference) for name, one in known.items()}
    sizes = {name: log(one.reference) for name, one in known.items()}
    middle, size = (fsum(one.values()) / len(one) for one in (returns, sizes))
    return {
        name: _weighed(cells[name], _MIDDLE + _BY_RETURN * (returns[name] - middle) + _BY_SIZE * (sizes[name] - size))
        for name in known
    }


def _level(cells: Sequence[Cell]) -> float:
    return fsum(cell.weight * cell.level for cell in cells)


def _weighed(cells: Sequence[Cell], middle: float) -> list[Cell]:
    prior = {one: exp(-0.5 * ((log(one) - middle) / _SPREAD) ** 2) for one in ELASTICITIES}
    weights = [cell.weight * prior[cell.elasticity] for cell in cells]
    total = fsum(weights)
    if total <= 0:
        return list(cells)
    return [cell._replace(weight=weight / total) for cell, weight in zip(cells, weights, strict=True)]
