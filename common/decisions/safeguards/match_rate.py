"""The share of the CRM's records that match: under its floor, or fallen against the last four weeks."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median
from typing import NamedTuple

from common.decisions.safeguards.missing import is_readable
from common.decisions.safeguards.signals import Finding, Signals, Trust

FLOOR = "crm_match_floor"
FELL = "crm_match_fell"
_LEAST_UPLOADS = 7
"""From which it is known what is usual."""
_IN_A_ROW = 3
"""Uploads that must be well before a freeze ends; one that is not begins it."""
_NEAR = 0.5
"""Of the fall that freezes: what is still farther away than this share of it does not end a freeze."""


class Rated(NamedTuple):
    """An upload that tells its match rate."""

    at: datetime
    rate: float


def match_rate(signals: Signals) -> Iterator[Finding]:
    """Whether the rate of the last upload is too low, and whether it fell."""
    rated = [
        Rated(one.at, one.match_rate)
        for one in signals.uploads or ()
        if is_readable(one) and one.match_rate is not None
    ]
    if not rated:
        yield Finding(FLOOR, Trust.INCONCLUSIVE)
        yield Finding(FELL, Trust.INCONCLUSIVE)
        return
    yield _floor(signals, [one.rate for one in rated])
    yield _fall(signals, rated)


def _floor(signals: Signals, rates: Sequence[float]) -> Finding:
    floor = signals.facts.tenant.guardrails.crm_match_floor
    trust = Trust.BAD if rates[-1] < floor else Trust.INCONCLUSIVE
    if min(rates[-_IN_A_ROW:]) >= floor:
        trust = Trust.GOOD
    return Finding(FLOOR, trust, None, 100 * rates[-1], 100 * floor)


def _fall(signals: Signals, rated: Sequence[Rated]) -> Finding:
    """Against the median of the uploads of four weeks before."""
    limit, day_of = signals.facts.tenant.guardrails.crm_match_drop_pct, signals.facts.calendar.day_of
    teaching = signals.usual((day_of(one.at) for one in rated[:-1]), FELL, lead=0)
    usual = [one.rate for one in rated[:-1] if day_of(one.at) in teaching]
    if len(usual) < _LEAST_UPLOADS or median(usual) <= 0:
        return Finding(FELL, Trust.INCONCLUSIVE)
    falls = [100 * (1 - one.rate / median(usual)) for one in rated[-_IN_A_ROW:]]
    trust = Trust.BAD if falls[-1] > limit else Trust.INCONCLUSIVE
    if max(falls) <= _NEAR * limit:
        trust = Trust.GOOD
    return Finding(FELL, trust, None, falls[-1], limit)
