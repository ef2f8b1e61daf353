"""What is wrong with a plan version as the one after the active version: every fault, for whoever wrote it."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from common.decisions.facts import Spent
from common.decisions.rebasing import bearing, most_spent
from common.domain.calendar import Flight
from common.domain.envelope import Ceiling, Envelope
from common.domain.errors import Fault
from common.domain.manifest import Manifest
from common.domain.money import show
from common.domain.plan import MediaPlan, PlanTerms, PlanTrack


class LiveTrack(NamedTuple):
    """A track as it is live, with what its entities have spent."""

    manifest: Manifest
    spent: Mapping[str, Spent]


def version_faults(
    terms: PlanTerms, before: MediaPlan, envelope: Envelope, moving: Mapping[str, LiveTrack], today: date
) -> list[Fault]:
    """Why these terms can't take the place of the active version. Pure.

    Args:
        moving: by track, those whose slices the terms change.
        today: the tenant's date.
    """
    faults: list[Fault] = []
    if terms.version != before.version + 1:
        faults.append(Fault("version", f"must be {before.version + 1}, the one after the active version"))
    if terms.currency != before.currency:
        faults.append(Fault("currency", f"the plan has run in {before.currency}; it can't change in mid-flight"))
    faults += _flight_faults(terms.flight, before.flight, today)
    known = {piece.track_id for piece in before.tracks}
    planned = {piece.track_id for piece in terms.tracks}
    new, gone = "is new; add the track first, then plan money for it", "is missing; a track that ends keeps a line"
    faults += [Fault(f"tracks.{track_id}", new) for track_id in sorted(planned - known)]
    faults += [Fault(f"tracks.{track_id}", gone) for track_id in sorted(known - planned)]
    for piece in terms.tracks:
        if piece.track_id in moving:
            faults += _under_spend(piece, moving[piece.track_id], terms.currency)
    total = sum(ceiling.total for ceiling in ceilings(terms, envelope, moving).values())
    if total > terms.master_cap:
        cap, all_of_it = show(terms.master_cap, terms.currency), show(total, terms.currency)
        faults.append(Fault("master_cap", f"is {cap}; the tracks' ceilings add up to {all_of_it}"))
    return faults


def _flight_faults(flight: Flight, before: Flight, today: date) -> list[Fault]:
    """Spend is counted from the flight's first day, and nobody paces outside of it: what has begun stays begun."""
    faults: list[Fault] = []
    if flight.start != before.start and min(flight.start, before.start) <= today:
        over = f"began on {before.start}" if before.start <= today else f"would have begun on {flight.start} already"
        faults.append(Fault("flight.start", f"must be {before.start}: the flight {over}"))
    if flight.end != before.end and flight.end < today:
        faults.append(Fault("flight.end", f"{flight.end} is over; the earliest is today, {today}"))
    return faults


def _under_spend(piece: PlanTrack, live: LiveTrack, currency: str) -> list[Fault]:
    faults: list[Fault] = []
    for channel, entities in bearing(live.manifest).items():
        line = piece.line(channel)
        budget, least = 0 if line is None else line.budget, sum(most_spent(one, live.spent) for one in entities)
        if budget < least:
            where = f"tracks.{piece.track_id}.{channel}"
            planned, gone = show(budget, currency), show(least, currency)
            faults.append(Fault(where, f"plans {planned}, but up to {gone} may be spent already"))
    return faults


def ceilings(terms: PlanTerms, envelope: Envelope, moving: Mapping[str, object]) -> dict[str, Ceiling]:
    """Each track's ceiling under these terms: those that move get their slice's, the others keep theirs."""
    moved = {piece.track_id: ceiling_of(piece) for piece in terms.tracks if piece.track_id in moving}
    return {**envelope.ceilings, **moved}


def ceiling_of(piece: PlanTrack) -> Ceiling:
    """The ceiling that a plan's slice gives its track."""
    periods: dict[str, int] = {}
    for line in piece.channels:
        for period in line.periods:
            key = period.start.isoformat()
            periods[key] = periods.get(key, 0) + period.budget
    return Ceiling(total=piece.budget, periods=periods)
