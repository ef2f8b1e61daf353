"""A channel's days before any policy acts: how its hours share the day, and what the market would take in each."""

from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from math import sqrt

from sandbox.draws import Draws, LogNormal
from sandbox.hours import Hours
from sandbox.scenario import Channel
from sandbox.windows import ChannelEvents

_MEMORY = 0.5
"""Correlation of log D from one day to the next."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the weights of a day's hours share it out; a day has only the hours that exist on it."""

    rate: tuple[float, ...]
    """w[h] / sum(w[h:])"""
    even: tuple[float, ...]
    """w[h] / sum(w)"""
    through: tuple[float, ...]
    """sum(w[..h]) / sum(w)"""

    @classmethod
    def of(cls, weights: list[float]) -> "Shape":
        """The shape of a day with these weights; hours without weight get nothing."""
        to_come = list(accumulate(reversed(weights)))[::-1]
        total = to_come[0] or 1.0
        return cls(
            rate=tuple(weight / rest if weight else 0.0 for weight, rest in zip(weights, to_come, strict=True)),
            even=tuple(weight / total for weight in weights),
            through=tuple(so_far / total for so_far in accumulate(weights)),
        )


@dataclass(frozen=True, slots=True)
class Day:
    """One day, by hour of it: number `first` to `end` (exclusive)."""

    first: int
    end: int
    appetite: float
    """D: how much of a daily budget the platform is inclined to spend."""
    rate: list[float]
    """w[h] / sum(w[h:]) * H: how fast it spends what is left of the day's want."""
    demand: list[float]
    """What the market would take, at the channel's own bid target."""
    runaway: list[float | None] | None
    """What it spends of the budget, whatever else holds; `None` for the hours (or the day) without a runaway."""


class Days:
    """Makes the days of a channel from its draws and events."""

    def __init__(self, channel: Channel, hours: Hours, draws: Draws, events: ChannelEvents) -> None:
        self._channel, self._hours, self._draws, self._events = channel, hours, draws, events
        self._appetite, self._demand = LogNormal(channel.noise), LogNormal(channel.demand_noise)
        self._pace = LogNormal(channel.hour_noise)
        self._shapes: dict[tuple[int, ...], Shape] = {}
        self._moods: list[float] = []

    def day(self, day: int) -> Day:
        """A day up to the end of the flight, by its number. Days are asked for in order, each once."""
        first, end = self._hours.first[day], self._hours.first[day + 1]
        shape = self.shape(day)
        runaway = self._runaway(first, end, shape)
        if self._draws.expected:
            return Day(first, end, 1.0, list(shape.rate), self._demand_of(day, 1.0), runaway)
        news, eagerness, *hourly = self._draws.normals(2 + end - first, *self._key(day))
        rate = [share * self._pace.at(normal) for share, normal in zip(shape.rate, hourly, strict=True)]
        demand = self._demand_of(day, self._demand.at(eagerness))
        return Day(first, end, self._appetite.at(self._mood(day, news)), rate, demand, runaway)

    def shape(self, day: int) -> Shape:
        """How a day's hours share it out."""
        local = self._hours.local[self._hours.first[day] : self._hours.first[day + 1]]
        if local not in self._shapes:
            self._shapes[local] = Shape.of([self._channel.hour_weights[hour] for hour in local])
        return self._shapes[local]

    def demand(self, day: int) -> list[float]:
        """What the market would take in each hour of a day at the channel's own bid target, in currency units."""
        if self._draws.expected:
            return self._demand_of(day, 1.0)
        return self._demand_of(day, self._demand.at(self._draws.normals(2, *self._key(day))[1]))

    def history_factor(self, day: int) -> float:
        """What the budget of the history was multiplied by in a day's week, between 0.8 and 1.2."""
        if self._draws.expected:
            return 1.0
        return 0.8 + 0.4 * self._draws.uniforms(1, "history week", day // 7)[0]

    def _key(self, day: int) -> tuple[str, date]:
        """Of a day's stream: the news in its mood, its demand, and its hours."""
        return "spend", self._hours.days[day]

    def _mood(self, day: int, news: float) -> float:
        """A standard normal number that remembers the day before; `news` is the day's own draw."""
        self._moods.append(_MEMORY * self._moods[-1] + sqrt(1 - _MEMORY**2) * news if self._moods else news)
        return self._moods[day]

    def _demand_of(self, day: int, draw: float) -> list[float]:
        channel, first = self._channel, self._hours.first[day]
        flight_day = day - self._hours.flight_day
        total = channel.by_day.demand[flight_day] if channel.by_day and flight_day >= 0 else channel.demand
        if channel.demand_weekday is not None:
            total *= channel.demand_weekday[self._hours.days[day].weekday()]
        demand = [total * draw * even for even in self.shape(day).even]
        shifts = self._events.demand
        if shifts.touch(first, first + len(demand)):
            demand = [amount * shifts.factor(hour) for hour, amount in enumerate(demand, first)]
        return demand

    def _runaway(self, first: int, end: int, shape: Shape) -> list[float | None] | None:
        runaway = self._events.runaway
        if not runaway.touch(first, end):
            return None
        hours = enumerate(shape.even, first)
        return [runaway.factor(hour) * even if runaway.holds(hour) else None for hour, even in hours]
