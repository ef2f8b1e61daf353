"""What a rule or the agent wants, and what the guardrails answer."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from common.domain.model import Frozen, Id

AGENT = "agent"
"""The rule of proposals that an agent adds."""


class Setting(StrEnum):
    """A field of an entity that Trimtab may write."""

    ALLOCATION = "allocation"
    """The money the entity may spend over the flight; Trimtab's own ledger, no platform knows it."""
    DAILY_BUDGET = "daily_budget"
    TOTAL_BUDGET = "total_budget"
    """The platform's own cap for the flight, where it takes one."""
    BID_TARGET = "bid_target"
    """Target CPA in micros of the currency, or target ROAS in millionths of the ratio."""
    STATUS = "status"
    EXCLUDED_GEOS = "excluded_geos"


class Status(StrEnum):
    """Whether an entity delivers."""

    ENABLED = "enabled"
    PAUSED = "paused"


Amount = Annotated[int, Field(strict=True, ge=0, lt=2**62)]
Value = Amount | str | tuple[str, ...] | None
"""A setting's value: micros, a status, or a sorted tuple of geos."""


class OptimizationType(StrEnum):
    """The kinds of change; the guardrails answer by them."""

    PACE = "pace"
    BUDGET_SHIFT = "budget_shift"
    BID = "bid"
    AUDIENCE = "audience"
    CREATIVE = "creative"
    EMERGENCY_PAUSE = "emergency_pause"
    RESUME = "resume"
    SPEND_INCREASE = "spend_increase"
    STRUCTURAL = "structural"
    REVERT = "revert"
    UNDO_EXTERNAL = "undo_external"
    """Puts back what somebody changed by hand."""


class Verdict(StrEnum):
    """The guardrails' answer, from the most to the least permissive."""

    AUTO = "auto"
    NEEDS_APPROVAL = "needs_approval"
    NEEDS_REPLAN = "needs_replan"
    BLOCKED = "blocked"


class Reason(Frozen):
    """Why, as a code, with the value that was measured and the limit it met (both in the unit of the code)."""

    code: Id
    measured: float | int | str | None = None
    limit: float | int | str | None = None
    entity_id: Id | None = None


class Change(Frozen):
    """One setting of one entity: absolute values, never deltas."""

    entity_id: Id
    setting: Setting
    before: Value
    after: Value

    @property
    def field(self) -> tuple[str, Setting]:
        """What is written: the entity and its setting."""
        return self.entity_id, self.setting

    @property
    def is_increase(self) -> bool:
        """Raises an allocation or budget, enables something, or removes an exclusion.

        Whether a bid target is loosened depends on its metric: `loosens_bid` in the guardrails.
        """
        before, after = self.before, self.after
        match self.setting:
            case Setting.STATUS:
                return after == Status.ENABLED
            case Setting.EXCLUDED_GEOS:
                return bool(set(_geos(before)) - set(_geos(after)))
            case Setting.TOTAL_BUDGET:
                return before is not None and (after is None or _amount(after) > _amount(before))
            case _:
                return _amount(after) > _amount(before)


def _geos(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _amount(value: Value) -> int:
    return value if isinstance(value, int) else 0


class Proposal(Frozen):
    """Changes that belong together: a shift takes from one entity and gives to another, or does neither."""

    proposal_id: Id
    type: OptimizationType
    rule: Id
    changes: tuple[Change, ...]
    why: str
    """One sentence that an account manager understands."""
    evidence: dict[str, float | int | str | None] = {}
    reasons: tuple[Reason, ...] = ()
    lifts_pause: Id | None = None
    """The pause that this proposal lifts, where it resumes something."""

    @property
    def entities(self) -> tuple[str, ...]:
        """The entities it touches, each once, in order."""
        return tuple(dict.fromkeys(change.entity_id for change in self.changes))


class Judgement(Frozen):
    """A proposal and the guardrails' answer to it."""

    proposal: Proposal
    verdict: Verdict
    reasons: tuple[Reason, ...]
