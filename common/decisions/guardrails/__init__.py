"""The guardrails: what may happen by itself, what a person or a new plan must decide, what may not happen at all."""

from common.decisions.guardrails.increases import is_increase, loosens_bid, needs_envelope
from common.decisions.guardrails.periods import period_totals
from common.decisions.guardrails.rollout import is_shadow, protects_cap, rollout, shadowed
from common.decisions.guardrails.verdicts import judge

__all__ = [
    "is_increase",
    "is_shadow",
    "judge",
    "loosens_bid",
    "needs_envelope",
    "period_totals",
    "protects_cap",
    "rollout",
    "shadowed",
]
