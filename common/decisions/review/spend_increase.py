"""More money for a track whose best channel still returns what the plan wants of its money on average.

What can be had by moving money costs nothing, so a larger total is thought of only where no channel returns less than
that. It always waits for a person, and is asked for once a week.
"""

from collections.abc import Collection, Iterator
from math import log
from typing import NamedTuple

from common.decisions.guardrails.evidence import CONVERSIONS, MATURITY
from common.decisions.review.evidence import Evidence, Found
from common.decisions.review.response import ChannelResponse, Responses
from common.decisions.review.returns import asks_today, spend_where, wanted
from common.decisions.review.standing_still import immature, not_raised, off, too_few
from common.domain.change import Change, OptimizationType, Proposal, Reason, Setting
from common.domain.kpi import KpiReading
from common.domain.manifest import Entity
from common.domain.money import MICROS, show
from common.domain.verticals import Metric

RULE = "spend_increase"
LEAST_RAISE = 0.02
"""Of an allocation: less is not worth a person's time."""


class _Candidate(NamedTuple):
    """A channel that would earn more money, and by how much its allocation may rise, in micros."""

    entity: Entity
    response: ChannelResponse
    reading: KpiReading
    target: float
    rise: int


def propose(evidence: Evidence, responses: Responses, moving: Collection[str] = ()) -> Found:
    """The raise for the channel whose next unit returns most, and why others get none.

    Args:
        moving: the entities from or to which money is moved today.
    """
    candidates: list[_Candidate] = []
    reasons: list[Reason] = []
    for entity in evidence.facts.manifest.entities.values():
        response = responses.channels.get(entity.entity_id)
        if entity.allocation and response is not None:
            found = _candidate(entity, response, evidence)
            (candidates if isinstance(found, _Candidate) else reasons).append(found)  # pyright: ignore[reportArgumentType]
    free = [one for one in candidates if one.entity.entity_id not in moving]
    best = max(free, key=lambda one: (one.response.marginal.low, one.entity.entity_id), default=None)
    waits = _waits(best, evidence, responses)
    if best is None or waits is not None:
        code = waits or "moving_goes_first"
        return Found((), (*reasons, *(Reason(code=code, entity_id=one.entity.entity_id) for one in candidates)))
    others = (
        Reason(code="another_goes_first", entity_id=one.entity.entity_id) for one in candidates if one is not best
    )
    return Found((_proposal(best, evidence),), (*reasons, *others))


def _candidate(entity: Entity, response: ChannelResponse, evidence: Evidence) -> _Candidate | Reason:
    name, reading, target = entity.entity_id, evidence.reading(entity), wanted(evidence)
    obstacle = next(_obstacles(entity, response, reading, evidence), None)
    if obstacle is not None or reading is None or target is None:
        return obstacle or Reason(code="kpi_unknown", entity_id=name)
    share = response.marginal.low / target
    rise = _rise(entity, response, target, evidence)
    if share <= 1 or rise < LEAST_RAISE * (entity.allocation or 0):
        return Reason(code="not_worth_more", measured=round(100 * share, 2), limit=100, entity_id=name)
    return _Candidate(entity, response, reading, target, rise)


def _obstacles(
    entity: Entity, response: ChannelResponse, reading: KpiReading | None, evidence: Evidence
) -> Iterator[Reason]:
    facts, name, kpi = evidence.facts, entity.entity_id, evidence.facts.slice.kpi
    if response.reachable is not None and response.reachable <= response.daily:
        yield Reason(
            code="demand_limited", measured=round(response.daily), limit=round(response.reachable), entity_id=name
        )
    yield from filter(
        None,
        (
            off(entity, facts),
            not_raised(entity, facts),
            too_few(entity, reading, facts, None if kpi is None else kpi.metric),
            immature(entity, reading, facts),
        ),
    )


def _rise(entity: Entity, response: ChannelResponse, target: float, evidence: Evidence) -> int:
    """As far as the next unit returns what the plan wants, in whole units of the currency; at most one step."""
    facts, rails = evidence.facts, evidence.facts.tenant.guardrails
    step = rails.degraded_step_pct if facts.tenant.degraded_attribution else rails.daily_budget_step_pct
    most = min(spend_where(response, response.marginal.low, target), response.daily * (1 + step / 100))
    if response.reachable is not None:
        most = min(most, response.reachable)
    rise = (most - response.daily) * facts.days_left()
    line = facts.line(entity)
    if line is None:
        return 0
    if line.max_budget is not None:
        rise = min(rise, line.max_budget - facts.manifest.allocated(entity.channel))
    return int(max(0.0, min(rise, _free(evidence))) // MICROS) * MICROS


def _free(evidence: Evidence) -> int:
    """What the master cap leaves, by the plan: above all its tracks, and what this one was not allocated."""
    facts = evidence.facts
    above = facts.plan.master_cap - sum(track.budget for track in facts.plan.tracks)
    return above + facts.slice.budget - facts.manifest.allocated()


def _waits(best: _Candidate | None, evidence: Evidence, responses: Responses) -> str | None:
    """Why even the best one gets no more today, as a code."""
    if best is None or any(one.marginal.value < best.target for one in responses.channels.values()):
        return "moving_goes_first"
    return None if asks_today(evidence) else "asked_once_a_week"


def _proposal(best: _Candidate, evidence: Evidence) -> Proposal:
    entity, response, currency = best.entity, best.response, evidence.facts.tenant.currency
    before = entity.allocation or 0
    low, gained, high = (
        _gain(response, one, best.rise, evidence)
        for one in (response.marginal.low, response.marginal.value, response.marginal.high)
    )
    cpa = best.reading.metric is Metric.CPA
    unit = "conversions" if cpa else f"{currency} of value"
    return Proposal(
        proposal_id=f"{RULE}:{entity.entity_id}",
        type=OptimizationType.SPEND_INCREASE,
        rule=RULE,
        changes=(
            Change(entity_id=entity.entity_id, setting=Setting.ALLOCATION, before=before, after=before + best.rise),
        ),
        why=f"{show(best.rise, currency)} more for {entity.called} would bring about {gained:,.0f} {unit} until the"
        f" flight ends: its next {currency} still returns {response.marginal.value / best.target:.1f} times what the"
        " plan wants.",
        evidence={
            "marginal": round(response.marginal.value, 6),
            "marginal_low": round(response.marginal.low, 6),
            "marginal_high": round(response.marginal.high, 6),
            "plan_wants": round(best.target, 6),
            "achieved": best.reading.value,
            CONVERSIONS: round(best.reading.conversions, 2),
            MATURITY: None if best.reading.maturity is None else round(best.reading.maturity, 4),
            "expected_effect": round(gained, 2),
            "effect_low": round(low, 2),
            "effect_high": round(high, 2),
            "effect_unit": f"{unit} until the flight ends",
        },
    )


def _gain(response: ChannelResponse, marginal: float, rise: int, evidence: Evidence) -> float:
    """What the raise brings over the days left: the integral of the marginal, which falls as a power of the spend."""
    days = evidence.facts.days_left()
    grows, power = 1 + rise / days / response.daily, 1 + response.curvature
    whole = log(grows) if abs(power) < 1e-9 else (grows**power - 1) / power
    return days * response.daily / MICROS * marginal * whole
