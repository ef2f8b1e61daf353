"""How a platform counts against GA4: learned from days that are all in, with an interval that holds the truth."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from common.decisions.review.evidence import Evidence
from common.decisions.review.platform_ratio import DAYS, mature_ratio, ratios
from common.domain.money import MICROS
from common.domain.track_days import Counted, EntityDay, TrackDays
from tests.cases.review_world import evidence_of

MARKETS = 200
CLAIMS, SEES = 1.15, 0.85
"""How often a platform claims a conversion, and how many of them GA4 sees."""


def market(seed: int, *, a_day: float, days: int = 40, value: bool = False) -> Evidence:
    """Conversions by chance: the platform dates them by their click, GA4 by the day on which they happen."""
    chance = Random(seed)
    evidence = evidence_of({"kpi": {"metric": "roas", "target": 4.0}} if value else {})
    claimed, seen = [0.0] * (days + 30), [0.0] * (days + 30)
    worth = {"claimed": [0.0] * len(claimed), "seen": [0.0] * len(claimed)}
    for day in range(days):
        for _ in range(_poisson(chance, a_day)):
            event, price = day + int(chance.expovariate(0.5)), chance.lognormvariate(3.5, 0.7)
            if event < days:
                number = 1 + (chance.random() < CLAIMS - 1)
                claimed[day] += number
                worth["claimed"][day] += number * price
                if chance.random() < SEES:
                    seen[event] += 1
                    worth["seen"][event] += price
    rows = [
        EntityDay(
            evidence.facts.today - timedelta(days=days - day),
            "search",
            "search",
            spend=100 * MICROS,
            platform=Counted(evidence.facts.now, claimed[day], round(worth["claimed"][day] * MICROS)),
            ga4=Counted(evidence.facts.now, seen[day], round(worth["seen"][day] * MICROS)),
        )
        for day in range(days)
    ]
    return replace(evidence, days=TrackDays(rows[0].day, rows[-1].day, "ga4", tuple(rows)))


def _poisson(chance: Random, mean: float) -> int:
    count, left = 0, chance.expovariate(1)
    while left < mean:
        count, left = count + 1, left + chance.expovariate(1)
    return count


@pytest.mark.parametrize(("a_day", "value"), [(4.0, False), (30.0, False), (30.0, True)])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(a_day: float, value: bool) -> None:
    """Days date by different events, so that single ones scatter far more than their sum: it is rather too wide."""
    found = [mature_ratio(market(seed, a_day=a_day, value=value), "search") for seed in range(MARKETS)]
    known = [one for one in found if one is not None]
    assert len(known) == MARKETS
    held = sum(one.low <= CLAIMS / SEES <= one.high for one in known) / MARKETS
    assert 0.87 <= held <= 1
    width = sum(one.high / one.low for one in known) / MARKETS
    assert width < (2.2 if a_day < 10 else 1.5)


def test_what_is_not_in_yet_is_left_out_or_added() -> None:
    """In the world of the cases just what the lag curve lets be seen of a claim is there: the ratio is exact."""
    ratio = mature_ratio(evidence_of({}), "search")
    assert ratio is not None
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((1.25, 1.25, 1.25))
    assert ratio.days == DAYS
    assert ratio.until == evidence_of({}).facts.today - timedelta(days=5), "the first of which 90% are visible"


@pytest.mark.parametrize(
    "days",
    [
        {"history": 17},
        {"ga4": 0.5},
        {"ga4": 0},
        {"platform": 0},
        {"platform": None},
        {"ga4_silent": True},
        {"ga4": float("nan")},
        {"ga4": float("inf")},
    ],
    ids=str,
)
def test_too_little_is_known(days: dict[str, float]) -> None:
    evidence = evidence_of({"days": {"social": days}})
    assert mature_ratio(evidence, "social") is None
    assert ratios(evidence).keys() == {"search", "video"}


def test_rows_that_come_twice_count_once() -> None:
    evidence = evidence_of({})
    twice = replace(evidence, days=replace(evidence.days, rows=evidence.days.rows * 2))
    assert mature_ratio(twice, "search") == mature_ratio(evidence, "search")


def test_what_was_so_a_quarter_of_a_year_ago_says_nothing_of_today() -> None:
    evidence = evidence_of({"days": {"search": {"history": 120}}})
    old = [row for row in evidence.days.rows if row.day < evidence.facts.today - timedelta(days=90)]
    assert old
    assert mature_ratio(replace(evidence, days=replace(evidence.days, rows=tuple(old))), "search") is None


def test_a_channel_that_diverges_teaches_nothing_meanwhile() -> None:
    evidence = evidence_of({"freezes": [{"code": "ga4_diverges", "channel": "search"}, {"code": "crm_match_fell"}]})
    assert ratios(evidence).keys() == {"social", "video"}
