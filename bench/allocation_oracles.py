"""Oracles: they know every curve and today's level and demand, not the events to come."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bench.allocation_play import Allocations, Sighted
from common.decisions.review.movable import rooms
from common.domain.money import MICROS
from sandbox.line import Line
from sandbox.market import Market

Floats = NDArray[np.float64]

_STEPS = 240
"""Of money, between which the best division is looked for; exact to one of them whatever the curves' shapes."""
_ROUNDS = 3
"""How often what one channel's spend does for another is worked out anew at the division found last."""


class Oracle:
    """Divides what is unspent so that the rest of the flight brings most, if today's level and demand stay."""

    def __init__(self, *, guarded: bool) -> None:
        self.guarded = guarded

    def wants(self, sighted: Sighted) -> Allocations | None:
        """The best allocations, within today's guardrails where it is held to them."""
        facts, market = sighted.evidence.facts, sighted.market
        left = facts.days_left()
        names = [name for name, one in facts.manifest.entities.items() if name in facts.spend and one.allocation]
        now = {name: facts.manifest.entities[name].allocation or 0 for name in names}
        room = rooms(facts)
        spent = {name: facts.spend[name].most for name in names}
        least = {name: room[name].least if self.guarded else spent[name] for name in names}
        most = {name: room[name].most if self.guarded else sum(now.values()) for name in names}
        total = sum(now.values()) - sum(least.values())
        if total <= 0 or left < 1 or len(names) < 2:
            return None
        lines = {name: market.lines[facts.manifest.entities[name].external_id] for name in names}
        daily = {name: max(0, now[name] - spent[name]) / left / MICROS for name in names}
        best: dict[str, int] = now
        for _ in range(_ROUNDS if any(one.track.interaction for one in lines.values()) else 1):
            grids = [np.minimum(least[name] + total * np.arange(_STEPS + 1) / _STEPS, most[name]) for name in names]
            worth = [
                _worth(market, lines, name, daily, np.maximum(0, grid - spent[name]) / left / MICROS)
                for name, grid in zip(names, grids, strict=True)
            ]
            steps = _divide(worth, [(most[name] - least[name]) * _STEPS / total for name in names])
            best = {name: least[name] + total * step // _STEPS for name, step in zip(names, steps, strict=True)}
            best[names[0]] += sum(now.values()) - sum(best.values())
            daily = {name: max(0, best[name] - spent[name]) / left / MICROS for name in names}
        if _total(market, lines, best, spent, left) <= _total(market, lines, now, spent, left) * (1 + 1e-4):
            return None
        if self.guarded:
            best = _within(best, least, most)
        return best


def _within(best: dict[str, int], least: Mapping[str, int], most: Mapping[str, int]) -> dict[str, int]:
    """Rounding undone where it broke a bound."""
    total = sum(best.values())
    kept = {name: min(max(amount, least[name]), most[name]) for name, amount in best.items()}
    for name, amount in list(kept.items()):
        kept[name] = min(max(amount + total - sum(kept.values()), least[name]), most[name])
    return kept


def _total(
    market: Market, lines: Mapping[str, Line], allocations: Mapping[str, int], spent: Mapping[str, int], left: int
) -> float:
    daily = {name: max(0, allocations[name] - spent[name]) / left / MICROS for name in lines}
    return sum(float(_worth(market, lines, name, daily, np.array([daily[name]]), helping=False)[0]) for name in lines)


def _divide(worth: Sequence[Floats], limits: Sequence[float]) -> list[int]:
    """How many steps each gets, all together `_STEPS`: max-plus convolution, channel by channel."""
    best = np.full(_STEPS + 1, -np.inf)
    best[0] = 0.0
    choices: list[NDArray[np.int64]] = []
    for of_channel, limit in zip(worth, limits, strict=True):
        own = np.where(np.arange(_STEPS + 1) <= np.ceil(limit - 1e-9), of_channel, -np.inf)
        table = np.full((_STEPS + 1, _STEPS + 1), -np.inf)
        for step in range(_STEPS + 1):
            table[step:, step] = best[: _STEPS + 1 - step] + own[step]
        choices.append(table.argmax(axis=1))
        best = table.max(axis=1)
    steps, rest = list[int](), _STEPS
    for choice in reversed(choices):
        steps.append(int(choice[rest]))
        rest -= steps[-1]
    return steps[::-1]


def _worth(
    market: Market,
    lines: Mapping[str, Line],
    name: str,
    daily: Mapping[str, float],
    grid: Floats,
    *,
    helping: bool = True,
) -> Floats:
    """A day's mean value by what the channel may spend on it, with what that does for a channel that it helps."""
    line = lines[name]
    scale = line.channel.value_per_conversion if market.scenario.counts_value else 1.0
    lifted = _lift(lines, name, daily)
    own = scale * lifted * _level(market, line) * _conversions(market, line, grid)
    if not helping:
        return own
    interaction = line.track.interaction
    if interaction is not None and interaction.source == line.channel.channel:
        target = next(one for one in lines.values() if one.channel.channel == interaction.target)
        lift = np.minimum(2.0, 1 + interaction.strength * grid / line.even_budget / 2)
        helped = next(key for key, one in lines.items() if one is target)
        theirs = _level(market, target) * float(_conversions(market, target, np.array([daily[helped]]))[0])
        own = own + lift * theirs * (target.channel.value_per_conversion if market.scenario.counts_value else 1.0)
    return own


def _lift(lines: Mapping[str, Line], name: str, daily: Mapping[str, float]) -> float:
    """What the helper's spend makes of a channel's level: over a day, on average half of the helper's day is spent."""
    interaction = lines[name].track.interaction
    if interaction is None or interaction.target != lines[name].channel.channel:
        return 1.0
    helper = next((key for key, one in lines.items() if one.channel.channel == interaction.source), None)
    if helper is None:
        return 1.0
    return min(2.0, 1 + interaction.strength * daily[helper] / lines[helper].even_budget / 2)


def _level(market: Market, line: Line) -> float:
    """Today's, on an average weekday; the rest of the flight is taken to be like it."""
    hours, channel = market.hours, line.channel
    flight_day = hours.day(market.hour) - hours.flight_day
    level = (
        (1 + channel.level_drift) ** flight_day * line.events.level.factor(market.hour) * line.efficiency(market.hour)
    )
    if channel.by_day is not None:
        level *= channel.by_day.level[flight_day]
    return level * sum(channel.weekday) / len(channel.weekday)


def _conversions(market: Market, line: Line, grid: Floats) -> Floats:
    """At level 1, averaged over how eager the platform is and how much demand there is."""
    appetite, demand = _spread(line.channel.noise), _spread(line.channel.demand_noise)
    ceiling = _demand(market, line)
    keep = 1 - line.channel.curve.adstock
    total = np.zeros_like(grid)
    for eager in appetite:
        for much in demand:
            spend = np.minimum(grid * eager, ceiling * much)
            brought = np.array([line.channel.curve.conversions(float(one) / keep) for one in spend])
            total += brought
    return total / (len(appetite) * len(demand))


def _demand(market: Market, line: Line) -> float:
    hours, channel = market.hours, line.channel
    flight_day = hours.day(market.hour) - hours.flight_day
    demand = channel.demand if channel.by_day is None else channel.by_day.demand[flight_day]
    if channel.demand_weekday is not None:
        demand *= sum(channel.demand_weekday) / len(channel.demand_weekday)
    return demand * line.events.demand.factor(market.hour) * line.spending.reach


@lru_cache(maxsize=256)
def _spread(variation: float) -> tuple[float, ...]:
    """Five equally likely values of a log-normal of mean one with this coefficient of variation."""
    if variation <= 0:
        return (1.0,)
    sigma = np.sqrt(np.log1p(variation**2))
    points = np.exp(sigma * np.array([-1.281552, -0.524401, 0.0, 0.524401, 1.281552]))
    return tuple(points / points.mean())
