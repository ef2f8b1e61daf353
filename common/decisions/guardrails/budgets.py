"""Daily budgets and the platform's own total: how far they may go by themselves."""

from collections.abc import Iterator

from common.decisions.budget_limits import BudgetLimits
from common.decisions.guardrails.context import Context, Step
from common.decisions.guardrails.findings import Finding, ask, block
from common.decisions.guardrails.increases import amount


def daily_budget_findings(step: Step, context: Context) -> Iterator[Finding]:
    """How far a daily budget moves, up or down."""
    limits = context.limits(step.entity, context.after(step.proposal, step.entity).allocation)
    yield from _raise(step, limits, context) if step.increase else _cut(step, limits, context)


def total_budget_findings(step: Step, context: Context) -> Iterator[Finding]:
    """The platform's total is the backstop of the allocation: never over it, and not taken away without asking."""
    entity_id, wanted = step.entity.entity_id, step.change.after
    allocation = context.after(step.proposal, step.entity).allocation
    if wanted is None:
        yield ask("backstop_removed", entity_id, measured=step.entity.total_budget)
    elif amount(wanted) > allocation:
        yield block("total_over_allocation", entity_id, amount(wanted), allocation)


def _raise(step: Step, limits: BudgetLimits, context: Context) -> Iterator[Finding]:
    entity_id, wanted, rails = step.entity.entity_id, amount(step.change.after), context.rails
    if wanted >= limits.person_from:
        degraded = context.facts.tenant.degraded_attribution
        code = "degraded_step_pct" if degraded else "daily_budget_step_pct"
        yield ask(code, entity_id, _rise(wanted, limits.base), getattr(rails, code))
    if wanted > limits.week_highest:
        yield ask("daily_budget_7d_pct", entity_id, _rise(wanted, limits.week_lowest), rails.daily_budget_7d_pct)
    if wanted > limits.learning_highest:
        yield ask("learning_step_pct", entity_id, _rise(wanted, limits.phase_lowest), rails.learning_step_pct)


def _cut(step: Step, limits: BudgetLimits, context: Context) -> Iterator[Finding]:
    wanted = amount(step.change.after)
    if wanted < limits.learning_lowest and not context.in_danger(step.entity):
        percent = _rise(wanted, limits.phase_highest)
        yield ask("learning_step_pct", step.entity.entity_id, percent, context.rails.learning_step_pct)


def _rise(wanted: int, base: int) -> float | None:
    """The raise in percent of what it is measured against, negative for a cut; none where that is nothing."""
    return 100 * (wanted - base) / base if base else None
