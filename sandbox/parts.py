"""Inside a channel: the ads and geos that share its spend, each with a rate of its own."""

from collections.abc import Collection
from dataclasses import dataclass

from sandbox.draws import Draws, LogNormal
from sandbox.live import ad_names, geo_names
from sandbox.scenario import Channel

_CONCENTRATION = 2
_RATE_SPREAD = 0.4


@dataclass(frozen=True, slots=True)
class Parts:
    """Names with the share of the channel that each takes, and its rate as a multiple of the channel's."""

    names: tuple[str, ...]
    weights: tuple[float, ...]
    rates: tuple[float, ...]

    def shares(self, off: Collection[str]) -> list[float]:
        """How the channel splits while some are off: theirs goes to the others. With all off, nothing is split."""
        if not off or len(off) == len(self.names):
            return list(self.weights)
        left = [0.0 if name in off else weight for name, weight in zip(self.names, self.weights, strict=True)]
        total = sum(left)
        return [weight / total for weight in left]

    def on(self, off: Collection[str]) -> float:
        """The share of the channel that is left while some are off."""
        return sum(weight for name, weight in zip(self.names, self.weights, strict=True) if name not in off)


def ads_of(channel: Channel, draws: Draws) -> Parts:
    """The ads; `rates` are of click-through. They share the clicks, and the channel keeps its own rate."""
    names = ad_names(channel)
    weights = draws.shares(len(names), _CONCENTRATION, "ads")
    rates = draws.factors(len(names), LogNormal(_RATE_SPREAD), "ctr of ads")
    mean = 1 / sum(weight / rate for weight, rate in zip(weights, rates, strict=True))
    return Parts(names, tuple(weights), tuple(rate / mean for rate in rates))


def geos_of(channel: Channel, draws: Draws) -> Parts:
    """The geos; `rates` are of conversion. They share the clicks, and the channel keeps its own rate."""
    names = geo_names(channel)
    weights = draws.shares(len(names), _CONCENTRATION, "geos")
    rates = draws.factors(len(names), LogNormal(_RATE_SPREAD), "conversion rate of geos")
    mean = sum(weight * rate for weight, rate in zip(weights, rates, strict=True))
    return Parts(names, tuple(weights), tuple(rate / mean for rate in rates))
