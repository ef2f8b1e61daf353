"""Does a platform still count the conversions that its clicks bring? All there is to go by without GA4."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from common.decisions.anomaly.intake import CLAIMED_BACK, Taken
from common.decisions.anomaly.memory import EntityMemory, stored, tracking
from common.decisions.anomaly.spending import Watched
from common.decisions.anomaly.tracking import COUNTS, check
from common.domain.calendar import HOUR
from common.domain.figures import HourFigures

_FADE = 0.996
"""What is kept of a sum an hour later: half of it after a week."""
_RECENT = 1.0 - 0.5 ** (1 / 36)
"""Weight of an hour in the clicks of the last days, from which today's conversions come."""
_ENOUGH_CLAIMS = 30.0
"""Claims that must have arrived before it is known how many a click brings."""
_SHIFT = timedelta(hours=6)
"""Where GA4 is the truth, a platform's own counts are looked at no more often."""


def learn_clicks(memory: EntityMemory, hours: Iterable[HourFigures]) -> None:
    """Follow how many clicks an hour has."""
    for row in hours:
        memory.usual += _RECENT * (row.clicks - memory.usual) if memory.usual else row.clicks


def claims_due(memory: EntityMemory, *, degraded: bool) -> bool:
    """Whether a platform's own counts are to be looked at: always where they are all there is."""
    if degraded or memory.claimed_until is None:
        return True
    return datetime.fromisoformat(memory.seen) - datetime.fromisoformat(memory.claimed_until) >= _SHIFT


def judge_claims(watched: Watched, taken: Taken, since: datetime) -> None:
    """Compare the claims that arrived since the last time with those that the clicks of the last days should bring.

    Platforms date a conversion by its click, so what arrived is how much more they claim now for hours known then.
    """
    memory = watched.memory
    seen = datetime.fromisoformat(memory.seen)
    if memory.claimed_from is None or memory.claimed_until is None:
        memory.arrivals = sum(row.conversions for row in taken.known.values())
        memory.arrival_clicks = sum(row.clicks for row in taken.known.values())
        _add_up(memory, taken, seen)
        return
    first, last = datetime.fromisoformat(memory.claimed_from), datetime.fromisoformat(memory.claimed_until)
    if since > first:
        if since <= seen - CLAIMED_BACK:  # that was so long ago that it can't be asked for again
            _add_up(memory, taken, seen)
        return
    if last >= seen:
        return
    arrived = _claims(taken, first, last) - memory.claimed + _claims(taken, last, seen)
    if arrived < 0 or taken.restated:  # what the past is said to have been is no arrival
        _add_up(memory, taken, seen)
        return
    clicks = memory.usual * _usual_hours(watched, last, seen)
    if memory.arrivals >= _ENOUGH_CLAIMS and memory.arrival_clicks > 0:
        expected = clicks * memory.arrivals / memory.arrival_clicks
        kept = check(tracking(memory.claims), expected, arrived, last, COUNTS).memory
        memory.claims = stored(kept)
    if tracking(memory.claims).case < COUNTS.notable:
        fade = _FADE ** ((seen - last) / HOUR)
        memory.arrivals = memory.arrivals * fade + arrived
        memory.arrival_clicks = memory.arrival_clicks * fade + clicks
    _add_up(memory, taken, seen)


def _usual_hours(watched: Watched, first: datetime, last: datetime) -> float:
    """Hours between two instants, each weighted by what it usually has of its day."""
    total, hour = 0.0, first
    while hour < last:
        day = watched.days.at(hour)
        weights = [watched.curve.hours[one] for one in day.hours]
        total += len(weights) * weights[day.place(hour)] / sum(weights)
        hour += HOUR
    return total


def _add_up(memory: EntityMemory, taken: Taken, seen: datetime) -> None:
    first = seen - CLAIMED_BACK
    memory.claimed_from, memory.claimed_until = first.isoformat(), seen.isoformat()
    memory.claimed = _claims(taken, first, seen)


def _claims(taken: Taken, first: datetime, last: datetime) -> float:
    return sum(row.conversions for hour, row in taken.known.items() if first <= hour < last)
