"""Money moved between the channels of a track: to where one more unit of it brings most."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import NamedTuple

from common.decisions.review.evidence import Evidence, Found
from common.decisions.review.movable import Room, rooms
from common.decisions.review.response import ChannelResponse, Responses
from common.decisions.review.returns import demand_limited
from common.decisions.review.solver import Curve, solve
from common.domain.change import Change, OptimizationType, Proposal, Reason, Setting
from common.domain.money import MICROS, show
from common.domain.verticals import Metric

RULE = "budget"
LEAST_MOVE = 0.002
"""Of an allocation: less is not worth a change."""
_STRAIGHT = 1e-3
_STEEP = 1.95
"""A marginal's fall under the first is taken as none; one over the second is no Hill curve of shape 1."""


class _Arm(NamedTuple):
    """One entity that may take part in a shift."""

    response: ChannelResponse
    curve: Curve
    """By micros a day; what it brings is in the KPI's unit a day."""
    least: float
    most: float
    """Micros a day between which it may end."""

    @property
    def name(self) -> str:
        return self.response.entity_id

    def gain(self, daily: float) -> float:
        """By how much more it brings a day; what demand does not let it spend brings nothing."""
        reach = self.response.reachable
        now, then = (one if reach is None else min(one, reach) for one in (self.response.daily, daily))
        return self.curve.value(then) - self.curve.value(now)


def propose(evidence: Evidence, responses: Responses) -> Found:
    """The shift of allocations that pays most, within what may be moved today; the total is kept."""
    facts, room = evidence.facts, rooms(evidence.facts)
    reasons = [*responses.reasons]
    arms: list[_Arm] = []
    for name, response in sorted(responses.channels.items()):  # floats added up in another order are others
        still = room[name].reason
        if still is None:
            arms.append(_arm(response, room[name], evidence))
        else:
            reasons.append(still)
    if len(arms) < 2 or facts.days_left() < 1:
        return Found((), (*reasons, *(Reason(code="nothing_to_shift", entity_id=one.name) for one in arms)))
    wanted = _best(arms)
    moves = _moves(arms, wanted, evidence)
    left = [one for one in arms if one.name not in moves]
    if moves:
        proposal = _proposal(moves, arms, evidence)
        if proposal is not None:
            return Found((proposal,), (*reasons, *(_as_it_is(one) for one in left)))
    return Found((), (*reasons, *(_as_it_is(one) for one in arms)))


def _as_it_is(arm: _Arm) -> Reason:
    return Reason(code="best_as_it_is", entity_id=arm.name)


def _arm(response: ChannelResponse, room: Room, evidence: Evidence) -> _Arm:
    facts = evidence.facts
    spent, left = facts.spend[response.entity_id].most, max(1, facts.days_left())
    least, most = (max(0.0, (one - spent) / left) for one in (room.least, room.most))
    if response.reachable is not None:
        most = max(least, min(most, response.reachable))
    return _Arm(response, _curve(response), least, most)


def _curve(response: ChannelResponse) -> Curve:
    """The solver's curve that has the response's marginal, and its fall, at the spend that they hold for."""
    falls, at = min(_STEEP, -response.curvature), max(response.daily, response.at_least, 1.0)
    marginal = response.marginal.value / MICROS
    if falls < _STRAIGHT:
        return Curve(marginal, 1.0, 0.0)
    half = at * (2 - falls) / falls
    return Curve(marginal * (1 + at / half) ** 2, half, 2.0)


def _best(arms: Sequence[_Arm]) -> tuple[float, ...]:
    """The daily spends, in micros, that bring most. What nobody can spend stays where it is."""
    total = sum(one.response.daily for one in arms)
    bounds = [(one.least, one.most) for one in arms]
    if sum(most for _, most in bounds) < total:
        bounds = [(one.least, max(one.most, one.response.daily)) for one in arms]
    low, high = (sum(ends) for ends in zip(*bounds, strict=True))
    return solve([one.curve for one in arms], min(max(total, low), high), bounds).spends


def _moves(arms: Sequence[_Arm], wanted: Sequence[float], evidence: Evidence) -> dict[str, int]:
    """By entity id, by how many micros its allocation changes. Small moves are left out, and the sum is zero."""
    left, entities = evidence.facts.days_left(), evidence.facts.manifest.entities
    moves = {one.name: int((daily - one.response.daily) * left) for one, daily in zip(arms, wanted, strict=True)}
    moves = {name: by for name, by in moves.items() if abs(by) > LEAST_MOVE * (entities[name].allocation or 0)}
    given, got = -sum(by for by in moves.values() if by < 0), sum(by for by in moves.values() if by > 0)
    moved = min(given, got)
    if not moved:
        return {}
    # Rounded toward zero, so that none moves by more than it may; the last micros are given back by the larger side.
    moves = {name: int(by * moved / (got if by > 0 else given)) for name, by in moves.items()}
    over = sum(moves.values())
    if over:
        largest = max((name for name, by in moves.items() if by * over > 0), key=lambda name: abs(moves[name]))
        moves[largest] -= over
    return moves


def _proposal(moves: Mapping[str, int], arms: Sequence[_Arm], evidence: Evidence) -> Proposal | None:
    """The shift; none where it is not expected to bring anything."""
    entities, left = evidence.facts.manifest.entities, evidence.facts.days_left()
    by_name = {one.name: one for one in arms}
    gains = {name: by_name[name].gain(by_name[name].response.daily + by / left) * left for name, by in moves.items()}
    effect = sum(gains.values())
    if effect <= 0:
        return None
    spread = sqrt(sum((gain * _doubt(by_name[name].response)) ** 2 for name, gain in gains.items()))
    changes = (_change(name, entities[name].allocation or 0, by) for name, by in moves.items())
    giver, taker = (by_name[end(moves, key=lambda name: (moves[name], name))].response for end in (min, max))
    return Proposal(
        proposal_id=RULE,
        type=OptimizationType.BUDGET_SHIFT,
        rule=RULE,
        changes=tuple(changes),
        why=_why(moves, giver, taker, evidence),
        evidence={
            "moved": sum(by for by in moves.values() if by > 0),
            "next_unit_where_it_was": round(giver.marginal.value, 6),
            "next_unit_where_it_goes": round(taker.marginal.value, 6),
            "expected_effect": round(effect, 2),
            "effect_low": round(effect - spread, 2),
            "effect_high": round(effect + spread, 2),
            "effect_unit": f"{_unit(evidence)} until the flight ends",
        },
    )


def _change(name: str, before: int, by: int) -> Change:
    return Change(entity_id=name, setting=Setting.ALLOCATION, before=before, after=before + by)


def _doubt(response: ChannelResponse) -> float:
    """Half of the 90% interval of what its next unit brings, as a share of it."""
    return (response.marginal.high - response.marginal.low) / 2 / response.marginal.value


def _unit(evidence: Evidence) -> str:
    cpa = evidence.yardstick.metric is Metric.CPA
    return "conversions" if cpa else f"{evidence.facts.tenant.currency} of value"


def _why(moves: Mapping[str, int], giver: ChannelResponse, taker: ChannelResponse, evidence: Evidence) -> str:
    """Who gets how much from whom, and what makes that worth it: of the largest move on either side."""
    entities, currency = evidence.facts.manifest.entities, evidence.facts.tenant.currency
    takers = [f"{show(by, currency)} more for {entities[name].called}" for name, by in moves.items() if by > 0]
    givers = [entities[name].called for name, by in moves.items() if by < 0]
    here, there = entities[giver.entity_id].called, entities[taker.entity_id].called
    if demand_limited(giver):
        because = f"{here} finds no demand for all that it may spend"
    elif evidence.yardstick.metric is Metric.CPA:
        costs = [show(round(MICROS / one.marginal.value), currency) for one in (taker, giver)]
        because = f"the next conversion costs about {costs[0]} with {there} and {costs[1]} with {here}"
    else:
        returns = [f"{one.marginal.value:,.2f}" for one in (taker, giver)]
        because = f"the next {currency} returns about {returns[0]} with {there} and {returns[1]} with {here}"
    return f"{_and(takers)}, from {_and(givers)}: {because}."


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
