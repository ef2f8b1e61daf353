"""How often a channel that is well is frozen, and how soon one that is not: over months of drawn conversions."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from math import exp
from random import Random

import pytest

from common.decisions.facts import Facts
from common.decisions.lag import LagCurve
from common.decisions.safeguards.freezing import followed
from common.decisions.safeguards.signals import Signals
from common.domain.calendar import HOUR
from common.domain.track_days import Counted, EntityDay
from tests.cases.guardrail_world import facts_of

DAY = timedelta(days=1)
KNOWN, LOOKED = 42, 30
"""Days before the first look; and looks, one a day."""
CHANNELS = ("search", "social", "video")
MEAN_LAG, LATEST = 2.0, 14
MONTHS = 120
"""Of one channel each."""
FAULT = 4
"""The look on whose day it begins that a platform counts too much."""


@dataclass
class Channel:
    """What a platform claims, by the day of the click and the days until it happened; and GA4's events by day."""

    claims: list[list[float]]
    events: list[float]


def channel(dice: Random, a_day: float, factor: float, days: int) -> Channel:
    """GA4 sees 85% of the conversions. A platform counts 15% of them twice, and from the fault on more of them."""
    found = Channel([[0.0] * LATEST for _ in range(days)], [0.0] * (days + LATEST))
    shares = [exp(-later / MEAN_LAG) for later in range(LATEST)]
    for click in range(days):
        for later in dice.choices(range(LATEST), shares, k=poisson(dice, a_day)):
            more = (factor if click + later >= KNOWN + FAULT else 1.0) * 1.15
            found.claims[click][later] += int(more) + (dice.random() < more % 1)
            found.events[click + later] += dice.random() < 0.85
    return found


def poisson(dice: Random, mean: float) -> int:
    """A count, after D. E. Knuth, The Art of Computer Programming 2, 3.4.1."""
    count, left = 0, dice.random()
    while left > exp(-mean):
        count, left = count + 1, left * dice.random()
    return count


def looks(dice: Random, a_day: float, factor: float = 1.0, days: int = LOOKED) -> Iterator[set[str | None]]:
    """The channels that are frozen after each day's look."""
    facts = facts_of({"now": "2026-03-01T04:30"})
    channels = {name: channel(dice, a_day, factor, KNOWN + days) for name in CHANNELS}
    curves = dict.fromkeys(channels, LagCurve(MEAN_LAG, learned=True))
    first = facts.now
    for look in range(days):
        facts = replace(facts, now=first + look * DAY)
        rows = list(_rows(facts, channels, KNOWN + look))
        facts = replace(facts, state=followed(Signals(facts, rows, curves, ())).state)
        yield {one.channel for one in facts.state.freezes}


def _rows(facts: Facts, channels: dict[str, Channel], days: int) -> Iterator[EntityDay]:
    """All days until yesterday, as they are known this morning."""
    for number in range(days):
        day, settled = facts.today - (days - number) * DAY, days - number > 1
        for name, one in channels.items():
            claimed = sum(one.claims[number][: days - number])
            yield EntityDay(
                day,
                name,
                name,
                platform=Counted(facts.now - 3 * HOUR, claimed),
                ga4=Counted(facts.now - 6 * HOUR, one.events[number]) if settled else None,
            )


@pytest.mark.parametrize("a_day", [4, 15])
def test_a_channel_that_is_well_is_hardly_ever_frozen(a_day: float) -> None:
    """Of months of channels, those in which it was so on some day."""
    frozen = [set[str | None]().union(*looks(Random(seed), a_day)) for seed in range(MONTHS // 3)]
    share = sum(map(len, frozen)) / MONTHS
    assert share <= 0.04, f"{share:.1%}"


@pytest.mark.parametrize(("a_day", "factor", "most"), [(15, 2, 12), (4, 3, 12)])
def test_a_platform_that_counts_too_much_is_found(a_day: float, factor: float, most: int) -> None:
    """Days until half of the channels are frozen; in the end all are."""
    after: list[int] = []
    for seed in range(MONTHS // 6):
        frozen = list(looks(Random(seed), a_day, factor))
        after += [next((n - FAULT for n, found in enumerate(frozen) if name in found), LOOKED) for name in CHANNELS]
    assert sorted(after)[len(after) // 2] <= most, sorted(after)
    assert max(after) < LOOKED, sorted(after)


def test_a_freeze_does_not_flap() -> None:
    """Around its bound, and through the six weeks after which what is found is usual: entered once at the most."""
    entered: list[int] = []
    for seed, factor in enumerate((1.25, 1.3, 1.35, 1.4, 1.5, 1.6, 1.8, 2.2)):
        before, count = set[str | None](), Counter[str | None]()
        for frozen in looks(Random(seed), 30, factor, days=60):
            count += Counter(frozen - before)
            before = frozen
        entered += [count[name] for name in CHANNELS]
    assert max(entered) == 1
    assert sum(entered) >= 0.2 * len(entered)
