"""What a guardrail finds: how strict the answer must be at least, and the coded reason for it."""

from typing import NamedTuple

from common.domain.change import Reason, Verdict


class Finding(NamedTuple):
    """One guardrail that was met. The strictest finding of a proposal is its verdict."""

    verdict: Verdict
    reason: Reason


STRICTNESS = {Verdict.AUTO: 0, Verdict.NEEDS_APPROVAL: 1, Verdict.NEEDS_REPLAN: 2, Verdict.BLOCKED: 3}

Measure = float | int | str | None


def ask(code: str, entity_id: str | None = None, measured: Measure = None, limit: Measure = None) -> Finding:
    """A bound is met: a person may decide otherwise."""
    return Finding(Verdict.NEEDS_APPROVAL, Reason(code=code, measured=measured, limit=limit, entity_id=entity_id))


def block(code: str, entity_id: str | None = None, measured: Measure = None, limit: Measure = None) -> Finding:
    """What nobody may approve as things stand."""
    return Finding(Verdict.BLOCKED, Reason(code=code, measured=measured, limit=limit, entity_id=entity_id))
