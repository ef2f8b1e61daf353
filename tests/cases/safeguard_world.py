"""What the sources of the safeguards' cases say: every day like the others but for what a case says otherwise.

The track is that of the guardrails' cases. Days and uploads are counted back from today: 1 is yesterday.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from math import nan
from typing import Any

from common.decisions.facts import Facts
from common.decisions.lag import LagCurve, age_at
from common.decisions.safeguards.signals import Signals
from common.domain.calendar import HOUR
from common.domain.figures import Upload
from common.domain.track_days import Counted, EntityDay
from tests.cases.guardrail_world import facts_of

DAY = timedelta(days=1)
CHANNELS: tuple[str, ...] = ("search", "social", "video")
A_DAY = {"platform": 14.0, "ga4": 10.0, "crm": 4.0}
"""What each source counts of each channel on each day."""
DELAY = {"platform": 3, "ga4": 6, "crm": 24}
"""Hours after which a source has told of what happened."""
WORDS = {"nan": nan, "untold": None}
"""Match rates that are no number."""
NOW = "2026-03-11T06:00"
BACK = 60


def signals_of(world: Mapping[str, Any]) -> Signals:
    """The signals of a case.

    Of its world, besides what the guardrails' cases have: `a_day`, what sources count; `days`, exceptions as [first,
    last, channel or null, source, factor or null where it has not told]; `silent_hours` by source, or by
    `channel/source`; `match_rate`; `uploads`, exceptions as [first, last, match rate, "nan", "untold", or null for no
    upload]; `crm`, false where the tenant has none and null where it does not answer; `thawed`, freezes that were left.
    """
    facts = facts_of({"now": NOW, **world})
    facts = replace(facts, state=facts.state.but(thawed=tuple(world.get("thawed", ()))))
    return Signals(facts, list(_rows(world, facts)), {}, _uploads(world, facts))


def _rows(world: Mapping[str, Any], facts: Facts) -> Iterator[EntityDay]:
    for ago in range(world.get("back", BACK), 0, -1):
        for channel in CHANNELS:
            yield _row(world, facts, channel, ago)


def _row(world: Mapping[str, Any], facts: Facts, channel: str, ago: int) -> EntityDay:
    day = facts.today - ago * DAY
    start, end = facts.calendar.bounds(day)
    told: dict[str, Counted] = {}
    for source, a_day in {**A_DAY, **world.get("a_day", {})}.items():
        if source == "crm" and world.get("crm", True) is False:
            continue
        silent = world.get("silent_hours", {})
        until = facts.now - HOUR * silent.get(f"{channel}/{source}", silent.get(source, DELAY[source]))
        factor = _factor(world, channel, source, ago)
        if factor is not None and until >= end:
            visible = LagCurve().visible(age_at(start, until)) if source == "platform" else 1.0
            told[source] = Counted(until, a_day * factor * visible)
    return EntityDay(
        day, channel, channel, 100_000_000 if "platform" in told else None,
        platform=told.get("platform"), ga4=told.get("ga4"), crm=told.get("crm"),
    )  # fmt: skip


def _factor(world: Mapping[str, Any], channel: str, source: str, ago: int) -> float | None:
    factor: float | None = 1.0
    for first, last, of_channel, of_source, by in world.get("days", []):
        if last <= ago <= first and of_channel in (None, channel) and of_source == source:
            factor = None if by is None or factor is None else factor * by
    return factor


def _uploads(world: Mapping[str, Any], facts: Facts) -> tuple[Upload, ...] | None:
    crm = world.get("crm", True)
    if crm is None:
        return None
    return tuple(_each_upload(world, facts)) if crm else ()


def _each_upload(world: Mapping[str, Any], facts: Facts) -> Iterator[Upload]:
    """One each morning at six, the last this morning."""
    for ago in range(world.get("back", BACK), -1, -1):
        at = facts.calendar.bounds(facts.today - ago * DAY)[0] + 6 * HOUR
        rate: float | str | None = world.get("match_rate", 0.7)
        for first, last, other in world.get("uploads", []):
            rate = other if last <= ago <= first else rate
        if rate is not None and at <= facts.now:
            counts = dict.fromkeys(CHANNELS, nan if rate == "nan in counts" else 4.0)
            yield Upload(at, rate if isinstance(rate, float | int) else WORDS.get(rate, 0.7), counts)
