"""Bid targets: how far from where they stand, how far from the plan's KPI, how often."""

from collections.abc import Iterator
from datetime import timedelta

from common.decisions.facts import Facts
from common.decisions.guardrails.context import Context, Step
from common.decisions.guardrails.findings import Finding, ask, block
from common.decisions.guardrails.frequency import RUN
from common.decisions.guardrails.increases import amount
from common.domain.change import Reason, Setting, Verdict
from common.domain.manifest import Entity
from common.domain.money import MICROS
from common.domain.verticals import Metric

DAY = timedelta(days=1)


def bid_findings(step: Step, context: Context) -> Iterator[Finding]:
    """All that is to be said about one bid target."""
    yield from _bounds(step, context)
    entity_id, rails = step.entity.entity_id, context.rails
    before, wanted = amount(step.change.before), amount(step.change.after)
    if 100 * abs(wanted - before) > rails.bid_step_pct * before:
        yield ask("bid_step_pct", entity_id, 100 * (wanted - before) / before if before else None, rails.bid_step_pct)
    waits = bid_rests(step.entity, context.facts)
    if waits is not None and not step.undoes:
        yield Finding(Verdict.NEEDS_APPROVAL, waits)


def bid_rests(entity: Entity, facts: Facts) -> Reason | None:
    """Why an entity's bid target is left alone: it moved too few days ago, by hand too."""
    days = facts.tenant.guardrails.bid_days
    last = next((past.at for past in reversed(entity.trail) if past.setting is Setting.BID_TARGET), None)
    if last is None or facts.now + RUN - last >= days * DAY:
        return None
    return Reason(code="bid_days", measured=(facts.now - last) / DAY, limit=days, entity_id=entity.entity_id)


def _bounds(step: Step, context: Context) -> Iterator[Finding]:
    """A bid outside its bounds is blocked, even on its way back towards them: a person can bring it inside at once."""
    entity_id, rails, wanted = step.entity.entity_id, context.rails, amount(step.change.after)
    kpi = planned_target(context.facts, step.entity)
    if kpi is None:
        found = block if step.increase else ask
        yield found("kpi_unknown", entity_id, measured=step.entity.delivery.bid_metric)
        return
    percent = 100 * wanted / kpi
    if percent < rails.bid_min_pct:
        yield block("bid_min_pct", entity_id, percent, rails.bid_min_pct)
    if percent > rails.bid_max_pct:
        yield block("bid_max_pct", entity_id, percent, rails.bid_max_pct)


def planned_target(facts: Facts, entity: Entity) -> float | None:
    """The plan's KPI in the units of the entity's bid target; `None` where the plan has none by this metric.

    A target CPA is in micros of the currency, a target ROAS in millionths of the ratio. Both are by the platform's own
    count: where it claims more than GA4 sees, the same result is a lower CPA there, or a higher ROAS. Until it is known
    how much more, it is taken to count as GA4 does.
    """
    kpi = facts.slice.kpi
    if kpi is None or kpi.metric != entity.delivery.bid_metric:
        return None
    ratio = facts.state.ratios.get(entity.channel, 1.0)
    return kpi.target * MICROS * (ratio if kpi.metric is Metric.ROAS else 1 / ratio)
