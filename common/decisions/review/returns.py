"""What a channel's next unit of money returns, against what the plan wants of its money on average."""

from math import exp, inf, log

from common.decisions.review.evidence import Evidence
from common.decisions.review.response import ChannelResponse
from common.domain.verticals import Metric

LIMITED = 0.95
"""Of the money that a channel may spend: where demand lets it spend less, more money would not be spent either."""
_STRAIGHT = 1e-3
"""A marginal that falls less than this is taken as one that does not fall."""
_FAR = 20.0
"""As a logarithm of how many times the present spend: nothing is said of what lies beyond."""


def wanted(evidence: Evidence) -> float | None:
    """What the plan wants of a unit of the currency, in the KPI's own unit; `None` where it names no target."""
    kpi = evidence.facts.slice.kpi
    if kpi is None:
        return None
    return 1 / kpi.target if kpi.metric is Metric.CPA else kpi.target


def demand_limited(response: ChannelResponse) -> bool:
    """Whether its demand is less than the money that it may spend."""
    return response.reachable is not None and response.reachable < LIMITED * response.daily


def spend_where(response: ChannelResponse, marginal: float, rate: float) -> float:
    """The daily spend, in micros, at which the next unit returns `rate`, were it to return `marginal` now.

    The marginal falls as a power of the spend, as it does around the present one; it may never do.
    """
    if marginal <= 0:
        return 0.0
    if response.curvature >= -_STRAIGHT:
        return inf if marginal > rate else 0.0
    return response.daily * exp(min(_FAR, log(rate / marginal) / response.curvature))


def asks_today(evidence: Evidence) -> bool:
    """Whether this is the first review of a week: what a person must think over is not brought up every day."""
    return evidence.facts.today.weekday() == min(evidence.facts.tenant.cadences.review_weekdays, default=0)
