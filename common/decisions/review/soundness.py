"""Which entities' recorded days can be decided on. Of one whose days can't be, the rules see nothing: it is left alone.

What a source says is checked where it is decided on, whoever let it in: a number that is none, or a conversion that
nothing was spent for, would otherwise come out as the best return of all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from math import inf, isfinite

from common.decisions.lag import LagCurve
from common.decisions.review.evidence import Evidence
from common.domain.change import Reason
from common.domain.figures import PartFigures
from common.domain.track_days import EntityDay

_DAY = timedelta(days=1)
LOOKED_BACK = (30, 90)
"""Days of which some may be missing, since the first that is recorded: what is judged by, and what is learned from."""
MOST_MISSING_PCT, MOST_MISSING = 25, 3
"""As many are passed by, whatever share of the days they are: sources tell late."""
MOST_UNPAID_PCT, FEW = 20, 5.0
"""Of the conversions that a platform claims, those of days without spend: a few are late, or come from mere views."""


def sound(evidence: Evidence) -> tuple[Evidence, tuple[Reason, ...]]:
    """The evidence without what can't be decided on: days, geos and ads of entities, each with the reason."""
    by_entity: dict[str, list[EntityDay]] = {}
    for row in evidence.days.rows:
        by_entity.setdefault(row.entity_id, []).append(row)
    checked = {name: next(_faults(rows, evidence), None) for name, rows in by_entity.items()}
    faults = {**_of_parts(evidence), **{name: fault for name, fault in checked.items() if fault is not None}}
    if not faults:
        return evidence, ()
    known = tuple(row for row in evidence.days.rows if row.entity_id not in faults)
    inside = {name for name in evidence.facts.manifest.entities if not faults.keys().isdisjoint(_above(name, evidence))}
    without = replace(
        evidence,
        days=replace(evidence.days, rows=known),
        geos={name: parts for name, parts in evidence.geos.items() if name not in inside},
        ads={name: parts for name, parts in evidence.ads.items() if name not in inside},
    )
    return without, tuple(fault.but(entity_id=name) for name, fault in sorted(faults.items()))


def _of_parts(evidence: Evidence) -> Mapping[str, Reason]:
    """What is wrong with what platforms say of geos and ads, by each entity that these are part of."""
    shown = [*evidence.geos.items(), *((name, (part,)) for name, part in evidence.ads.items())]
    return {
        above: Reason(code="parts_unreadable", measured=part.part)
        for name, parts in shown
        for part in parts
        if not isfinite(sum(_of_part(part))) or min(_of_part(part)) < 0
        for above in _above(name, evidence)
    }


def _of_part(part: PartFigures) -> tuple[float, ...]:
    return part.micros, part.clicks, part.impressions, part.conversions


def _above(name: str | None, evidence: Evidence) -> list[str]:
    """The entity, and what it is part of."""
    entities, found = evidence.facts.manifest.entities, list[str]()
    while name in entities and name not in found:
        found.append(name)
        name = entities[name].parent
    return found


def _faults(rows: Sequence[EntityDay], evidence: Evidence) -> Iterator[Reason]:
    """What is wrong with an entity's days."""
    for row in rows:
        numbers = _numbers(row)
        if not isfinite(sum(numbers)):
            yield Reason(code="figures_unreadable", measured=str(row.day))
        elif min(numbers) < 0:
            yield Reason(code="figures_negative", measured=str(row.day))
    if not 0 < evidence.curves.get(rows[0].channel, LagCurve()).mean < inf:
        yield Reason(code="lag_unreadable")
    days = {row.day for row in rows}
    if len(days) < len(rows):
        yield Reason(code="days_twice", measured=len(rows) - len(days))
    yield from _missing(rows, evidence)
    yield from _unpaid(rows)


def _numbers(row: EntityDay) -> list[float]:
    numbers: list[float] = [row.spend or 0, row.clicks, row.impressions]
    for counted in (row.platform, row.ga4, row.crm):
        if counted is not None:
            numbers += (counted.conversions, counted.value, counted.first_user_value, counted.sessions)
    return numbers


def _missing(rows: Sequence[EntityDay], evidence: Evidence) -> Iterator[Reason]:
    """Too many days of which spend or conversions are not known."""
    source, today = evidence.days.source, evidence.facts.today
    known = {row.day for row in rows if not (row.spend is None or row.platform is None or row.counted(source) is None)}
    for span in LOOKED_BACK if known else ():
        since = max(min(known), today - span * _DAY)
        days = (today - since).days
        missing = days - sum(since <= day < today for day in known)
        if missing > max(MOST_MISSING, days * MOST_MISSING_PCT / 100):
            yield Reason(code="days_missing", measured=missing, limit=days)


def _unpaid(rows: Sequence[EntityDay]) -> Iterator[Reason]:
    """Too many conversions on days without spend."""
    claimed = [(row.platform.conversions, row.spend) for row in rows if row.platform is not None]
    unpaid, whole = sum(count for count, spend in claimed if not spend), sum(count for count, _ in claimed)
    if unpaid > max(FEW, whole * MOST_UNPAID_PCT / 100):
        yield Reason(code="conversions_unpaid", measured=round(unpaid, 1), limit=round(whole, 1))
