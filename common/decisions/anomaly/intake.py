"""What a platform's report says that was not known before, and what is wrong with the report itself.

A report that can't be is named and left out of the judgement: it neither pauses anything nor hides that it is odd.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import inf
from typing import NamedTuple

from common.decisions.anomaly.memory import EntityMemory
from common.domain.calendar import HOUR
from common.domain.change import Reason
from common.domain.figures import FiguresReport, HourFigures
from common.domain.manifest import Entity

ASKED_BACK = timedelta(hours=8)
"""How far before what is known a report is asked for: restatements show, and GA4's report is that late."""
LEARNED_BACK = timedelta(days=14)
"""How far the first report goes back."""
CLAIMED_BACK = timedelta(days=10)
"""From when on claims are added up: nearly all conversions come within ten days of their click."""
LATE = timedelta(hours=2)
"""A report that is so much later than its platform's usual delay is named."""
_RESTATED = 0.005
"""Of what was known: a smaller difference is no restatement."""
_REPEATS = 3
"""Hours in a row that are yesterday's to the micro, which is no chance."""
_DAY = 24
_MORE, _LESS = "restated", "counter_went_back"
_RESTATEMENTS = frozenset({_MORE, _LESS})


class Taken(NamedTuple):
    """What is new of an entity."""

    hours: tuple[HourFigures, ...] = ()
    """Newly reported hours in order, also those without anything."""
    known: Mapping[datetime, HourFigures] = {}
    """Every hour of the report; none where it is not believed."""
    faults: tuple[Reason, ...] = ()

    @property
    def restated(self) -> bool:
        """Whether hours that were known say something else now."""
        return any(one.code in _RESTATEMENTS for one in self.faults)


def take_in(entity: Entity, memory: EntityMemory, report: FiguresReport, since: datetime, now: datetime) -> Taken:
    """The hours that became visible, in order; `memory.seen` is moved on. Nothing where the report can't be.

    Args:
        since: from when on the report was asked for.
    """
    rows = report.hours.get(entity.entity_id)
    if rows is None:
        return Taken(faults=(_fault(entity, "not_answered_for"),))
    impossible = _impossible(entity, rows, report, now)
    if impossible is not None:
        return Taken(faults=(impossible,))
    known = {row.hour: row for row in rows}
    seen = datetime.fromisoformat(memory.seen)
    faults = list(_late(entity, report, now))
    if report.complete_until < seen and memory.day is not None:
        return Taken(faults=(*faults, _went_back(entity, report.complete_until, seen)))
    faults += _restated(entity, memory, known, since)
    hours: list[HourFigures] = []
    while seen + HOUR <= report.complete_until:
        hours.append(known.get(seen) or HourFigures(seen, 0, 0.0, 0.0, 0.0))
        seen += HOUR
    memory.seen = seen.isoformat()
    _remember_window(memory, known, seen, report.complete_until)
    repeated = _repeated(memory, hours)
    if repeated:
        faults.append(_fault(entity, "repeats_yesterday", memory.repeats, _REPEATS))
        return Taken(tuple(hours[: len(hours) - min(repeated, len(hours))]), faults=tuple(faults))
    return Taken(tuple(hours), known, tuple(faults))


def _impossible(entity: Entity, rows: Iterable[HourFigures], report: FiguresReport, now: datetime) -> Reason | None:
    """Why a report can't be: numbers that do not exist, or hours that are not over."""
    for row in rows:
        if not (
            0 <= row.micros < inf
            and 0 <= row.clicks < inf
            and 0 <= row.impressions < inf
            and 0 <= row.conversions < inf
        ):
            return _fault(entity, "impossible_figures", str(_wrong_number(row)), row.hour.isoformat())
        if row.hour >= now:
            return _fault(entity, "hours_from_the_future", row.hour.isoformat(), now.isoformat())
    if report.complete_until > now:
        return _fault(entity, "hours_from_the_future", report.complete_until.isoformat(), now.isoformat())
    return None


def _wrong_number(row: HourFigures) -> float:
    """The first of an hour's numbers that does not exist: what is not a number is neither above nor below another."""
    return next(one for one in (row.micros, row.clicks, row.impressions, row.conversions) if not 0 <= one < inf)


def _late(entity: Entity, report: FiguresReport, now: datetime) -> Iterable[Reason]:
    """Hours are reported whole, so up to one more is usual."""
    age = now - report.complete_until
    if age <= LATE:
        return
    usual = HOUR * (entity.delivery.reporting_delay_hours + 1)
    if age > usual + LATE:
        yield _fault(entity, "report_late", age / HOUR, usual / HOUR)


def _went_back(entity: Entity, until: datetime, seen: datetime) -> Reason:
    return _fault(entity, "report_went_back", until.isoformat(), seen.isoformat())


def _restated(
    entity: Entity, memory: EntityMemory, known: Mapping[datetime, HourFigures], since: datetime
) -> Iterable[Reason]:
    """Whether hours that were known say something else now."""
    if memory.window is None:
        return
    first, seen = datetime.fromisoformat(memory.window), datetime.fromisoformat(memory.seen)
    if since > first:
        return
    now_said = _spent(known, first, seen)
    moved = now_said - memory.window_micros
    if abs(moved) > _RESTATED * max(memory.window_micros, now_said):
        yield _fault(entity, _MORE if moved > 0 else _LESS, now_said, memory.window_micros)


def _remember_window(
    memory: EntityMemory, known: Mapping[datetime, HourFigures], seen: datetime, until: datetime
) -> None:
    first = seen if until < seen else seen - ASKED_BACK  # what is not reported yet is not restated when it comes
    memory.window = first.isoformat()
    memory.window_micros = _spent(known, first, seen)


def _spent(known: Mapping[datetime, HourFigures], first: datetime, until: datetime) -> int:
    return sum([row.micros for row in known.values() if first <= row.hour < until])


def _repeated(memory: EntityMemory, hours: Iterable[HourFigures]) -> int:
    """How many of the newest hours are yesterday's, where they are too many to be so by chance; else none."""
    lately = list(memory.lately) or [-1] * _DAY
    for row in hours:
        place = int(row.hour.timestamp()) // 3600 % _DAY
        if row.micros > 0:
            memory.repeats = memory.repeats + 1 if lately[place] == row.micros else 0
        lately[place] = row.micros
    memory.lately = lately
    return memory.repeats if memory.repeats >= _REPEATS else 0


def _fault(
    entity: Entity, code: str, measured: float | int | str | None = None, limit: float | int | str | None = None
) -> Reason:
    return Reason(code=code, measured=measured, limit=limit, entity_id=entity.entity_id)
