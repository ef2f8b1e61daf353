"""The recorded days of one channel, ready to learn its response from."""

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import NamedTuple

from common.decisions.lag import LagCurve, age_at
from common.decisions.review.evidence import Evidence
from common.decisions.review.response_filter import Day
from common.domain.manifest import Entity
from common.domain.track_days import EntityDay

_LATELY = 14
_SUDDEN = (3, 7, _LATELY)
"""The last days over which a platform's claims are held to GA4's: few, so that what began yesterday shows as well."""
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


def usual_ratio(evidence: Evidence) -> float:
    """GA4's conversions for each that platforms claim, in the track as a whole."""
    ga4, claimed = _both(evidence.days.rows, evidence)
    return ga4 / claimed if claimed > 0 and ga4 > 0 else 1.0


def recorded(entity: Entity, evidence: Evidence, of_track: float) -> Recorded | None:
    """An entity's days; `None` where its platform has told of no day on which it spent.

    Args:
        of_track: the `usual_ratio`.
    """
    own = [row for row in evidence.days.rows if row.entity_id == entity.entity_id]
    told = [row for row in own if row.spend and row.platform is not None]
    if not told:
        return None
    line, flight = evidence.facts.line(entity), evidence.facts.plan.flight
    reference = line.budget / flight.days if line is not None else 0.0
    reference = reference or sum(row.spend or 0 for row in told) / len(told)
    days = tuple(_day(row, reference, evidence) for row in told)
    usual = _usual_where_it_strays(told, evidence)
    if usual is None:
        return Recorded(reference, days, _scale(own, own, evidence, of_track))
    seen = (_borne_out(*pair, usual) for pair in zip(days[-_LATELY:], told[-_LATELY:], strict=True))
    return Recorded(reference, (*days[:-_LATELY], *seen), _scale(own, told[:-_LATELY], evidence, of_track))


def _day(row: EntityDay, reference: float, evidence: Evidence) -> Day:
    assert row.platform is not None
    assert row.spend is not None
    return Day(row.spend / reference, max(0.0, row.platform.conversions), max(1e-6, _visible(row, evidence)))


def _visible(row: EntityDay, evidence: Evidence) -> float:
    """The share of the conversions that its platform will claim of a day that it should by now."""
    assert row.platform is not None
    start = evidence.facts.calendar.bounds(row.day)[0]
    return evidence.curves.get(row.channel, LagCurve()).visible(age_at(start, row.platform.until))


def _usual_where_it_strays(told: Sequence[EntityDay], evidence: Evidence) -> float | None:
    """What a platform claims for each conversion of GA4's, where in the last two weeks it suddenly counts otherwise.

    What it claimed before is the usual ratio. Both sources see the same conversions, a few of each in one source alone,
    so by chance their ratio hardly strays as far as `_STRAYS`.
    """
    before, lately = told[:-_LATELY], told[-_LATELY:]
    ga4, claimed = _both(before, evidence)
    if ga4 < _ENOUGH or claimed < _ENOUGH or any(row.ga4 is None for row in lately):
        return None
    usual = claimed / ga4
    return usual if any(_strays(lately[-days:], usual, evidence) for days in _SUDDEN) else None


def _strays(rows: Sequence[EntityDay], usual: float, evidence: Evidence) -> bool:
    ga4, claimed = _both(rows, evidence)
    likely = ga4 * usual
    return claimed > _STRAYS * (likely + 3 * sqrt(likely + 1))


def _borne_out(day: Day, row: EntityDay, usual: float) -> Day:
    """The day as GA4 bears it out."""
    assert row.ga4 is not None
    return day._replace(claimed=max(0.0, row.ga4.conversions) * usual * day.exposure)


def _scale(own: Iterable[EntityDay], believed: Iterable[EntityDay], evidence: Evidence, of_track: float) -> float:
    """The channel's own ratio of GA4 to platform, drawn to the track's while it has few conversions, x a value."""
    source, ratio = evidence.days.source, 1.0
    if source == "ga4":
        ga4, claimed = _both(believed, evidence)
        ratio = (ga4 + _KNOWN_RATIO * of_track) / (claimed + _KNOWN_RATIO)
    counted = [one for row in own if (one := row.counted(source)) is not None]
    conversions = sum(one.conversions for one in counted)
    worth = sum(evidence.yardstick.counts(one, source) for one in counted)
    return ratio * (worth / conversions if conversions > 0 and worth > 0 else 1.0)


def _both(rows: Iterable[EntityDay], evidence: Evidence) -> tuple[float, float]:
    """GA4's conversions and the platform's, of the days that both have told of; GA4's as far as a platform's are in."""
    pairs = [(row, row.ga4, row.platform) for row in rows if row.ga4 is not None and row.platform is not None]
    ga4 = sum(one.conversions * _visible(row, evidence) for row, one, _ in pairs)
    return ga4, sum(one.conversions for _, _, one in pairs)
