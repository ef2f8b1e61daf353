"""The recorded days of one channel, ready to learn its response from."""

from collections.abc import Iterable, Sequence
from math import fsum, sqrt
from typing import NamedTuple

from common.decisions.lag import LagCurve, age_at
from common.decisions.review.evidence import Evidence
from common.decisions.review.response_filter import Day
from common.domain.manifest import Entity
from common.domain.track_days import EntityDay

_LATELY = 14
_STRAYS = 1.25
_ENOUGH = 20.0
"""Conversions by either source, from which its usual ratio is known."""
_KNOWN_RATIO = 50.0
"""How many conversions the track's ratio of GA4 to platforms is worth against the channel's own."""


class Recorded(NamedTuple):
    """What is recorded of one entity."""

    reference: float
    """Micros a day that the plan gives it; where it gives none, what it spent."""
    days: tuple[Day, ...]
    """Oldest first; conversions as the platform claims them, by the day of their click."""
    scale: float
    """What one of these is worth, in the KPI's own unit, as the source that counts has it."""


def recorded(entity: Entity, evidence: Evidence) -> Recorded | None:
    """An entity's days; `None` where its platform has told of no day on which it spent."""
    own = [row for row in evidence.days.rows if row.entity_id == entity.entity_id]
    told = [row for row in own if row.spend and row.platform is not None]
    if not told:
        return None
    line, flight = evidence.facts.line(entity), evidence.facts.plan.flight
    reference = line.budget / flight.days if line is not None else 0.0
    reference = reference or sum(row.spend or 0 for row in told) / len(told)
    curve = evidence.curves.get(entity.channel, LagCurve())
    days = [_day(row, reference, curve, evidence) for row in told]
    return Recorded(reference, _believed(days, told), _scale(own, evidence))


def _day(row: EntityDay, reference: float, curve: LagCurve, evidence: Evidence) -> Day:
    assert row.platform is not None
    assert row.spend is not None
    start = evidence.facts.calendar.bounds(row.day)[0]
    visible = curve.visible(age_at(start, row.platform.until))
    return Day(row.spend / reference, max(0.0, row.platform.conversions), max(1e-6, visible))


def _believed(days: Sequence[Day], told: Sequence[EntityDay]) -> tuple[Day, ...]:
    """The days, the last two weeks' claims as GA4 bears them out where the platform suddenly counts otherwise.

    What it claimed before, for each conversion of GA4's, is the usual ratio. Both sources see the same conversions, a
    few of each in one source alone, so by chance their ratio hardly strays as far as `_STRAYS`.
    """
    before, lately = told[:-_LATELY], told[-_LATELY:]
    (ga4, claimed), late_ga4 = _both(before), _both(lately)[0]
    late = fsum(day.claimed / day.exposure for day in days[-_LATELY:])
    if ga4 < _ENOUGH or claimed < _ENOUGH or any(row.ga4 is None for row in lately):
        return tuple(days)
    likely = late_ga4 * claimed / ga4
    doubt = 3 * sqrt(likely + 1)
    if late <= _STRAYS * (likely + doubt):
        return tuple(days)
    kept = likely / late
    return (*days[:-_LATELY], *(day._replace(claimed=day.claimed * kept) for day in days[-_LATELY:]))


def _scale(own: Iterable[EntityDay], evidence: Evidence) -> float:
    """The channel's own ratio of GA4 to platform, drawn to the track's while it has few conversions, x a value."""
    own, source, ratio = tuple(own), evidence.days.source, 1.0
    if source == "ga4":
        (ga4, claimed), (all_ga4, all_claimed) = _both(own), _both(evidence.days.rows)
        usual = all_ga4 / all_claimed if all_claimed > 0 and all_ga4 > 0 else 1.0
        ratio = (ga4 + _KNOWN_RATIO * usual) / (claimed + _KNOWN_RATIO)
    counted = [one for row in own if (one := row.counted(source)) is not None]
    conversions = sum(one.conversions for one in counted)
    worth = sum(evidence.yardstick.counts(one, source) for one in counted)
    return ratio * (worth / conversions if conversions > 0 and worth > 0 else 1.0)


def _both(rows: Iterable[EntityDay]) -> tuple[float, float]:
    """GA4's conversions and the platform's, of the days that both have told of."""
    pairs = [(row.ga4, row.platform) for row in rows if row.ga4 is not None and row.platform is not None]
    return sum(ga4.conversions for ga4, _ in pairs), sum(platform.conversions for _, platform in pairs)
