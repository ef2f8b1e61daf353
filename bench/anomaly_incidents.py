"""The incidents of a scenario, and when the figures that are visible show each of them: known to the market alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from common.domain.calendar import HOUR
from sandbox.events import CpcSpike, SpendRunaway, TrackingOutage
from sandbox.ga4 import is_connected
from sandbox.market import Market
from sandbox.windows import Window

ENOUGH_EVENTS = 20
"""Sessions, or conversions, that must have been expected before anybody can say that they stopped."""


class Trouble(StrEnum):
    """Kinds of incident."""

    RUNAWAY = "runaway"
    OUTAGE = "tracking_outage"
    COUNTS = "platform_counts"
    PRICE = "price_spike"


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that is wrong with some entities of one track, from hour number `first` to `end` (exclusive)."""

    trouble: Trouble
    track_id: str
    entities: tuple[str, ...]
    first: int
    end: int


def incidents_of(market: Market) -> list[Incident]:
    """Every incident that somebody should act on, by track."""
    return sorted(_found(market), key=lambda one: one.first)


def _found(market: Market) -> Iterator[Incident]:
    hours = market.hours
    for event in market.scenario.events:
        if isinstance(event, SpendRunaway | CpcSpike):
            window = Window.of(event, hours)
            trouble = Trouble.RUNAWAY if isinstance(event, SpendRunaway) else Trouble.PRICE
            yield from _by_track(market, trouble, event.track_id, event.channel, window.start, window.end)
        elif isinstance(event, TrackingOutage):
            first, end = hours.at_local(event.at), hours.at_local(event.until)
            whole = event.channel is None and event.track_id is None
            if event.source == "ga4" and whole and is_connected(market.scenario, hours, first):
                yield from _by_track(market, Trouble.OUTAGE, None, None, first, end)
            elif event.source == "platform" and not is_connected(market.scenario, hours, first):
                yield from _by_track(market, Trouble.COUNTS, event.track_id, event.channel, first, end)


def _by_track(
    market: Market, trouble: Trouble, track_id: str | None, channel: str | None, first: int, end: int
) -> Iterator[Incident]:
    for track in market.scenario.tracks:
        if track_id not in (None, track.track_id):
            continue
        names = tuple(f"{track.track_id}/{one.channel}" for one in track.channels if channel in (None, one.channel))
        each = [names] if trouble is Trouble.OUTAGE else [(name,) for name in names]
        yield from (Incident(trouble, track.track_id, chosen, first, end) for chosen in each if chosen)


def first_visible(market: Market, incident: Incident) -> datetime:
    """When the first hour of it can be seen."""
    delay = min(market.lines[name].channel.reporting_delay_hours for name in incident.entities)
    return market.hours.instant(incident.first) + HOUR * (1 + delay)


def wasted(market: Market, incident: Incident, until: int) -> float:
    """Currency units that a runaway spent beyond the budget's share of each hour, before hour number `until`."""
    (name,) = incident.entities
    line = market.lines[name]
    spent = line.spending.by_hour[incident.first : min(until, incident.end)]
    factors = (line.events.runaway.factor(hour) for hour in range(incident.first, incident.end))
    return sum(amount * (1 - 1 / factor) for amount, factor in zip(spent, factors, strict=False))


def shown(market: Market, incident: Incident) -> bool:
    """Whether what is visible now settles it.

    A runaway: a whole day's budget has been spent for nothing, so a day's spend is at twice the expected. An outage:
    the clicks that are visible should have brought so many sessions; or the conversions, that many claims.
    """
    match incident.trouble:
        case Trouble.RUNAWAY:
            (name,) = incident.entities
            return wasted(market, incident, market.visible_until(name)) >= _budget_at(market, name, incident.first)
        case Trouble.OUTAGE:
            return sum(_sessions(market, name, incident) for name in incident.entities) >= ENOUGH_EVENTS
        case Trouble.COUNTS:
            return sum(_claims(market, name, incident) for name in incident.entities) >= ENOUGH_EVENTS
        case Trouble.PRICE:
            return True


def _budget_at(market: Market, name: str, hour: int) -> float:
    at = market.hours.instant(hour)
    budget = market.lines[name].even_budget
    for change in market.changes(name):
        if change.field == "daily_budget" and change.at <= at and isinstance(change.value, int | float):
            budget = change.value
    return budget


def _sessions(market: Market, name: str, incident: Incident) -> float:
    """Sessions that the visible clicks of the outage should have brought."""
    since = market.hours.instant(incident.first)
    rows = market.sources.platform_hours(name, since)
    clicks = sum(row.clicks for row in rows if row.start < market.hours.instant(incident.end))
    return clicks * market.lines[name].channel.sessions_per_click


def _claims(market: Market, name: str, incident: Incident) -> float:
    """Conversions that the platform would have counted by now."""
    happened = market.sources.conversions[name].happened
    hours: Iterable[int] = range(incident.first, min(incident.end, market.visible_until(name)))
    counted = sum(one.number for hour in hours for one in happened[hour])
    return counted * market.lines[name].channel.seen_by.platform
