"""How well a policy did in a market: pacing against the plan, and the value that its spend brings on average."""

from dataclasses import dataclass

from sandbox.events import PlanRevision, SpendRunaway
from sandbox.line import Line
from sandbox.market import Market
from sandbox.scenario import Scenario

_REACHABLE = 0.999
"""The share of the plan that perfect pacing must be able to spend for a channel to be judged."""

_ROUNDING = 1 - 1e-9
"""Sums of floats differ in their last digits between Python's versions."""


@dataclass(frozen=True, slots=True)
class Paced:
    """One channel's spend over the flight against the plan that was in force at its end, in currency units."""

    entity: str
    plan_budget: float
    spent: float
    judged: bool
    """Whether perfect pacing would have spent the plan, in a market without a runaway."""

    @property
    def error(self) -> float:
        """|spent - plan| / plan"""
        return abs(self.spent - self.plan_budget) / self.plan_budget

    @property
    def over(self) -> float:
        """The share of the plan that was spent beyond it; 0 at most."""
        return max(0.0, self.spent - self.plan_budget) / self.plan_budget


def paced(market: Market) -> list[Paced]:
    """Every channel's pacing, once the flight has ended."""
    scenario = market.scenario
    ran_away = any(isinstance(event, SpendRunaway) for event in scenario.events)
    results: list[Paced] = []
    for entity, line in market.lines.items():
        budgets = plan_by_day(scenario, line)
        judged = not ran_away and _perfect(line, budgets) >= _REACHABLE * budgets[-1] * _ROUNDING
        results.append(Paced(entity, budgets[-1], market.true_spend(entity), judged))
    return results


def plan_by_day(scenario: Scenario, line: Line) -> list[float]:
    """The channel's flight budget on each day of the flight, by the plan in force when the day ends."""
    revisions = [
        (event.at, event.channels[line.channel.channel])
        for event in scenario.events
        if isinstance(event, PlanRevision)
        and event.track_id == line.track.track_id
        and line.channel.channel in event.channels
    ]
    revisions.sort(key=lambda revision: revision[0])
    budgets: list[float] = []
    first = line.hours.flight_day
    for day in line.hours.days[first : first + scenario.flight.days]:
        in_force = [budget for at, budget in revisions if at.date() <= day]
        budgets.append(in_force[-1] if in_force else line.channel.plan_budget)
    return budgets


def value(market: Market) -> float:
    """The mean conversions that the spend so far brings, times their value where the vertical counts it."""
    total = 0.0
    first = market.hours.flight_start
    for entity, line in market.lines.items():
        means = market.responses[entity].through(market.hours.flight_end)
        worth = line.channel.value_per_conversion if market.scenario.counts_value else 1.0
        total += worth * sum(means[first:])
    return total


def _perfect(line: Line, budgets: list[float]) -> float:
    """What min(left / days left, the day's demand) on each day comes to."""
    spent = 0.0
    for offset, budget in enumerate(budgets):
        even = (budget - spent) / (len(budgets) - offset)
        spent += min(max(0.0, even), sum(line.days.demand(line.hours.flight_day + offset)))
    return spent
