"""The world of the watch's cases about reports: one campaign at 240 a day, told hour by hour. Money in whole units.

Hours are counted from midnight of 4 May 2026, UTC. A report says of what is spent from hour `from` on (`spend`, a
number an hour; `null` where the hour is left out), which hours are over (`until`), and when it came (`now`). The
platform reports three hours late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common.decisions.anomaly.intake import ASKED_BACK, take_in
from common.decisions.anomaly.memory import EntityMemory
from common.domain.calendar import HOUR
from common.domain.figures import FiguresReport, HourFigures
from common.domain.manifest import Delivery, Entity
from common.domain.money import MICROS

MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)
ENTITY = Entity(
    entity_id="search",
    platform="google_ads",
    channel="search",
    external_id="ext-search",
    allocation=7200 * MICROS,
    daily_budget=240 * MICROS,
    delivery=Delivery(reporting_delay_hours=3),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was made of the last report."""

    faults: list[str]
    judged: list[int]
    """The hours that are new."""
    believed: bool
    """Whether its hours may be compared with anything."""
    seen: int
    """Hours before this one are known now."""


def outcome_of(case: Mapping[str, Any]) -> Outcome:
    """Take in all reports of a case, in order."""
    memory = EntityMemory(seen=MIDNIGHT.isoformat(), day=case.get("day", "2026-05-04"))
    taken = None
    for report in case["reports"]:
        since = datetime.fromisoformat(memory.seen) - ASKED_BACK
        taken = take_in(ENTITY, memory, _report(report), since, _at(report["now"]))
    assert taken is not None
    return Outcome(
        [fault.code for fault in taken.faults],
        [(row.hour - MIDNIGHT) // HOUR for row in taken.hours],
        bool(taken.known),
        (datetime.fromisoformat(memory.seen) - MIDNIGHT) // HOUR,
    )


def _report(told: Mapping[str, Any]) -> FiguresReport:
    rows = [
        _row(hour, units, told.get("clicks"))
        for hour, units in enumerate(told.get("spend", []), told.get("from", 0))
        if units is not None
    ]
    return FiguresReport(_at(told["until"]), {"search": tuple(rows)} if told.get("answered", True) else {})


def _row(hour: int, units: float, clicks: float | str | None) -> HourFigures:
    bought = units if clicks is None else float(clicks)
    return HourFigures(_at(hour), round(units * MICROS), bought, bought * 30, bought / 20)


def _at(hour: float) -> datetime:
    return MIDNIGHT + hour * HOUR
