"""Clicks go on: do the events that they bring still come?

A sequential test of "all is well" against "almost nothing comes any more" (E. S. Page, Continuous Inspection Schemes,
Biometrika 1954, with Wald's likelihood ratio for Poisson counts). Each check adds what it says for or against; below
zero the case is dropped, so that a long healthy past does not hide an outage. Counts scatter more than Poisson's, so
what each check says is divided by how much more. A case stops growing at twice what settles it, so that it is soon over
once events come again.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import exp, log

from common.domain.anomaly import TrackingMemory


class Tracking(StrEnum):
    """What can be said of a stream of events."""

    HEALTHY = "healthy"
    INCONCLUSIVE = "inconclusive"
    """Something may have stopped; too little was expected yet to tell."""
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How a stream is judged."""

    share_left: float = 0.1
    """Of the usual events, when tracking is broken: some come from elsewhere."""
    dispersion: float = 1.6
    """Variance of the counts over their mean, while all is well."""
    enough: float = 10.8
    """The case that settles it. While all is well it takes at least e to this power checks on average to reach it by
    chance (G. Lorden, 1971): 49,000, which are 17 months of checks every fifteen minutes."""
    least_expected: float = 20.0
    """Events that must have been expected before anything is called broken."""
    most_left: float = 0.3
    """Share of the expected events above which nothing is called broken, however long it lasts: fewer is not none."""
    notable: float = 3.0
    """The case from which it is worth naming."""


NO_CASE = TrackingMemory()
USUAL = Suspicion()
"""How visits are judged."""
COUNTS = Suspicion(share_left=0.02, dispersion=1.8, least_expected=22.0, most_left=0.08)
"""How conversions are judged: they follow the market and scatter more than visits, so only next to none is broken."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check says."""

    memory: TrackingMemory
    """What to remember."""
    verdict: Tracking
    probability: float
    """That events have stopped, if before the case began both were as likely."""


def check(
    memory: TrackingMemory, expected: float, observed: float, at: datetime, suspicion: Suspicion = USUAL
) -> Checked:
    """Judge one interval, then remember what it said.

    Args:
        expected: events that the interval's clicks should have brought, as usually many; 0 where there were no clicks.
        observed: events that came; a fraction where they are shared out.
        at: when the interval began.
    """
    kept = added(memory, expected, observed, at, suspicion)
    return Checked(kept, verdict(kept, suspicion), _probability(kept.case))


def added(
    memory: TrackingMemory, expected: float, observed: float, at: datetime, suspicion: Suspicion = USUAL
) -> TrackingMemory:
    """What there is to remember once an interval was added to the case; for the arguments see `check`."""
    if expected < 0 or observed < 0:
        raise ValueError(f"events can't be fewer than none (given: {expected} expected, {observed} observed)")
    said = (observed * log(suspicion.share_left) + expected * (1 - suspicion.share_left)) / suspicion.dispersion
    case = min(memory.case + said, 2 * suspicion.enough)
    if case <= 0:
        return NO_CASE
    return TrackingMemory(
        since=memory.since or at,
        case=case,
        expected=memory.expected + expected,
        observed=memory.observed + observed,
    )


def verdict(memory: TrackingMemory, suspicion: Suspicion = USUAL) -> Tracking:
    """What a case says by now."""
    if memory.case < suspicion.notable:
        return Tracking.HEALTHY
    enough = memory.case >= suspicion.enough and memory.expected >= suspicion.least_expected
    settled = enough and memory.observed <= suspicion.most_left * memory.expected
    return Tracking.BROKEN if settled else Tracking.INCONCLUSIVE


def _probability(case: float) -> float:
    return 1 / (1 + exp(-case))
