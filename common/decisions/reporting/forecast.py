"""What will be spent by the end of each day that is left: what pacing will do, as far as the demand lets it.

Pacing spreads an allocation's unspent money over the days that are left, and what a day spends beyond or short of its
part over those after it. So the spread of what is spent by a day is that of a Brownian bridge: it grows, and shrinks
again toward the end, where the allocation is. A campaign whose budget stands far over the best day of its last week is
held by its demand instead: it goes on as in that week, and its spread only grows.

The constants below were fitted on 60 simulated markets; docs/reports.md says how well they do on others.
"""

from collections.abc import Iterable, Sequence
from math import hypot, sqrt
from typing import Any, NamedTuple

from common.decisions.facts import Facts
from common.decisions.observed import UPPER, Observed
from common.decisions.time_left import Clock, Curve
from common.domain.change import Status
from common.domain.manifest import Entity

HELD_FROM, MAYBE_HELD_FROM = 1.4, 1.1
"""A daily budget over so many times the best day of a week: nine in ten are held by demand; under the lower, one in
fifty."""
USUAL_OF_BEST = 0.82
"""A usual day as a share of the best of seven."""
MOVES = 0.05
"""How far demand moves from a week to the rest of a flight, as a standard deviation of the usual day."""
SURPRISE = 0.015
"""The same of what is left, where demand holds nothing yet: it may fall any time."""
LAST_DAY = 0.35
"""How much of a day's noise is left over at the end, where nothing can be made up for any more."""


class Ahead(NamedTuple):
    """What is probably spent by the end of a day, from the flight's start on; low and high: with 90%. In micros."""

    mean: int
    low: int
    high: int


class _Course(NamedTuple):
    """One entity by day: what is probably spent by its end, and how far below and above it may be."""

    mean: Sequence[float]
    below: Sequence[float]
    above: Sequence[float]


def forecast(facts: Facts) -> list[Ahead]:
    """A track from today to the last day of its flight; empty once that is over.

    What is paused stays so. Entities stray from what is expected of them independently of each other.
    """
    clock = Clock.at(facts.now, facts.calendar, facts.plan.flight)
    days = clock.days_after + 1
    bearing = [entity for entity in facts.manifest.entities.values() if entity.allocation is not None]
    courses = [_expected(entity, facts.state.pacing.get(entity.entity_id), clock, days) for entity in bearing]
    return [_together(courses, day) for day in range(max(0, days))]


def _expected(entity: Entity, known: dict[str, Any] | None, clock: Clock, days: int) -> _Course:
    """`known`: what pacing remembers of the entity, as far as it does."""
    if known is None:
        return _untold(entity, clock, days)
    remembered: dict[str, Any] = {"seen": "", "open": "", **known}
    return _course(entity, Observed(**remembered), clock, days)


def _together(courses: Iterable[_Course], day: int) -> Ahead:
    mean = below = above = 0.0
    for course in courses:
        mean += course.mean[day]
        below, above = hypot(below, course.below[day]), hypot(above, course.above[day])
    return Ahead(round(mean), max(0, round(mean - below)), round(mean + above))


def _untold(entity: Entity, clock: Clock, days: int) -> _Course:
    """Of an entity whose spend was never told: all of it even, and anything may be."""
    allocation = entity.allocation or 0
    passed = _passed(clock, Curve(), days)
    mean = [allocation * share for share in passed]
    return _Course(mean, mean, [allocation - spent for spent in mean])


def _course(entity: Entity, observed: Observed, clock: Clock, days: int) -> _Course:
    curve = Curve(observed.weekday, observed.hours)
    ahead = observed.ahead or (0.0,) * 6
    known = observed.visible + ahead[0]
    unsure = UPPER * sqrt(ahead[1] + ahead[5] * ahead[2] ** 2)
    rest = max(0.0, (entity.allocation or 0) - known)
    if entity.status is not Status.ENABLED:
        return _Course([known] * days, [unsure] * days, [unsure] * days)
    passed = _passed(clock, curve, days)
    weight = clock.left(curve).days * curve.weekday[clock.weekday]
    end = _end(entity, observed, rest, weight)
    wander = UPPER * observed.day_noise * (rest / weight if weight else 0.0) * sqrt(weight)
    mean = [known + end.mean * share for share in passed]
    bridge = [wander * sqrt(share * (1.0 - share)) for share in passed]
    below = [hypot(unsure * (1.0 - share), end.below * share, more) for share, more in zip(passed, bridge, strict=True)]
    above = [hypot(unsure * (1.0 - share), end.above * share, more) for share, more in zip(passed, bridge, strict=True)]
    return _Course(mean, below, above)


class _End(NamedTuple):
    """Of what is left, how much is probably spent, and by how much less or more it may be."""

    mean: float
    below: float
    above: float


def _end(entity: Entity, observed: Observed, rest: float, days: float) -> _End:
    """Where an entity ends; `days`: those that are left, in days of mean weight."""
    if not days or not rest:
        return _End(rest, 0.0, 0.0)
    noise = observed.day_noise
    last = UPPER * LAST_DAY * noise * rest / days
    mean, high = rest, rest + last
    low = rest - hypot(UPPER * SURPRISE * rest, last)
    over_best = (entity.daily_budget or 0) / observed.best_day if observed.best_day else 0.0
    if over_best >= MAYBE_HELD_FROM:
        usual = USUAL_OF_BEST * (observed.best_day or 0) * days
        spread = UPPER * sqrt(noise * noise * 3 / 14 + MOVES**2 + noise * noise / days)
        low = min(low, usual * (1.0 - spread))
        if over_best >= HELD_FROM:
            mean, high = min(rest, usual), min(high, usual * (1.0 + spread))
    return _End(mean, mean - max(0.0, low), max(0.0, high - mean))


def _passed(clock: Clock, curve: Curve, days: int) -> list[float]:
    """By day from today on, the share of the time left that is over at its end; 1 for the last."""
    weights = [curve.weekday[(clock.weekday + number) % 7] for number in range(days)]
    if weights and clock.begun:
        weights[0] *= clock.left(curve).today
    total, passed, shares = sum(weights), 0.0, list[float]()
    for weight in weights:
        passed += weight
        shares.append(passed / total if total else 1.0)
    return [*shares[:-1], 1.0] if shares else []
