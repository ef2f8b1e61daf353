"""A track whose channels are all saturated or at their caps: nothing is left to move, and only a new plan helps.

A channel is saturated where its demand is less than its money, or where the next unit surely returns less than
`LEAST_RETURN` of what the plan wants of its money on average.
"""

from typing import NamedTuple

from common.decisions.review.evidence import Evidence, Found
from common.decisions.review.response import ChannelResponse, Responses
from common.decisions.review.returns import asks_today, demand_limited, spend_where, wanted
from common.domain.change import OptimizationType, Proposal, Reason, Status
from common.domain.manifest import Entity
from common.domain.money import MICROS, show

RULE = "structural"
LEAST_RETURN = 0.25


class _Channel(NamedTuple):
    """One channel that has money, and why it can take no more; `None` while it can."""

    entity: Entity
    response: ChannelResponse
    full: Reason | None


def propose(evidence: Evidence, responses: Responses) -> Found:
    """A replan, once a week for as long as it is so; and which channels are full."""
    bearing = [one for one in evidence.facts.manifest.entities.values() if one.allocation]
    known = [
        _Channel(one, responses.channels[one.entity_id], _full(one, responses.channels[one.entity_id], evidence))
        for one in bearing
        if one.entity_id in responses.channels
    ]
    reasons = tuple(one.full for one in known if one.full is not None)
    nothing_left = len(known) == len(bearing) and len(reasons) == len(known)
    saturated = any(reason.code != "at_its_cap" for reason in reasons)
    running = all(one.status is Status.ENABLED for one in bearing)
    if not (nothing_left and saturated and running):
        return Found((), reasons)
    if not asks_today(evidence):
        return Found((), (*reasons, Reason(code="replan_was_recommended")))
    return Found((_proposal(known, evidence),), reasons)


def _full(entity: Entity, response: ChannelResponse, evidence: Evidence) -> Reason | None:
    name, target, line = entity.entity_id, wanted(evidence), evidence.facts.line(entity)
    if demand_limited(response) and response.reachable is not None:
        return Reason(
            code="demand_limited", measured=round(response.daily), limit=round(response.reachable), entity_id=name
        )
    if target is not None and response.marginal.high < LEAST_RETURN * target:
        share = 100 * response.marginal.value / target
        return Reason(code="saturated", measured=round(share, 2), limit=100 * LEAST_RETURN, entity_id=name)
    if line is not None and line.max_budget is not None:
        allocated = evidence.facts.manifest.allocated(entity.channel)
        if allocated >= line.max_budget:
            return Reason(code="at_its_cap", measured=allocated, limit=line.max_budget, entity_id=name)
    return None


def _proposal(channels: list[_Channel], evidence: Evidence) -> Proposal:
    currency, days = evidence.facts.tenant.currency, evidence.facts.days_left()
    left = sum(one.response.daily for one in channels) * days
    least, idle, most = (days * sum(column) for column in zip(*(_idle(one, evidence) for one in channels), strict=True))
    names = ", ".join(one.entity.called for one in channels)
    return Proposal(
        proposal_id=RULE,
        type=OptimizationType.STRUCTURAL,
        rule=RULE,
        changes=(),
        why=f"{names} can make no more of their money, and none can take what another can't use: of the"
        f" {show(round(left), currency)} that are left, {show(round(idle), currency)} find no demand"
        " or return too little.",
        evidence={
            "channels": len(channels),
            "limited_by_demand": sum(demand_limited(one.response) for one in channels),
            "left": round(left / MICROS, 2),
            "expected_effect": round(idle / MICROS, 2),
            "effect_low": round(least / MICROS, 2),
            "effect_high": round(most / MICROS, 2),
            "effect_unit": f"{currency} for another plan to use",
        },
    )


def _idle(channel: _Channel, evidence: Evidence) -> tuple[float, float, float]:
    """Micros a day that find no demand or return too little: at least, likely, at most (90%)."""
    response, target = channel.response, wanted(evidence)
    if demand_limited(response) and response.reachable is not None:
        unspent = response.daily - response.reachable
        return unspent, unspent, unspent
    if target is None:
        return 0.0, 0.0, 0.0
    of = response.marginal
    used = (spend_where(response, one, LEAST_RETURN * target) for one in (of.high, of.value, of.low))
    least, likely, most = (max(0.0, response.daily - one) for one in used)
    return least, likely, most
