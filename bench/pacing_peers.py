"""What others do about pacing, under the same limits: no policy writes more often or in larger steps than Trimtab may.

Each peer says what daily budget it would like. The limits of automatic changes cut that down, and where they make it
wait it waits. All peers set the platform's total budget where it takes one.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from bench.flights import Policy
from common.decisions.budget_limits import budget_limits, even_pace, must_wait
from common.decisions.exposure import cap_in_danger, exposure
from common.decisions.facts import Facts
from common.decisions.pacing_status import backstop
from common.decisions.time_left import Clock, TimeLeft, curve_of
from common.domain.calendar import HOUR, TenantCalendar
from common.domain.change import Change, OptimizationType, Proposal, Setting, Status
from common.domain.manifest import Entity, Manifest
from common.domain.money import minor_unit
from common.domain.plan import MediaPlan
from common.domain.state import TrackState
from common.ports.ad_platform import SpendReport

LEAST_STEP = 0.02
"""Of the daily budget: no peer wastes a write on less."""
GAIN = 1.0
"""Of proportional control: the share of a deviation that it wants back within a day."""


class Seen(NamedTuple):
    """What a peer goes by; money in micros."""

    budget: float
    """The daily budget that is live."""
    allocation: float
    visible: float
    unseen: float
    """Spend that is not visible yet, if the budget spreads evenly over the day."""
    days: float
    """Of the flight."""
    days_left: float
    """The rest of today included."""


Wish = Callable[[Seen], float | None]
"""The daily budget that a peer would like; `None`: that the entity stops."""


def static(seen: Seen) -> float | None:
    """The plan's budget over its days, from the first day to the last."""
    return seen.budget


def remaining_over_days_left(seen: Seen) -> float | None:
    """What is left by the platform's report, over the days left, every hour anew."""
    return max(0.0, seen.allocation - seen.visible) / seen.days_left


def proportional_control(seen: Seen) -> float | None:
    """The even budget, and what the spend is behind or ahead of a straight line; stops once the projection is there."""
    projected = seen.visible + seen.unseen
    if projected >= seen.allocation:
        return None
    even = seen.allocation / seen.days
    expected = even * (seen.days - seen.days_left)
    return max(0.0, even + GAIN * (expected - projected))


def peer(wish: Wish) -> Policy:
    """The policy of a peer."""
    return Policy(_since, _observe, partial(_decide, wish))


def _since(
    state: TrackState, manifest: Manifest, plan: MediaPlan, calendar: TenantCalendar, _: datetime
) -> dict[str, datetime]:
    start = calendar.bounds(plan.flight.start)[0]
    return {
        entity.platform: datetime.fromisoformat(known["seen"]) if known else start
        for name, entity in manifest.entities.items()
        for known in [state.pacing.get(name)]
    }


def _observe(
    state: TrackState,
    manifest: Manifest,
    plan: MediaPlan,
    calendar: TenantCalendar,
    reports: Mapping[str, SpendReport],
    now: datetime,
) -> TrackState:
    """Adds up what is reported; what is not yet may be all that the platform can spend in that time."""
    pacing = dict(state.pacing)
    start = calendar.bounds(plan.flight.start)[0]
    for name, entity in manifest.entities.items():
        known = state.pacing.get(name)
        visible, seen = (known["visible"], datetime.fromisoformat(known["seen"])) if known else (0, start)
        report = reports.get(entity.platform)
        if report is not None and name in report.hours:
            visible += sum(one.micros for one in report.hours[name])
            seen = max(seen, report.complete_until)
        most = entity.delivery.overdelivery * (entity.daily_budget or 0) * ((now - seen) / HOUR) / 24
        pacing[name] = {"visible": visible, "unseen": round(most), "seen": seen.isoformat()}
    return state.but(pacing=pacing)


def _decide(wish: Wish, facts: Facts) -> Sequence[Proposal]:
    """One hour of a peer, for all entities of a track."""
    clock = Clock.at(facts.now, facts.calendar, facts.plan.flight)
    proposals: list[Proposal] = []
    for entity in facts.manifest.entities.values():
        total = backstop(entity, facts.tenant.currency)
        if total is not None:
            proposals.append(_proposal(entity, "total", total.changes))
        if entity.status is Status.ENABLED and entity.entity_id in facts.spend:
            wanted = wish(_seen(entity, facts, clock))
            changes = _stop(entity) if wanted is None else _towards(wanted, entity, facts, clock)
            proposals += [_proposal(entity, "budget", changes)] if changes else []
    return proposals


def _seen(entity: Entity, facts: Facts, clock: Clock) -> Seen:
    budget, observed = float(entity.daily_budget or 0), facts.state.pacing[entity.entity_id]
    unseen_hours = (facts.now - datetime.fromisoformat(observed["seen"])) / HOUR
    return Seen(
        budget=budget,
        allocation=float(entity.allocation or 0),
        visible=float(observed["visible"]),
        unseen=budget * unseen_hours / 24,
        days=facts.plan.flight.days,
        days_left=clock.days_after + 1 - clock.passed / len(clock.hours),
    )


def _stop(entity: Entity) -> tuple[Change, ...]:
    off = Status.PAUSED.value
    return (Change(entity_id=entity.entity_id, setting=Setting.STATUS, before=entity.status.value, after=off),)


def _towards(wanted: float, entity: Entity, facts: Facts, clock: Clock) -> tuple[Change, ...]:
    """As far toward the wish as the limits allow, if that is worth a write and may be now."""
    before = entity.daily_budget or 0
    left = clock.left(curve_of(facts.state.pacing[entity.entity_id]))
    after = _limited(wanted, entity, facts, clock, left)
    if abs(after - before) < LEAST_STEP * before or after == before:
        return ()
    return (Change(entity_id=entity.entity_id, setting=Setting.DAILY_BUDGET, before=before, after=after),)


def _limited(wanted: float, entity: Entity, facts: Facts, clock: Clock, left: TimeLeft) -> int:
    before, allocation = entity.daily_budget or 0, entity.allocation or 0
    spent, unit = facts.spend[entity.entity_id], minor_unit(facts.tenant.currency)
    limits = budget_limits(
        entity,
        facts.tenant.guardrails,
        facts.now,
        pace=even_pace(allocation - spent.most, left.days),
        day_start=clock.day_start,
        days_left=facts.days_left(),
        degraded=facts.tenant.degraded_attribution,
    )
    raises = wanted > before
    danger = not raises and cap_in_danger(entity, spent, left, allocation)
    if must_wait(limits, facts.tenant.guardrails, facts.now, danger=danger) is not None:
        return before
    bounded = min(wanted, limits.highest) if raises else max(wanted, limits.lowest(danger=danger))
    after = max(unit, int(bounded) // unit * unit)
    return before if raises and exposure(entity, spent, after, left.check) > allocation else after


def _proposal(entity: Entity, what: str, changes: tuple[Change, ...]) -> Proposal:
    name = f"peer:{entity.entity_id}:{what}"
    return Proposal(proposal_id=name, type=OptimizationType.PACE, rule="peer", changes=changes, why="A peer's wish.")
