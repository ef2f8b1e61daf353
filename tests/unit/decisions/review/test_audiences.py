"""Geos are looked at every day, and each look may be wrong: few of those that go should have stayed."""

from dataclasses import replace
from math import exp, log1p, sqrt
from random import Random

from common.decisions.review import audiences
from common.decisions.review.evidence import WINDOW, Evidence
from common.domain.figures import PartFigures
from common.domain.money import MICROS
from tests.cases.review_world import evidence_of

GEOS, CAMPAIGNS, LOOKS = 12, 25, 20
ALLOWED = 16.0
"""What a conversion may cost by the plan, as the platform counts."""
DEAR = 1.6
"""What one costs in these campaigns, times what is allowed; from twice on a geo is to go."""
SPREAD = 0.4
"""The coefficient of variation of the geos' rates: what the simulated market has."""


def test_few_of_the_geos_that_are_excluded_are_not_too_dear() -> None:
    """A fortnight and more of daily looks at campaigns with ten conversions a day."""
    base = evidence_of({})
    right = wrong = could = 0
    for seed in range(CAMPAIGNS):
        gone, dear = looked_at(Random(seed), base)
        right, wrong, could = right + len(gone & dear), wrong + len(gone - dear), could + len(dear)
    assert wrong <= 0.1 * (right + wrong)
    assert right >= 0.25 * could, "and it finds some"


def looked_at(chance: Random, base: Evidence) -> tuple[set[int], set[int]]:
    """The geos that went, and those that are too dear."""
    weights = [chance.gammavariate(2, 1) for _ in range(GEOS)]
    sigma = sqrt(log1p(SPREAD**2))
    rates = [exp(sigma * chance.gauss(0, 1)) for _ in range(GEOS)]
    mean = sum(weight * rate for weight, rate in zip(weights, rates, strict=True)) / sum(weights)
    cost, gone = DEAR * ALLOWED, set[int]()
    days = [_day(chance, weights, rates, mean, cost, gone) for _ in range(WINDOW.days)]
    for _ in range(LOOKS):
        days.append(_day(chance, weights, rates, mean, cost, gone))
        gone |= _excluded(days[-WINDOW.days :], gone, base)
    return gone, {number for number, rate in enumerate(rates) if cost * mean / rate >= 2 * ALLOWED}


def _day(
    chance: Random, weights: list[float], rates: list[float], mean: float, cost: float, gone: set[int]
) -> list[tuple[float, int]]:
    """Each geo's spend and conversions, ten of these a day in all while all are live."""
    live = sum(weight for number, weight in enumerate(weights) if number not in gone)
    spent = [0.0 if number in gone else 10 * cost * weight / live for number, weight in enumerate(weights)]
    return [(one, _poisson(chance, one / cost * rate / mean)) for one, rate in zip(spent, rates, strict=True)]


def _excluded(days: list[list[tuple[float, int]]], gone: set[int], base: Evidence) -> set[int]:
    campaign = base.facts.manifest.entities["search"]
    reading = base.reading(campaign)
    assert reading is not None
    assert reading.maturity is not None
    geos = tuple(
        PartFigures(
            f"{number}",
            round(sum(day[number][0] for day in days) * MICROS),
            1.0,
            1.0,
            sum(day[number][1] for day in days) * reading.maturity,
        )
        for number in range(GEOS)
    )
    campaign = campaign.but(excluded_geos=tuple(sorted(map(str, gone))))
    manifest = base.facts.manifest.but(entities={**base.facts.manifest.entities, "search": campaign})
    found = audiences.propose(replace(base, facts=replace(base.facts, manifest=manifest), geos={"search": geos}))
    return {int(proposal.evidence["geo"] or 0) for proposal in found.proposals}


def _poisson(chance: Random, mean: float) -> int:
    count, left = 0, chance.expovariate(1)
    while left < mean:
        count, left = count + 1, left + chance.expovariate(1)
    return count
