"""Why a rule of the review does not touch an entity, whatever its figures say."""

from common.decisions.facts import Facts
from common.decisions.guardrails.context import Context
from common.decisions.spend import stale_spend
from common.domain.change import Reason, Status
from common.domain.kpi import KpiReading
from common.domain.manifest import Entity
from common.domain.verticals import Metric


def off(entity: Entity, facts: Facts) -> Reason | None:
    """It does not run: what it would do is not known."""
    pause = facts.manifest.pause_over(entity)
    if pause is not None:
        return Reason(code="paused", measured=pause.reason, limit=pause.pause_id, entity_id=entity.entity_id)
    if entity.status is not Status.ENABLED:
        return Reason(code="paused", entity_id=entity.entity_id)
    return None


def distrusted(entity: Entity, facts: Facts) -> Reason | None:
    """A safeguard stands over its conversions: nothing is made of them meanwhile, neither up nor down."""
    for freeze in facts.state.freezes:
        if freeze.channel in (None, entity.channel):
            return Reason(
                code="increases_frozen", measured=freeze.code, limit=freeze.channel, entity_id=entity.entity_id
            )
    return None


def not_raised(entity: Entity, facts: Facts) -> Reason | None:
    """No increase of it would be let through: increases are frozen, or what it spent is not known, or too old."""
    bearer, reason = Context(facts).bearer(entity), distrusted(entity, facts)
    if reason is None and bearer is not None:
        unknown = Reason(code="spend_unknown", entity_id=entity.entity_id)
        reason = stale_spend(bearer, facts) if bearer.entity_id in facts.spend else unknown
    return None if reason is None else reason.but(entity_id=entity.entity_id)


def too_few(entity: Entity, reading: KpiReading | None, facts: Facts, metric: str | None) -> Reason | None:
    """Fewer conversions than a target by this metric needs."""
    code = "min_conversions_roas" if metric == Metric.ROAS else "min_conversions_cpa"
    conversions, least = 0.0 if reading is None else reading.conversions, getattr(facts.tenant.guardrails, code)
    if conversions >= least:
        return None
    return Reason(code=code, measured=round(conversions, 2), limit=least, entity_id=entity.entity_id)


def immature(entity: Entity, reading: KpiReading | None, facts: Facts) -> Reason | None:
    """Too few of its last weeks' conversions should be visible by now."""
    maturity, least = None if reading is None else reading.maturity, facts.tenant.guardrails.maturity_min
    if maturity is None:
        return Reason(code="maturity_min", entity_id=entity.entity_id)
    if maturity >= least:
        return None
    return Reason(code="maturity_min", measured=round(maturity, 4), limit=least, entity_id=entity.entity_id)
