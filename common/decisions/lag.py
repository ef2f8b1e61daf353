"""How long after its click a conversion is seen: the lag curve, assumed at first, then learned from recorded days.

The share of a day's conversions that is visible when the day's start lies `age` days back is 1 - exp(-age / mean): the
exponential delay of O. Chapelle, "Modeling Delayed Feedback in Display Advertising" (KDD 2014, 3.2), counted from the
day's start, so that by the end of the day itself most of the same-day conversions are in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from math import exp, log

from common.domain.performance import STEPS

PRIOR_DAYS = 2.0
"""Mean lag in days until it is learned: half of the conversions are in after 1.4 days. Impulse buys take under one day,
considered purchases about five."""
_PRIOR_WEIGHT = 30.0
"""The prior counts like a day on which so many conversions were watched arriving."""
_MEANS = tuple(round(0.1 * 1.12**step, 3) for step in range(54))
"""Mean lags that are tried: from 0.1 to 40 days, each 12% more than the one before."""
_DAY = timedelta(days=1)

Sight = tuple[float, float]
"""The age of a day in days, counted from its start, and what was claimed for its clicks by then."""


@dataclass(frozen=True, slots=True)
class LagCurve:
    """Exponential, with a mean in days."""

    mean: float = PRIOR_DAYS
    learned: bool = False
    """Whether recorded days had a say."""

    def visible(self, age: float) -> float:
        """The share, 0 to 1, of a day's conversions that is visible at an age."""
        return 1 - exp(-age / self.mean) if age > 0 else 0.0


def age_at(start: datetime, until: datetime) -> float:
    """How old a day that began at `start` is at `until`, in days."""
    return (until - start) / _DAY


def learn(days: Iterable[Sequence[Sight]]) -> LagCurve:
    """The likeliest curve, given how each day's claimed conversions grew with its age.

    What a day gained between two looks, as a share of what it has at the last, is multinomial with the curve's rises:
    right-truncated delays, so days that still grow teach too. Where a claim was withdrawn, nothing was gained.
    """
    gains: dict[tuple[float, float, float], float] = {}
    for day in days:
        sights = [(0.0, 0.0), *day]
        for (before, had), (after, has) in pairwise(sights):
            if has > had and len(day) > 1:
                ages = (before, after, day[-1][0])
                gains[ages] = gains.get(ages, 0.0) + has - had
    if not gains:
        return LagCurve()
    return LagCurve(max(_MEANS, key=lambda mean: _likelihood(LagCurve(mean), gains)), learned=True)


def _likelihood(curve: LagCurve, gains: Mapping[tuple[float, float, float], float]) -> float:
    seen = sum(count * log(_rise(curve, *ages)) for ages, count in gains.items())
    return seen + _PRIOR_WEIGHT * _assumed(curve)


@cache
def _assumed(curve: LagCurve) -> float:
    """How likely what the prior says of a day would be; of each mean that is tried the same every time."""
    ages = (0.0, *(float(step) for step in STEPS))
    prior = LagCurve()
    return sum(
        _rise(prior, before, after, ages[-1]) * log(_rise(curve, before, after, ages[-1]))
        for before, after in pairwise(ages)
    )


def _rise(curve: LagCurve, before: float, after: float, last: float) -> float:
    """The share of what is visible at the last age that became so between two; never zero, whose logarithm is none."""
    return max(1e-12, (curve.visible(after) - curve.visible(before)) / curve.visible(last))
