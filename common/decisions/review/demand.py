"""How much a channel's demand lets it spend, where that is less than it may."""

from common.decisions.observed import live_at
from common.decisions.review.evidence import Evidence
from common.domain.calendar import HOUR
from common.domain.manifest import Entity

_DAYS = 5
_LIMITED = 0.85
"""A channel that spent less than this part of its daily budget on each of the last days is limited by demand: by
chance alone, days that spend 20% more or less than their budgets do that once in some hundred times."""
_EVENING = 3 * HOUR
"""Before the end of a day: most of it was spent under the budget that is live then."""


def reachable(entity: Entity, evidence: Evidence) -> float | None:
    """The micros a day that demand lets it spend; `None` while demand does not bind.

    Only days of the flight tell: what budgets were live before is not known.
    """
    start = evidence.facts.plan.flight.start
    own = (row for row in evidence.days.rows if row.entity_id == entity.entity_id and row.day >= start)
    rows = [row for row in own if row.spend is not None][-_DAYS:]
    ends = (evidence.facts.calendar.bounds(row.day)[1] for row in rows)
    days = [(row.spend or 0, live_at(entity, end - _EVENING)) for row, end in zip(rows, ends, strict=True)]
    if len(days) < _DAYS or any(spent >= _LIMITED * budget for spent, budget in days):
        return None
    return sum(spent for spent, _ in days) / len(days)
