"""One entity's spend and price, hour by hour as they become visible: what is unusual, and what is odd."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from math import exp
from typing import Any, NamedTuple

from common.decisions.anomaly.alarms import Alarm, Kind
from common.decisions.anomaly.memory import EntityMemory
from common.decisions.anomaly.overspend import (
    NEW_DAY_NOISE,
    NEW_HOUR_NOISE,
    PRIOR,
    HourSeen,
    Suspected,
    Usual,
    begin_day,
    weigh,
)
from common.decisions.anomaly.stream import When, begin, read
from common.decisions.local_days import WHOLE_DAY, LocalDay, LocalDays
from common.decisions.observed import live_at
from common.decisions.spend_curve import USUAL_DAY_NOISE, USUAL_HOUR_NOISE, USUAL_HOURS
from common.domain.calendar import HOUR
from common.domain.change import Reason
from common.domain.figures import HourFigures
from common.domain.manifest import Entity, PauseScope

NOTABLE = 0.2
"""Probability from which something is worth naming."""
_BEGINS, _ENDS = 0.02, 0.005
"""Odds at which a case about spend is taken to have begun, and to be over."""
_CLICKS = 20.0
"""Clicks that make a price: of fewer, chance makes anything."""
_HELD_HOURS = 24.0
"""Hours after which fewer clicks must do."""
_CRUMBS = 0.02
"""Of an hour's share of the budget: what is spent while an entity is off, since a platform stops within minutes."""
_BUSY_SHARE = 0.02
"""Of a day's spend: in an hour that usually has less, no spend is no news."""
_IDLE_HOURS = 3
_OFF_HOURS = 2
_RISE, _MOST_SAID = 2.5, 4.0
"""Deviations from which a price speaks for a case, and the most that one price may say (its logarithm)."""
_MOST_CASE = 20.0
"""A case about a price grows no further: by then it is settled, and has to end once prices are usual again."""
_DEAR = 2.0
"""A price that rose less than twofold is the market's own."""


_SUNDAY = 6
_NOT_LEARNED = (USUAL_DAY_NOISE, USUAL_HOUR_NOISE)
"""What pacing takes the noise for until it has seen a week; what it learns is never exactly that."""


class Curve(NamedTuple):
    """How an entity's spend is usually spread, as pacing has learned it."""

    hours: Sequence[float]
    usual: Usual
    learned: bool


def curve_of(known: Mapping[str, Any] | None) -> Curve:
    """The curve in pacing's part of the state; a wide one while there is none."""
    if not known or "hours" not in known or (known["day_noise"], known["hour_noise"]) == _NOT_LEARNED:
        return Curve(USUAL_HOURS, Usual(NEW_DAY_NOISE, NEW_HOUR_NOISE), learned=False)
    return Curve(known["hours"], Usual(known["day_noise"], known["hour_noise"]), learned=True)


class Watched(NamedTuple):
    """An entity and what is needed to judge its hours."""

    entity: Entity
    memory: EntityMemory
    curve: Curve
    days: LocalDays
    break_even: float
    """How many times the usual price still pays."""
    holidays: Collection[date] = frozenset()
    """Public holidays where the tenant's customers are."""

    def weekday(self, day: LocalDay) -> int:
        """The weekday that a day is like: a public holiday is like a Sunday."""
        return _SUNDAY if day.day in self.holidays else day.day.weekday()

    def weights(self, day: LocalDay) -> Sequence[float]:
        """How a day's spend is usually spread over the hours that it has."""
        return self.curve.hours if day.hours is WHOLE_DAY else [self.curve.hours[hour] for hour in day.hours]


def judge_hours(watched: Watched, hours: Iterable[HourFigures]) -> None:
    """Take in new hours, in order."""
    memory = watched.memory
    suspected = memory.suspected
    for row in hours:
        day = watched.days.at(row.hour)
        if day.day.isoformat() != memory.day:
            begin_day(suspected, watched.curve.usual)
            memory.day = day.day.isoformat()
        budget = float(live_at(watched.entity, row.hour))
        weights, place = watched.weights(day), day.place(row.hour)
        share = weights[place] / sum(weights)
        weigh(
            suspected,
            HourSeen(
                spend=float(row.micros),
                budget=budget,
                share_of_day=share,
                share_of_rest=weights[place] / sum(weights[place:]),
                most=watched.entity.delivery.overdelivery,
            ),
            watched.curve.usual,
        )
        _mark(memory, suspected, row, budget * share)
        _count_odd_hours(watched, row, budget, share)
        _price(watched, row, day, place)
    memory.suspect(suspected)


def _mark(memory: EntityMemory, suspected: Suspected, row: HourFigures, expected: float) -> None:
    """Since when spend is suspicious, and what was spent since."""
    odds = suspected.total
    if memory.since is None and odds >= _BEGINS:
        memory.since, memory.expected, memory.measured = row.hour.isoformat(), 0.0, 0.0
    elif memory.since is not None and odds < _ENDS:
        memory.since, memory.expected, memory.measured = None, 0.0, 0.0
    if memory.since is not None:
        memory.expected += expected
        memory.measured += row.micros


def _count_odd_hours(watched: Watched, row: HourFigures, budget: float, share: float) -> None:
    memory = watched.memory
    if budget > 0:
        memory.off_good_since, memory.off_spends = None, 0
        memory.idle = memory.idle + 1 if row.micros == 0 and share >= _BUSY_SHARE else 0
        return
    memory.idle = 0
    if row.micros > _CRUMBS * share * (watched.entity.daily_budget or 0):
        memory.off_spends, memory.off_good_since = memory.off_spends + 1, None
    else:
        memory.off_spends = 0
        memory.off_good_since = memory.off_good_since or (row.hour + HOUR).isoformat()


def _price(watched: Watched, row: HourFigures, day: LocalDay, place: int) -> None:
    """Judge the price per click, once there are clicks enough to make one."""
    memory = watched.memory
    memory.held_micros += row.micros
    memory.held_clicks += row.clicks
    memory.held_hours += 1.0
    if memory.held_clicks < _CLICKS and not (memory.held_hours >= _HELD_HOURS and memory.held_clicks > 0):
        return
    price, held = memory.held_micros / memory.held_clicks, memory.held_hours
    memory.held_micros, memory.held_clicks, memory.held_hours = 0, 0.0, 0.0
    if price <= 0:
        return
    reading = read(memory.prices or begin(price), price, When(day.hours[place], watched.weekday(day)), held)
    memory.price = reading.memory
    risen = reading.judged and price > reading.expected > 0 and reading.surprise >= _RISE
    said = min(_MOST_SAID, 0.5 * reading.surprise**2) if risen else -_MOST_SAID / 2
    case = min(memory.price_case + said, _MOST_CASE)
    if case <= 0:
        memory.price_case, memory.price_since, memory.price_factor = 0.0, None, 1.0
        return
    factor = price / reading.expected if risen else 1.0
    memory.price_factor = factor if memory.price_since is None else (memory.price_factor + factor) / 2
    memory.price_case, memory.price_since = case, memory.price_since or row.hour.isoformat()


def alarms_of(watched: Watched) -> Iterator[Alarm]:
    """What is wrong with an entity's spend and price by now."""
    memory, entity = watched.memory, watched.entity
    if memory.since is not None and (suspected := memory.suspected).probability >= NOTABLE:
        yield Alarm(
            kind=Kind.SPEND,
            scope=PauseScope.ENTITY,
            target=entity.entity_id,
            figure="spend",
            since=datetime.fromisoformat(memory.since),
            measured=memory.measured,
            expected=memory.expected,
            probability=suspected.probability,
            wasted_share=suspected.factor - 1.0,
            foregone_share=1.0,
        )
    odds = PRIOR * exp(memory.price_case)
    if memory.price_since is not None and odds / (1.0 + odds) >= NOTABLE and (usual := memory.prices) is not None:
        expected = max(1.0, exp(usual.level) - usual.floor)
        yield Alarm(
            kind=Kind.PRICE,
            scope=PauseScope.ENTITY,
            target=entity.entity_id,
            figure="price per click",
            since=datetime.fromisoformat(memory.price_since),
            measured=expected * memory.price_factor,
            expected=expected,
            probability=odds / (1.0 + odds),
            wasted_share=max(0.0, 1.0 - max(_DEAR, watched.break_even) / memory.price_factor),
            foregone_share=1.0,
        )


def oddities_of(watched: Watched) -> Iterator[Reason]:
    """What is odd, but loses no money by itself or can't be stopped by a pause."""
    memory, entity_id = watched.memory, watched.entity.entity_id
    if memory.off_spends >= _OFF_HOURS:
        yield Reason(code="spends_while_off", measured=memory.off_spends, limit=_OFF_HOURS, entity_id=entity_id)
    if memory.idle >= _IDLE_HOURS:
        yield Reason(code="spends_nothing", measured=memory.idle, limit=_IDLE_HOURS, entity_id=entity_id)
    if memory.held_hours >= _HELD_HOURS and memory.held_micros > 0:
        yield Reason(code="spend_without_clicks", measured=round(memory.held_micros), entity_id=entity_id)
    if not watched.curve.learned:
        yield Reason(code="still_learning", entity_id=entity_id)
