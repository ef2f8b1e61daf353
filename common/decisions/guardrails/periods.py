"""Caps period by period, where the plan's lines have periods of their own.

An allocation is for the whole flight. What a channel has been allocated above or below its plan line falls into the
periods that are not over, in proportion to what the line plans for them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from math import ceil

from common.decisions.facts import Facts
from common.decisions.guardrails.findings import Finding, block
from common.domain.manifest import Manifest
from common.domain.plan import PlanChannel, PlanTrack


def over_a_period(net: Mapping[str, int], taken: Mapping[str, int], facts: Facts) -> Iterator[Finding]:
    """Periods that a shift would take over their ceiling.

    A track's total that rises is not looked at here: its headroom raises the ceilings with it.

    Args:
        net: by channel, the micros by which this proposal raises (or lowers) its allocation.
        taken: by channel, the micros by which others raise it at the same time.
    """
    piece, manifest = facts.slice, facts.manifest
    if sum(net.values()) > 0:
        return
    both = {channel: net.get(channel, 0) + taken.get(channel, 0) for channel in {*net, *taken}}
    now = period_totals({}, manifest, piece, facts.today)
    ceilings = _ceilings(facts)
    for start, total in sorted(period_totals(both, manifest, piece, facts.today).items()):
        if total > ceilings[start] and total > now[start]:
            yield block("period_ceiling", measured=ceil(total), limit=ceilings[start])


def period_totals(net: Mapping[str, int], manifest: Manifest, piece: PlanTrack, today: date) -> dict[str, Fraction]:
    """Micros that a track's allocations put into each period that is not over, by the period's start.

    Args:
        net: by channel, the micros by which its allocation is to rise (or fall).
    """
    totals: dict[str, Fraction] = defaultdict(Fraction)
    for line in piece.channels:
        if not line.periods:
            continue
        above = manifest.allocated(line.channel) + net.get(line.channel, 0) - line.budget
        for start, (budget, share) in _remaining(line, today).items():
            totals[start] += budget + above * share
    return totals


def _remaining(line: PlanChannel, today: date) -> dict[str, tuple[int, Fraction]]:
    """By start, the periods that are not over: what is planned for each, and its share of what is planned for all."""
    periods = [period for period in line.periods if period.end >= today]
    total = sum(period.budget for period in periods)
    shares = [Fraction(period.budget, total) if total else Fraction(1, len(periods)) for period in periods]
    return {p.start.isoformat(): (p.budget, share) for p, share in zip(periods, shares, strict=True)}


def _ceilings(facts: Facts) -> dict[str, int]:
    """By start of period: the envelope's ceiling where it is at hand, else what the plan gives."""
    planned: dict[str, int] = defaultdict(int)
    for line in facts.slice.channels:
        for period in line.periods:
            planned[period.start.isoformat()] += period.budget
    ceiling = facts.envelope.ceilings.get(facts.manifest.track_id) if facts.envelope else None
    return planned if ceiling is None else {**planned, **ceiling.periods}
