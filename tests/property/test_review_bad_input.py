"""What a source says that can't be ends in a reason: never in an increase of what it was said of, never in a crash."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf, nan
from random import Random
from typing import Any

import pytest
from hypothesis import strategies as st

from common.decisions.guardrails.increases import is_increase
from common.decisions.lag import LagCurve
from common.decisions.review.evidence import Evidence, Found
from common.decisions.review.statistical import review
from common.domain.figures import PartFigures
from common.domain.track_days import Counted, EntityDay, TrackDays
from tests.cases.guardrail_world import euros, facts_of
from tests.property.reach import holds

DAY = timedelta(days=1)
CHANNELS: tuple[str, ...] = ("search", "social", "video")
RECORDED = 75
BID = {"bid_target": 20, "delivery": {"bid_metric": "cpa"}}
WORLD: Mapping[str, Any] = {
    "entities": {"search": BID, "social": BID, "video": {**BID, "total_budget": None}, "ad-3": {"status": "paused"}}
}


@dataclass(frozen=True)
class World:
    """A track, the channel that returns more than the others, and dice for what goes wrong with it."""

    evidence: Evidence
    hit: str
    dice: Random

    def __repr__(self) -> str:
        return f"World(hit={self.hit!r}, now={self.evidence.facts.now})"

    def but(self, rows: Callable[[EntityDay], EntityDay | None], **parts: Any) -> Evidence:
        """With the channel's rows changed, or left out."""
        changed = [rows(row) if row.entity_id == self.hit else row for row in self.evidence.days.rows]
        days = replace(self.evidence.days, rows=tuple(row for row in changed if row is not None))
        return replace(self.evidence, days=days, **parts)

    def some(self, change: Callable[[EntityDay], EntityDay]) -> Evidence:
        """With one to five of its days changed."""
        chosen = {
            self.evidence.facts.today - self.dice.randint(1, RECORDED) * DAY for _ in range(self.dice.randint(1, 5))
        }
        return self.but(lambda row: change(row) if row.day in chosen else row)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """The channel gets twice to four times as much for its money; platforms claim 0.7 to 1 for each of GA4's."""
    dice = Random(draw(st.integers(0, 10**6)))
    hit, day, returns = draw(st.sampled_from(CHANNELS)), draw(st.integers(4, 24)), draw(st.floats(2, 4))
    facts = facts_of({**WORLD, "now": f"2026-03-{day:02}T06:00"})
    claims = draw(st.floats(0.7, 1))
    rows = [
        _row(facts.today - ago * DAY, name, (returns if name == hit else 1) * 4 * claims, claims, facts, dice)
        for ago in range(RECORDED, 0, -1)
        for name in CHANNELS
    ]
    days = TrackDays(facts.today - RECORDED * DAY, facts.today - DAY, "ga4", tuple(rows))
    shown = {"ad-1": 10, "ad-2": 300, "ad-3": 400}
    ads = {name: PartFigures(name, euros(100), clicks, 20_000, 3.0) for name, clicks in shown.items()}
    geos = {
        name: tuple(PartFigures(geo, euros(400), 100, 9_000, 20.0) for geo in ("ES-MD", "ES-CT")) for name in CHANNELS
    }
    curves = dict.fromkeys(CHANNELS, LagCurve(1.5, learned=True))
    return World(Evidence(facts, days, curves, geos, ads), hit, dice)


def _row(day: Any, name: str, mean: float, claims: float, facts: Any, dice: Random) -> EntityDay:
    """A day of 100 EUR, or 50 for the smallest channel; sources have told of all of it."""
    spend = dice.uniform(0.9, 1.1) * (50 if name == "video" else 100)
    count = max(0.0, round(mean * spend / 100 + dice.gauss(0, 1) * mean**0.5))
    told = Counted(facts.now - timedelta(hours=3), count, euros(50 * count))
    seen = Counted(facts.now - timedelta(hours=3), count / claims, euros(50 * count / claims), sessions=200)
    return EntityDay(day, name, name, euros(spend), 100, 5_000, told, seen)


def _counting(row: EntityDay, times: float, sources: tuple[str, ...]) -> EntityDay:
    def changed(counted: Counted | None) -> Counted | None:
        if counted is None:
            return None
        return replace(counted, conversions=counted.conversions * times, value=round(counted.value * times))

    return replace(row, **{name: changed(row.counted(name)) for name in sources})


def _conversions_without_spend(world: World) -> Evidence:
    spend = world.dice.choice((0, None))
    return world.but(lambda row: replace(row, spend=spend))


def _spend_without_conversions(world: World) -> Evidence:
    return world.but(lambda row: _counting(row, 0, ("platform", "ga4")))


def _corrected_below_nothing(world: World) -> Evidence:
    source = world.dice.choice(("platform", "ga4"))
    return world.some(lambda row: _counting(row, -1, (source,)))


def _spend_taken_back(world: World) -> Evidence:
    return world.some(lambda row: replace(row, spend=-(row.spend or 0)))


def _channel_gone(world: World) -> Evidence:
    last = world.evidence.facts.today - world.dice.choice((9, 40, RECORDED + 1)) * DAY
    return world.but(lambda row: row if row.day < last else None)


def _days_twice(world: World) -> Evidence:
    last = world.evidence.facts.today - world.dice.choice((1, 7, RECORDED)) * DAY
    days = world.evidence.days
    again = tuple(row for row in days.rows if row.entity_id == world.hit and row.day >= last)
    return replace(world.evidence, days=replace(days, rows=(*days.rows, *again)))


def _month_missing(world: World) -> Evidence:
    first = world.evidence.facts.today - world.dice.randint(30, RECORDED - 10) * DAY
    part = world.dice.choice(("row", "platform", "ga4"))

    def without(row: EntityDay) -> EntityDay | None:
        if not first <= row.day < first + 30 * DAY:
            return row
        return None if part == "row" else replace(row, **{part: None})

    return world.but(without)


def _no_number_of_the_day(world: World) -> Evidence:
    name = world.dice.choice(("spend", "clicks", "impressions"))
    return world.some(lambda row: replace(row, **{name: world.dice.choice((nan, inf, -inf))}))


def _no_number_counted(world: World) -> Evidence:
    source = world.dice.choice(("platform", "ga4", "crm"))
    name = world.dice.choice(("conversions", "value", "first_user_value", "sessions"))
    wrong = {name: world.dice.choice((nan, inf, -inf))}

    def change(row: EntityDay) -> EntityDay:
        return replace(row, **{source: replace(row.counted(source) or Counted(world.evidence.facts.now, 1), **wrong)})

    return world.some(change)


def _no_number_for_the_lag(world: World) -> Evidence:
    curve = LagCurve(world.dice.choice((nan, inf, 0.0, -1.0)))
    return replace(world.evidence, curves={**world.evidence.curves, world.hit: curve})


def _no_number_inside(world: World) -> Evidence:
    name = world.dice.choice(("micros", "clicks", "impressions", "conversions"))
    geo, *others = world.evidence.geos[world.hit]
    wrong = replace(geo, **{name: world.dice.choice((nan, inf, -1))})
    return replace(world.evidence, geos={**world.evidence.geos, world.hit: (wrong, *others)})


FAULTS = (
    _conversions_without_spend,
    _spend_without_conversions,
    _corrected_below_nothing,
    _spend_taken_back,
    _channel_gone,
    _days_twice,
    _month_missing,
    _no_number_of_the_day,
    _no_number_counted,
    _no_number_for_the_lag,
    _no_number_inside,
)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_can_not_be_ends_in_a_reason_and_never_in_an_increase(fault: Callable[[World], Evidence]) -> None:
    """Reached where the channel is raised as long as nothing is wrong with it."""

    def law(world: World) -> bool:
        found = review(fault(world))
        assert not _raised(found, world), [one.why for one in found.proposals]
        assert world.hit in {reason.entity_id for reason in found.reasons} | _changed(found)
        return _raised(review(world.evidence), world)

    holds(worlds(), law, examples=20)


def test_numbers_of_ads_that_are_none_turn_no_ad_on_and_raise_no_campaign() -> None:
    def law(world: World) -> bool:
        ads = world.evidence.ads
        name, field = world.dice.choice(list(ads)), world.dice.choice(("micros", "clicks", "impressions"))
        wrong = replace(ads[name], **{field: world.dice.choice((nan, inf, -1))})
        found = review(replace(world.evidence, ads={**ads, name: wrong}))
        assert not {"social", "ad-1", "ad-2", "ad-3"} & _increased(found, world)
        return bool({"social", "ad-3"} & _increased(review(world.evidence), world))

    holds(worlds(), law, examples=20)


def _raised(found: Found, world: World) -> bool:
    return world.hit in _increased(found, world)


def _increased(found: Found, world: World) -> set[str]:
    entities = world.evidence.facts.manifest.entities
    changes = [change for proposal in found.proposals for change in proposal.changes]
    return {change.entity_id for change in changes if is_increase(change, entities[change.entity_id])}


def _changed(found: Found) -> set[str]:
    return {change.entity_id for proposal in found.proposals for change in proposal.changes}
