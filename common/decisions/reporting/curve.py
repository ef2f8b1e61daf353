"""The pacing curve of a track: planned, spent and what will probably be spent, by day of the flight."""

from collections.abc import Mapping
from datetime import date, datetime
from itertools import accumulate, takewhile

from common.decisions.facts import Facts
from common.decisions.reporting.forecast import forecast
from common.decisions.reporting.planned import days_of, planned_by_day
from common.domain.report import CurvePoint, Pacing


def pacing_curve(facts: Facts, recorded: Mapping[date, int]) -> Pacing:
    """The curve as it stands.

    Args:
        recorded: micros that the track spent on each whole day of which its sources told.
    """
    flight, today = facts.plan.flight, facts.today
    days, planned = days_of(flight), planned_by_day(facts.slice, flight)
    spent, now = _spent(facts, recorded), sum(one.visible for one in facts.spend.values())
    if today > flight.end:
        spent.setdefault(flight.end, now)
    ahead = dict(zip([day for day in days if day >= today], forecast(facts), strict=True))
    points = tuple(
        CurvePoint(day=day, planned=amount, spent=spent.get(day))
        if day not in ahead
        else CurvePoint(
            day=day,
            planned=amount,
            spent=now if day == today else None,
            forecast=max(now, ahead[day].mean),
            low=max(now, ahead[day].low),
            high=max(now, ahead[day].high),
        )
        for day, amount in zip(days, planned, strict=True)
    )
    last = points[-1]
    return Pacing(
        points=points,
        seen_until=_seen(facts),
        forecast=now if last.forecast is None else last.forecast,
        low=now if last.low is None else last.low,
        high=now if last.high is None else last.high,
    )


def _spent(facts: Facts, recorded: Mapping[date, int]) -> dict[date, int]:
    """What was spent by the end of each day, up to the first of which no source has told."""
    over = (day for day in days_of(facts.plan.flight) if day < facts.today)
    told = list(takewhile(recorded.__contains__, over))
    return dict(zip(told, accumulate(recorded[day] for day in told), strict=True))


def _seen(facts: Facts) -> datetime | None:
    """Until when every entity's spend was reported."""
    seen = [one["seen"] for one in facts.state.pacing.values() if "seen" in one]
    return min(map(datetime.fromisoformat, seen), default=None)
