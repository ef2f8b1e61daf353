"""The guardrails: what Trimtab may do without asking, by name, with their defaults. The one place that states them."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from common.domain.model import Frozen

Percent = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Hours = Annotated[float, Field(ge=0, le=24 * 366, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class Mode(StrEnum):
    """How far a rule may go."""

    SHADOW = "shadow"
    """Decide and log, change nothing."""
    ADVISE = "advise"
    """Everything waits for a person."""
    ENFORCE = "enforce"


class ExternalChangePolicy(StrEnum):
    """What to do with a value that somebody changed by hand on the platform."""

    ADOPT = "adopt"
    UNDO = "undo"
    ASK = "ask"


class StaleHours(Frozen):
    """Age in hours from which a source is inconclusive."""

    ga4: Hours = 72
    platform: Hours = 6
    crm: Hours = 48


class Guardrails(Frozen):
    """A tenant's limits. Percent fields are percentages (10 is 10%)."""

    shift_max_pct: Percent = 10
    """Of a channel's unspent allocation, one change set."""
    shift_max_pct_7d: Percent = 25
    """Gross automatic movement of a channel's allocation in seven days."""
    daily_budget_step_pct: Percent = 25
    """Raise against the higher of even pace and the value 24 hours ago; at or above it a person decides."""
    daily_budget_7d_pct: Percent = 60
    """Automatic raise against the lowest value of seven days, going back to a value that was live before excepted."""
    learning_step_pct: Percent = 20
    """Step of a budget on platforms with a learning phase, within `learning_hours`."""
    learning_hours: Hours = 48
    budget_writes_per_day: Count = 4
    """Per entity and local day, a cap in danger excepted."""
    cooldown_hours: Hours = 6
    """Per entity and field between automatic changes; decreases with a cap in danger and emergency pauses excepted."""
    review_cooldown_hours: Hours = 24
    bid_step_pct: Percent = 10
    bid_min_pct: Percent = 50
    """Lowest bid target against the plan's KPI, in the platform's own units."""
    bid_max_pct: Percent = 150
    bid_days: Count = 7
    """Least days between two moves of a bid target."""
    min_conversions_cpa: Count = 30
    """In 30 days, before a target CPA moves."""
    min_conversions_roas: Count = 50
    ctr_floor_pct: Percent = 0.5
    min_impressions: Count = 2000
    confidence: Share = 0.95
    audience_cpa_multiple: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 2.0
    protected_geos: tuple[str, ...] = ()
    pacing_tolerance_pct: Percent = 2
    """Of the spend expected by now."""
    drift_threshold: Share = 0.15
    drift_hysteresis: Share = 0.05
    ga4_divergence_pct: Percent = 25
    ga4_divergence_alarm: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 3.0
    crm_match_floor: Share = 0.30
    crm_match_drop_pct: Percent = 20
    degraded_step_pct: Percent = 10
    """Takes the place of `daily_budget_step_pct` without GA4."""
    degraded_shift_pct: Percent = 5
    """Takes the place of `shift_max_pct` without GA4."""
    approval_hours: Hours = 72
    two_approvers_pct: Percent = 20
    """Share of a track's allocation from which two different people must approve."""
    stale_hours: StaleHours = StaleHours()
    maturity_min: Share = 0.5
    auto_resume_minutes: Count | None = None
    """How long a signal must be good before a pause lifts by itself; `None`: never."""
    tourism_first_user_weight: Share = 0.5
    external_change_policy: ExternalChangePolicy = ExternalChangePolicy.ADOPT
    mode: dict[str, Mode] = {}
    """Per optimization type; a type that is not named is enforced."""

    def mode_of(self, optimization_type: str) -> Mode:
        """How far changes of this type may go."""
        return self.mode.get(optimization_type, Mode.ENFORCE)
