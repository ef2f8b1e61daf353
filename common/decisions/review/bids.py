"""Bid targets, in bounded steps toward what the plan's KPI is in their platform's own units.

A platform that claims R conversions for each one of GA4's reaches a CPA of T by GA4 where it believes to reach T / R,
and a ROAS of T where it believes to reach T x R. That is the goal, whatever was achieved so far: a target that follows
what was achieved drifts wherever the market goes.
"""

from collections.abc import Iterator
from math import ceil, floor
from typing import NamedTuple

from common.decisions.guardrails.bids import bid_rests
from common.decisions.guardrails.evidence import CONVERSIONS, MATURITY
from common.decisions.guardrails.increases import amount, loosens_bid
from common.decisions.review.evidence import Evidence, Found
from common.decisions.review.platform_ratio import PlatformRatio, mature_ratio
from common.decisions.review.standing_still import distrusted, immature, not_raised, off, too_few
from common.domain.change import Change, OptimizationType, Proposal, Reason, Setting
from common.domain.kpi import KpiReading
from common.domain.manifest import Entity
from common.domain.money import MICROS, budget_step, show
from common.domain.verticals import Kpi, Metric

RULE = "bid"
_ROAS_STEP = MICROS // 100
"""A target ROAS is set to a hundredth of the ratio."""


class _Goal(NamedTuple):
    """The plan's KPI in a bid target's unit, and where it may be given that the ratio is not known exactly."""

    value: float
    low: float
    high: float


def propose(evidence: Evidence) -> Found:
    """A step for each bid target that is away from its goal."""
    proposals: list[Proposal] = []
    reasons: list[Reason] = []
    for entity in evidence.facts.manifest.entities.values():
        if entity.bid_target is not None:
            found = _step(entity, entity.bid_target, evidence)
            (proposals if isinstance(found, Proposal) else reasons).append(found)  # pyright: ignore[reportArgumentType]
    return Found(tuple(proposals), tuple(reasons))


def _step(entity: Entity, live: int, evidence: Evidence) -> Proposal | Reason:
    name, kpi = entity.entity_id, evidence.facts.slice.kpi
    reading = evidence.reading(entity)
    obstacle = next(_obstacles(entity, reading, evidence), None)
    ratio = None if obstacle else mature_ratio(evidence, entity.channel)
    if kpi is None or ratio is None or reading is None:
        return obstacle or Reason(code="ratio_unknown", entity_id=name)
    goal = _goal(kpi, ratio)
    after = _toward(live, goal.value, kpi.metric, evidence)
    if after == live or goal.low <= live <= goal.high:
        return _on_target(name, live, goal.value, kpi.metric)
    change = Change(entity_id=name, setting=Setting.BID_TARGET, before=live, after=after)
    loosens = loosens_bid(change, entity)
    against = "misses_target" if loosens else "beats_target"
    if against == _achieves(reading):
        return Reason(code=f"{against}:{kpi.metric}", measured=reading.value, limit=kpi.target, entity_id=name)
    if loosens and (held := not_raised(entity, evidence.facts)) is not None:
        return held
    return _proposal(entity, change, kpi, ratio, reading, evidence)


def _on_target(entity_id: str, live: int, goal: float, metric: Metric) -> Reason:
    if metric is Metric.CPA:
        return Reason(code="bid_on_target:cpa", measured=live, limit=round(goal), entity_id=entity_id)
    at, plan = (round(one / MICROS, 2) for one in (live, goal))
    return Reason(code="bid_on_target:roas", measured=at, limit=plan, entity_id=entity_id)


def _obstacles(entity: Entity, reading: KpiReading | None, evidence: Evidence) -> Iterator[Reason]:
    facts = evidence.facts
    if facts.slice.kpi is None or facts.slice.kpi.metric != entity.delivery.bid_metric:
        yield Reason(code="kpi_unknown", measured=entity.delivery.bid_metric, entity_id=entity.entity_id)
    yield from filter(
        None,
        (
            bid_rests(entity, facts),
            off(entity, facts),
            distrusted(entity, facts),
            too_few(entity, reading, facts, entity.delivery.bid_metric),
            immature(entity, reading, facts),
        ),
    )


def _goal(kpi: Kpi, ratio: PlatformRatio) -> _Goal:
    plan = kpi.target * MICROS
    if kpi.metric is Metric.CPA:
        return _Goal(plan / ratio.value, plan / ratio.high, plan / ratio.low)
    return _Goal(plan * ratio.value, plan * ratio.low, plan * ratio.high)


def _toward(live: int, goal: float, metric: Metric, evidence: Evidence) -> int:
    """One step, in amounts that a platform takes: never past the goal, and never further than the step allows.

    What is outside of the tenant's bounds goes to the bound at once, as a person has to allow: steps would not do.
    """
    rails, currency = evidence.facts.tenant.guardrails, evidence.facts.tenant.currency
    unit = budget_step(currency) if metric is Metric.CPA else _ROAS_STEP
    step = live * rails.bid_step_pct / 100
    least, most = min(goal, goal * rails.bid_min_pct / 100), max(goal, goal * rails.bid_max_pct / 100)
    if live < least:
        return ceil(_in(unit, least)) * unit
    if live > most:
        return floor(_in(unit, most)) * unit
    if live < goal:
        return max(live, floor(_in(unit, min(goal, live + step))) * unit)
    return min(live, ceil(_in(unit, max(goal, live - step))) * unit)


def _in(unit: int, value: float) -> float:
    """How many units a value is; what is as good as a whole number of them is one."""
    return round(value / unit, 6)


def _achieves(reading: KpiReading) -> str | None:
    """Whether what is reached is surely worse than the target, or surely better; `None` where neither is sure.

    Bidding more is no way toward a target that is missed, and bidding less gives away what it lets one have.
    """
    if reading.target is None or reading.low is None or reading.high is None:
        return None
    over, under = reading.low > reading.target, reading.high < reading.target
    if not (over or under):
        return None
    return "beats_target" if over == (reading.metric is Metric.ROAS) else "misses_target"


def _proposal(
    entity: Entity, change: Change, kpi: Kpi, ratio: PlatformRatio, reading: KpiReading, evidence: Evidence
) -> Proposal:
    before, after = amount(change.before), amount(change.after)
    goal, moved = _goal(kpi, ratio).value, (after - before) / MICROS
    cpa, currency = kpi.metric is Metric.CPA, evidence.facts.tenant.currency
    by = sorted(moved * one if cpa else moved / one for one in (ratio.low, ratio.value, ratio.high))
    old, new, plan = (show(round(one), currency) if cpa else f"{one / MICROS:.2f}" for one in (before, after, goal))
    return Proposal(
        proposal_id=f"{RULE}:{entity.entity_id}",
        type=OptimizationType.BID,
        rule=RULE,
        changes=(change,),
        why=f"The target {kpi.metric.upper()} of {entity.called} goes from {old} to {new}: its platform counts"
        f" {ratio.value:.2f} times what GA4 does, so the plan's target is {plan} there.",
        evidence={
            "plan_target": kpi.target,
            "goal": round(goal / MICROS, 6),
            "platform_per_ga4": round(ratio.value, 4),
            "ratio_low": round(ratio.low, 4),
            "ratio_high": round(ratio.high, 4),
            "ratio_days": ratio.days,
            "achieved": reading.value,
            CONVERSIONS: round(reading.conversions, 2),
            MATURITY: None if reading.maturity is None else round(reading.maturity, 4),
            "expected_effect": round(by[1], 4),
            "effect_low": round(by[0], 4),
            "effect_high": round(by[2], 4),
            "effect_unit": f"{currency} per conversion" if cpa else "of ROAS",
        },
    )
