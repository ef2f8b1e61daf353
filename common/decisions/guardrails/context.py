"""What all guardrails look at: the facts, what follows from them, and what this call has let through already."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from common.decisions.budget_limits import BudgetLimits, budget_limits, even_pace
from common.decisions.exposure import cap_in_danger
from common.decisions.facts import Facts, Spent
from common.decisions.guardrails.increases import amount, is_increase
from common.decisions.horizon import horizon
from common.decisions.time_left import Clock, TimeLeft, curve_of
from common.domain.change import Change, OptimizationType, Proposal, Setting, Status, Value
from common.domain.guardrails import Guardrails
from common.domain.manifest import Entity


@dataclass(slots=True)
class Taken:
    """What the proposals that were let through before, in the same call, use up.

    Only what they take counts, never what they free: each must hold even if another one fails.
    """

    fields: dict[tuple[str, Setting], str] = field(default_factory=dict[tuple[str, Setting], str])
    """The proposal that writes a setting."""
    worse: dict[str, dict[Setting, Value]] = field(default_factory=dict[str, dict[Setting, Value]])
    """By entity, the settings that will leave it more exposed: budgets that rise, allocations that fall."""
    paused: set[str] = field(default_factory=set[str])
    """Entities that an emergency pause turns off."""
    stopped: set[str] = field(default_factory=set[str])
    """Entities that anything turns off."""
    rise: int = 0
    """Micros by which the track's total rises."""
    channel_rise: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    given: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    """Micros that leave entities of a channel."""
    moved: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    """Micros that move out of or into a channel, the larger of the two."""

    def keep(self, change: Change) -> None:
        """Remember a change that will land."""
        falls = change.setting is Setting.ALLOCATION and not change.is_increase
        if falls or (change.setting is not Setting.ALLOCATION and change.is_increase):
            self.worse.setdefault(change.entity_id, {})[change.setting] = change.after
        if change.after == Status.PAUSED:
            self.stopped.add(change.entity_id)


class After(NamedTuple):
    """An entity's status and money once a proposal has landed, in micros."""

    enabled: bool
    allocation: int
    daily_budget: int
    total_budget: int | None


class Context:
    """The facts of one call of `judge`. Computes each thing once, and only when a guardrail asks for it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.rails: Guardrails = facts.tenant.guardrails
        self.entities = facts.manifest.entities
        self.taken = Taken()
        self._left: dict[str, TimeLeft] = {}
        self._limits: dict[tuple[str, int], BudgetLimits] = {}
        self._after: dict[tuple[str, str], After] = {}

    @cached_property
    def clock(self) -> Clock:
        """The track's clock."""
        return Clock.at(self.facts.now, self.facts.calendar, self.facts.plan.flight)

    def left(self, entity: Entity) -> TimeLeft:
        """The time left for an entity, along the curve it spends by."""
        found = self._left.get(entity.entity_id)
        if found is None:
            curve = curve_of(self.facts.state.pacing.get(entity.entity_id))
            found = self._left[entity.entity_id] = self.clock.left(curve)
        return found

    def spent(self, entity: Entity) -> Spent | None:
        """What the entity has spent; `None` where that is not known."""
        return self.facts.spend.get(entity.entity_id)

    def lineage(self, entity: Entity) -> list[Entity]:
        """The entity and those above it."""
        found = [entity]
        while entity.parent is not None and len(found) < len(self.entities):
            entity = self.entities[entity.parent]
            found.append(entity)
        return found

    def bearer(self, entity: Entity) -> Entity | None:
        """Whose allocation the entity spends: its own, or that of the nearest one above it."""
        if entity.allocation is not None:
            return entity
        return next((each for each in self.lineage(entity) if each.allocation is not None), None)

    def in_danger(self, entity: Entity) -> bool:
        """Whether what the entity may spend until its next boundary could be overspent before the day ends."""
        spent = self.spent(entity)
        if spent is None or entity.allocation is None:
            return False
        flight, today = self.facts.plan.flight, self.facts.today
        money = horizon(entity.allocation, self.facts.line(entity), flight, today).money
        return cap_in_danger(entity, spent, self.left(entity), money)

    def limits(self, entity: Entity, allocation: int) -> BudgetLimits:
        """The limits of the entity's daily budget under this allocation."""
        key = entity.entity_id, allocation
        found = self._limits.get(key)
        if found is None:
            found = self._limits[key] = self._limits_of(entity, allocation)
        return found

    def after(self, proposal: Proposal, entity: Entity) -> After:
        """The entity's money as the proposal leaves it, with what others that were let through may make worse."""
        key = proposal.proposal_id, entity.entity_id
        found = self._after.get(key)
        if found is None:
            found = self._after[key] = self._after_of(proposal, entity)
        return found

    def _after_of(self, proposal: Proposal, entity: Entity) -> After:
        values: dict[Setting, Value] = dict(self.taken.worse.get(entity.entity_id, {}))
        for change in proposal.changes:
            if change.entity_id == entity.entity_id:
                values[change.setting] = change.after
        total = values.get(Setting.TOTAL_BUDGET, entity.total_budget)
        return After(
            enabled=values.get(Setting.STATUS, entity.status) == Status.ENABLED,
            allocation=amount(values.get(Setting.ALLOCATION, entity.allocation)),
            daily_budget=amount(values.get(Setting.DAILY_BUDGET, entity.daily_budget)),
            total_budget=None if total is None else amount(total),
        )

    def _limits_of(self, entity: Entity, allocation: int) -> BudgetLimits:
        spent = self.spent(entity)
        pace = 0 if spent is None else even_pace(allocation - spent.most, self.left(entity).days)
        return budget_limits(
            entity,
            self.rails,
            self.facts.now,
            pace=pace,
            day_start=self.clock.day_start,
            days_left=self.facts.days_left(),
            degraded=self.facts.tenant.degraded_attribution,
        )


class Step(NamedTuple):
    """One change of a proposal, with the entity that it changes."""

    proposal: Proposal
    change: Change
    entity: Entity
    increase: bool

    @staticmethod
    def of(proposal: Proposal, change: Change, context: Context) -> "Step":
        """The step; its entity must be in the manifest."""
        entity = context.entities[change.entity_id]
        return Step(proposal, change, entity, is_increase(change, entity))

    @property
    def undoes(self) -> bool:
        """Whether it undoes an edit by hand: puts back exactly what the setting's last change replaced."""
        if self.proposal.type is not OptimizationType.UNDO_EXTERNAL:
            return False
        last = next((step for step in reversed(self.entity.trail) if step.setting is self.change.setting), None)
        return last is not None and last.type is None and not last.auto and last.before == self.change.after
