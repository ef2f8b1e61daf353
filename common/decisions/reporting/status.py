"""How a track and a tenant stand, in one sentence."""

from collections.abc import Sequence
from datetime import date, datetime

from common.decisions.facts import Facts
from common.domain.calendar import Flight, TenantCalendar
from common.domain.drift import Drift
from common.domain.manifest import Manifest
from common.domain.report import Pacing, TrackReport, TrackStatus

URGENCY = tuple(TrackStatus)
"""Of the statuses, the most urgent last."""


def flight_over(flight: Flight, calendar: TenantCalendar, now: datetime) -> float:
    """The share of a flight's time that is over, 0 to 1."""
    start, end = calendar.bounds(flight.start)[0], calendar.bounds(flight.end)[1]
    return min(1.0, max(0.0, (now - start) / (end - start)))


def status_of(facts: Facts, drift: Drift, pacing: Pacing) -> TrackStatus:
    """How a track stands to its plan."""
    flight, budget, tolerance = facts.plan.flight, facts.slice.budget, facts.tenant.guardrails.pacing_tolerance_pct
    checks = (
        (TrackStatus.NOT_BEGUN, facts.today < flight.start),
        (TrackStatus.OVER, facts.today > flight.end),
        (TrackStatus.STOPPED, _stopped(facts.manifest)),
        (TrackStatus.DRIFTED, drift.over),
        (TrackStatus.BEHIND, 100 * pacing.forecast < (100 - tolerance) * budget),
        (TrackStatus.AHEAD, 100 * pacing.forecast > (100 + tolerance) * budget),
    )
    return next((status for status, so in checks if so), TrackStatus.ON_PLAN)


def _stopped(manifest: Manifest) -> bool:
    """Whether pauses stand over everything that money is given to."""
    bearers = (one for one in manifest.entities.values() if one.allocation)
    return bool(manifest.pauses) and all(manifest.pause_over(one) is not None for one in bearers)


def track_sentence(facts: Facts, status: TrackStatus, drift: Drift, pacing: Pacing, changes: int, waiting: int) -> str:
    """A track's status in one sentence."""
    spent = sum(one.visible for one in facts.spend.values())
    over = flight_over(facts.plan.flight, facts.calendar, facts.now)
    return _sentence(
        [
            _head(status, drift, pacing, facts),
            *_money(facts.plan.flight, facts.today, spent, facts.slice.budget, over),
            *_news(status, changes, waiting),
        ]
    )


def tenant_sentence(tracks: Sequence[TrackReport], flight: Flight, today: date, over: float, waiting: int) -> str:
    """A tenant's status in one sentence. `waiting`: what waits for a person, in all."""
    statuses = {track.track_id: track.status for track in tracks}
    worst = max(statuses.values(), key=URGENCY.index)
    changes = sum(track.changes_this_week for track in tracks)
    spent, budget = sum(track.spent for track in tracks), sum(track.budget for track in tracks)
    return _sentence(
        [
            _of_all(statuses, worst),
            *_money(flight, today, spent, budget, over),
            *_news(worst, changes, waiting),
        ]
    )


_WORDS = {
    TrackStatus.NOT_BEGUN: "not begun",
    TrackStatus.OVER: "the flight is over",
    TrackStatus.ON_PLAN: "on plan",
    TrackStatus.BEHIND: "behind plan",
    TrackStatus.AHEAD: "ahead of plan",
    TrackStatus.DRIFTED: "away from the approved plan",
    TrackStatus.STOPPED: "stopped",
}


def _of_all(statuses: dict[str, TrackStatus], worst: TrackStatus) -> str:
    """`On plan`, or which tracks are not."""
    if len(set(statuses.values())) == 1:
        return _WORDS[worst].capitalize()
    groups = [
        f"{' and '.join(name for name, one in statuses.items() if one is status)} {_WORDS[status]}"
        for status in reversed(URGENCY)
        if status in statuses.values()
    ]
    words = ", ".join(groups)
    return f"{words[0].upper()}{words[1:]}"


def _head(status: TrackStatus, drift: Drift, pacing: Pacing, facts: Facts) -> str:
    words, version = _WORDS[status].capitalize(), f"v{drift.plan_version}"
    match status:
        case TrackStatus.BEHIND | TrackStatus.AHEAD:
            unless = ", unless what is paused is turned on" if facts.manifest.pauses else ""
            share = _percent(pacing.forecast, facts.slice.budget)
            return f"{words}: about {share} of the budget will be spent by the end{unless}"
        case TrackStatus.DRIFTED if drift.score is None:
            return f"{words}: there is money in {' and '.join(drift.unplanned)}, which {version} has not"
        case TrackStatus.DRIFTED:
            return f"{words}: live budgets differ by up to {100 * drift.planned_score:.0f}% from {version}"
        case _:
            return words


def _money(flight: Flight, today: date, spent: int, budget: int, over: float) -> list[str]:
    if today < flight.start:
        days = (flight.start - today).days
        return [f"the flight begins {'tomorrow' if days == 1 else f'in {days} days'}"]
    if today > flight.end:
        return [f"{_percent(spent, budget)} of the budget was spent"]
    return [f"{_percent(spent, budget)} of the budget is spent with {100 * over:.0f}% of the flight behind us"]


def _news(status: TrackStatus, changes: int, waiting: int) -> list[str]:
    made = f"{changes or 'no'} {'change' if changes == 1 else 'changes'} beside daily pacing in the last week"
    waits = "nothing waits for you" if not waiting else f"{waiting} {'thing waits' if waiting == 1 else 'things wait'}"
    told = [] if status is TrackStatus.NOT_BEGUN else [made]
    return [*told, f"{waits} for you" if waiting else waits]


def _sentence(parts: Sequence[str]) -> str:
    """`Head: this; that; and that.`"""
    head, *rest = parts
    joint = "; " if ":" in head else ": "
    return f"{head}{joint}{'; '.join(rest)}."


def _percent(part: int, whole: int) -> str:
    """`48%`; a tenth of a percent near all of it, where it tells."""
    share = 100 * part / whole if whole else 0.0
    return f"{share:.1f}%" if 99 <= share < 101 and round(share, 1) != 100 else f"{share:.0f}%"
