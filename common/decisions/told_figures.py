"""What a tick tells whoever operates the system: how far pacing is off its plan, and what is overspent all the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from common.decisions.drift import drift_of
from common.decisions.facts import Facts
from common.decisions.outlook import Outlook
from common.decisions.pacing_track import PacingTrack
from common.decisions.time_left import Curve
from common.domain.change import Setting, Status, Verdict
from common.domain.change_set import ChangeSet
from common.domain.plan import PlanChannel

OVER_PCT = 1.0
"""Of the allocation: spend beyond this is told of. Below it lies what platforms round, and restate a day later."""
LEAST_EXPECTED = 0.02
"""Of the allocations: with less than this expected by now, an error in percent says nothing."""
TOLD_AFTER = timedelta(days=3)
"""How long after its flight overspend is told of: a platform reports its last day 72 hours later at the most."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Overspent:
    """Money that is gone, or may be before anything stops it, beyond what was allocated."""

    entity: str
    channel: str
    over_pct: float
    """Of the allocation, or of the part of it up to the next boundary."""
    seen: bool
    """It was spent; otherwise it may be, and nothing that runs by itself stops it."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one tick of one track."""

    pacing_error_pct: float | None = None
    """Spend against what is expected by now, of that; `None` where it is not known, or too early to say."""
    drift_score: float | None = None
    overspent: tuple[Overspent, ...] = ()


NO_FIGURES = Figures()


def figures_of(facts: Facts, done: Iterable[ChangeSet] = ()) -> Figures:
    """The figures of a pacing tick. Pure.

    Args:
        done: what the tick wrote down: what its own change set stops is not told of.
    """
    outlooks = list(_outlooks(facts))
    stopped = {
        change.entity_id
        for change_set in done
        if change_set.verdict is Verdict.AUTO
        for change in change_set.changes
        if change.setting is Setting.STATUS and change.after == Status.PAUSED.value
    }
    over = (_overspent(one, one.entity.entity_id in stopped) for one in outlooks)
    error = _error_pct(facts, outlooks) if facts.today in facts.plan.flight else None
    drift = drift_of(facts.manifest, facts.slice, facts.tenant.guardrails).score
    return Figures(error, drift, tuple(one for one in over if one is not None))


def _outlooks(facts: Facts) -> Iterator[Outlook]:
    """Where every entity stands whose spend is known."""
    flight = facts.plan.flight
    if not flight.start <= facts.today <= flight.end + TOLD_AFTER:
        return
    track = PacingTrack(facts)
    for entity in facts.manifest.entities.values():
        known = entity.entity_id in facts.spend and entity.entity_id in facts.state.pacing
        if known and entity.allocation is not None and entity.daily_budget is not None:
            yield track.outlook(entity)


def _overspent(outlook: Outlook, stopped: bool) -> Overspent | None:
    entity, spent = outlook.entity, outlook.spent
    seen = _over_pct(spent.visible, outlook.allocation)
    if seen > OVER_PCT:
        return Overspent(entity.entity_id, entity.channel, round(seen, 2), seen=True)
    runs = entity.status is Status.ENABLED and not stopped and not outlook.backstopped
    if runs and spent.most > outlook.horizon.money:
        over = _over_pct(spent.most, outlook.horizon.money)
        return Overspent(entity.entity_id, entity.channel, round(over, 2), seen=False)
    return None


def _over_pct(spent: int, money: int) -> float:
    return 100.0 * (spent - money) / money if money else 100.0 * bool(spent)


def _error_pct(facts: Facts, outlooks: list[Outlook]) -> float | None:
    expected = sum(_expected(one, facts) for one in outlooks)
    if not outlooks or expected < LEAST_EXPECTED * sum(one.allocation for one in outlooks):
        return None
    spent = sum(one.spent.visible + one.forecast.mean for one in outlooks)
    return round(100.0 * (spent - expected) / expected, 2)


def _expected(outlook: Outlook, facts: Facts) -> float:
    """What was to be spent by now: the money up to the next boundary, along the entity's own weekdays and hours."""
    start, before = _stretch(facts.line(outlook.entity), facts)
    weights, end = outlook.observed.weekday, outlook.horizon.end
    days = (start + day * _DAY for day in range((end - start).days + 1))
    whole = sum(weights[day.weekday()] for day in days)
    clock = PacingTrack(facts).clock(end)
    left = clock.left(Curve(weights, outlook.observed.hours)).days * weights[clock.weekday]
    return before + (1.0 - left / whole) * (outlook.horizon.money - before)


def _stretch(line: PlanChannel | None, facts: Facts) -> tuple[date, int]:
    """The first day since the last boundary, and the money up to there."""
    before = 0
    for period in () if line is None else line.periods:
        if facts.today <= period.end:
            return max(period.start, facts.plan.flight.start), before
        before += period.budget
    return facts.plan.flight.start, 0
