"""Geos whose conversions cost far more than the plan wants them to, taken out of a campaign one at a time.

A geo's conversions are Poisson, at a rate for each unit of money whose prior is the campaign's own, worth `PRIOR`
conversions: Gamma(PRIOR, PRIOR / rate). After C conversions for S units of money it is
Gamma(PRIOR + C, PRIOR / rate + S) (A. Gelman et al., "Bayesian Data Analysis", 2013, 2.6). A CPA over m times the
target is a rate under 1 / (m x target), and the chance of that is asked to reach the tenant's confidence. All in the
platform's own units: the target at the end of the ratio's interval that speaks for the geo; of the money, the share
whose conversions should be visible by now.
"""

from collections.abc import Iterator
from math import isfinite
from typing import NamedTuple

from common.decisions.guardrails.evidence import CONFIDENCE, CPA_MULTIPLE, MATURITY
from common.decisions.kpi import Z, gamma_quantile
from common.decisions.review.chances import gamma_below
from common.decisions.review.evidence import WINDOW, Evidence, Found
from common.decisions.review.platform_ratio import PlatformRatio, mature_ratio
from common.decisions.review.standing_still import distrusted, immature, off
from common.domain.change import Change, OptimizationType, Proposal, Reason, Setting
from common.domain.figures import PartFigures
from common.domain.kpi import KpiReading
from common.domain.manifest import Entity, EntityKind
from common.domain.money import MICROS, show
from common.domain.verticals import Metric

RULE = "audience"
PRIOR = 4.0
"""Conversions: rates of geos then differ by half of their mean, which is more than most do."""


class _Geo(NamedTuple):
    """One geo of a campaign, in the platform's units."""

    name: str
    spent: int
    conversions: float
    multiple: float
    """Its likeliest CPA over the target."""
    confidence: float
    """That it is over the tenant's multiple."""
    rates: tuple[float, float, float]
    """Conversions for a unit of the currency: likely at least, on average, likely at most."""


class _Campaign(NamedTuple):
    """What a campaign's geos are held against; `target` is the CPA that the plan allows, in the platform's units."""

    entity: Entity
    geos: tuple[PartFigures, ...]
    """Those that are not excluded, and on which money was spent."""
    visible: float
    target: float
    rate: float


def propose(evidence: Evidence) -> Found:
    """For each campaign the geo that is surely too dear, if there is one."""
    proposals: list[Proposal] = []
    reasons: list[Reason] = []
    for entity in evidence.facts.manifest.entities.values():
        if entity.kind is not EntityKind.CAMPAIGN or entity.allocation is None:
            continue
        campaign = _campaign(entity, evidence)
        if isinstance(campaign, Reason):
            reasons.append(campaign)
            continue
        worst, spared = _dearest(campaign, evidence)
        reasons += spared
        if worst is not None:
            proposals.append(_proposal(worst, campaign, evidence))
    return Found(tuple(proposals), tuple(reasons))


def _campaign(entity: Entity, evidence: Evidence) -> _Campaign | Reason:
    """What its geos are held against, or why that is not known."""
    name, reading = entity.entity_id, evidence.reading(entity)
    obstacle = next(_obstacles(entity, reading, evidence), None)
    ratio, geos = None if obstacle else mature_ratio(evidence, entity.channel), evidence.geos.get(name, ())
    if reading is None or ratio is None or reading.maturity is None:
        return obstacle or Reason(code="ratio_unknown", entity_id=name)
    live = tuple({one.part: one for one in geos if one.part not in entity.excluded_geos and _sound(one)}.values())
    spent, claimed = sum(one.micros for one in live), sum(one.conversions for one in live)
    target = _target(entity, ratio, evidence)
    if target is None or claimed <= 0:
        return Reason(code="kpi_unknown", entity_id=name)
    rate = claimed / (spent / MICROS * reading.maturity)
    campaign = _Campaign(entity, live, reading.maturity, target, rate)
    limit = evidence.facts.tenant.guardrails.audience_cpa_multiple
    if 1 / (rate * target) >= limit:
        return Reason(code="whole_campaign_dear", measured=round(1 / (rate * target), 2), limit=limit, entity_id=name)
    return campaign


def _obstacles(entity: Entity, reading: KpiReading | None, evidence: Evidence) -> Iterator[Reason]:
    facts, name = evidence.facts, entity.entity_id
    if sum(_sound(one) for one in evidence.geos.get(name, ())) < 2:
        yield Reason(code="geos_unknown", entity_id=name)
    if facts.slice.kpi is None:
        yield Reason(code="kpi_unknown", entity_id=name)
    yield from filter(None, (off(entity, facts), distrusted(entity, facts), immature(entity, reading, facts)))


def _sound(geo: PartFigures) -> bool:
    return geo.micros > 0 and isfinite(geo.conversions) and geo.conversions >= 0


def _target(entity: Entity, ratio: PlatformRatio, evidence: Evidence) -> float | None:
    """The dearest that a conversion of the platform may be by the plan, at the end of the ratio that allows most.

    For a ROAS: what the platform says that one is worth, over the ROAS that it has to show.
    """
    kpi = evidence.facts.slice.kpi
    if kpi is None:
        return None
    if kpi.metric is Metric.CPA:
        return kpi.target / ratio.low
    rows = [row.platform for row in evidence.days.rows if row.entity_id == entity.entity_id and row.platform]
    number = sum(one.conversions for one in rows)
    worth = sum(one.value for one in rows) / MICROS
    return worth / number / (kpi.target * ratio.low) if number > 0 and worth > 0 else None


def _dearest(campaign: _Campaign, evidence: Evidence) -> tuple[_Geo | None, list[Reason]]:
    """The geo that is likeliest to be too dear; and why others, or all of them, stay in."""
    rails, name = evidence.facts.tenant.guardrails, campaign.entity.entity_id
    geos = [_judged(one, campaign, rails.audience_cpa_multiple) for one in campaign.geos]
    dear = [one for one in geos if one.confidence >= rails.confidence and one.multiple >= rails.audience_cpa_multiple]
    spared = [
        Reason(code="protected_geos", measured=one.name, entity_id=name)
        for one in dear
        if one.name in rails.protected_geos
    ]
    left = [one for one in dear if one.name not in rails.protected_geos]
    if not left and not spared:
        most = max(geos, key=lambda one: (one.confidence, one.name), default=None)
        multiple = None if most is None else round(most.multiple, 2)
        spared.append(
            Reason(code="geos_in_bounds", measured=multiple, limit=rails.audience_cpa_multiple, entity_id=name)
        )
    return max(left, key=lambda one: (one.confidence, one.spent, one.name), default=None), spared


def _judged(geo: PartFigures, campaign: _Campaign, multiple: float) -> _Geo:
    money = geo.micros / MICROS * campaign.visible
    shape, rate = PRIOR + geo.conversions, PRIOR / campaign.rate + money
    bound = 1 / (multiple * campaign.target)
    least, mean, most = (one / rate for one in (gamma_quantile(shape, -Z), shape, gamma_quantile(shape, Z)))
    dear = 1 / (mean * campaign.target)
    return _Geo(geo.part, geo.micros, geo.conversions, dear, gamma_below(shape, bound * rate), (least, mean, most))


def _proposal(geo: _Geo, campaign: _Campaign, evidence: Evidence) -> Proposal:
    entity, currency = campaign.entity, evidence.facts.tenant.currency
    daily = geo.spent / MICROS / WINDOW.days
    high, gained, low = (daily * (campaign.rate - one) for one in geo.rates)
    after = tuple(sorted({*entity.excluded_geos, geo.name}))
    return Proposal(
        proposal_id=f"{RULE}:{entity.entity_id}",
        type=OptimizationType.AUDIENCE,
        rule=RULE,
        changes=(
            Change(
                entity_id=entity.entity_id,
                setting=Setting.EXCLUDED_GEOS,
                before=entity.excluded_geos,
                after=after,
            ),
        ),
        why=f"{entity.called} leaves {geo.name} out: {show(geo.spent, currency)} went there in {WINDOW.days} days, and"
        f" a conversion costs {geo.multiple:.1f} times what the plan allows.",
        evidence={
            "geo": geo.name,
            "spent": round(geo.spent / MICROS, 2),
            "platform_conversions": round(geo.conversions, 2),
            CPA_MULTIPLE: round(geo.multiple, 4),
            CONFIDENCE: round(geo.confidence, 6),
            MATURITY: round(campaign.visible, 4),
            "expected_effect": round(gained, 4),
            "effect_low": round(low, 4),
            "effect_high": round(high, 4),
            "effect_unit": "conversions a day, as its platform counts",
        },
    )
