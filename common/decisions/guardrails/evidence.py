"""What a review's proposal must show in its evidence: enough data, sure enough, mature enough."""

from collections.abc import Iterator
from math import isfinite
from typing import NamedTuple

from common.decisions.guardrails.context import Context, Step
from common.decisions.guardrails.findings import Finding, ask, block
from common.decisions.guardrails.geos import added_geos
from common.domain.change import OptimizationType, Proposal, Status
from common.domain.verticals import Metric

CONVERSIONS = "conversions_30d"
MATURITY = "maturity"
"""Share of conversions that should be visible, 0 to 1."""
CONFIDENCE = "confidence"
"""That the finding is true, 0 to 1."""
CPA_MULTIPLE = "cpa_multiple"
"""CPA over its target."""
IMPRESSIONS = "impressions"
CTR = "ctr_pct"
"""Clicks over impressions, in percent."""
GOOD_MINUTES = "good_minutes"
"""For how long the signal behind a pause has been good."""


class Demand(NamedTuple):
    """A number that the evidence must reach, or must lie under."""

    key: str
    code: str
    bound: float
    under: bool = False

    def met(self, shown: float) -> bool:
        """Whether the evidence shows it."""
        return 0 <= shown < self.bound if self.under else shown >= self.bound


def evidence_findings(step: Step, context: Context) -> Iterator[Finding]:
    """What the evidence lacks. Missing or not a number is inconclusive: it never carries an increase."""
    for demand in _demands(step, context):
        shown = number(step.proposal, demand.key)
        if shown is None and step.increase:
            yield block("evidence_missing", step.entity.entity_id, measured=demand.key, limit=demand.bound)
        elif shown is None or not demand.met(shown):
            yield ask(demand.code, step.entity.entity_id, shown, demand.bound)
    maturity = number(step.proposal, MATURITY)
    if maturity is not None and maturity < context.rails.maturity_min:
        yield block("maturity_min", step.entity.entity_id, maturity, context.rails.maturity_min)


def number(proposal: Proposal, key: str) -> float | None:
    """A finite number in the evidence; `None` for anything else."""
    value = proposal.evidence.get(key)
    return value if isinstance(value, int | float) and isfinite(value) else None


def _demands(step: Step, context: Context) -> list[Demand]:
    rails = context.rails
    match step.proposal.type:
        case OptimizationType.BID:
            roas = step.entity.delivery.bid_metric == Metric.ROAS
            code = "min_conversions_roas" if roas else "min_conversions_cpa"
            return [Demand(CONVERSIONS, code, getattr(rails, code))]
        case OptimizationType.AUDIENCE if added_geos(step):
            multiple = Demand(CPA_MULTIPLE, "audience_cpa_multiple", rails.audience_cpa_multiple)
            return [multiple, Demand(CONFIDENCE, "confidence", rails.confidence)]
        case OptimizationType.CREATIVE if step.change.after == Status.PAUSED:
            enough = Demand(IMPRESSIONS, "min_impressions", rails.min_impressions)
            floor = Demand(CTR, "ctr_floor_pct", rails.ctr_floor_pct, under=True)
            return [floor, enough, Demand(CONFIDENCE, "confidence", rails.confidence)]
        case _:
            return []
