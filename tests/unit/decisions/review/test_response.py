"""What is learned of channels whose truth is known: what their money brings, what more of it would, and how surely."""

from collections.abc import Mapping
from dataclasses import replace
from math import exp, log
from random import Random
from typing import Any

import pytest

from common.decisions.review.evidence import Evidence
from common.decisions.review.response import ChannelResponse, learn
from common.decisions.review.response_filter import brings, marginal
from common.domain.money import MICROS
from tests.cases.guardrail_world import euros
from tests.unit.decisions.review.simulated import REFERENCE, Truth, simulated, with_allocation

NAMES = tuple(REFERENCE)
UNSPENT = {"search": 2000.0, "social": 2000.0, "video": 1000.0}
"""Euros, for twenty days more: each may spend its reference spend a day."""


def alike(truth: Truth) -> Mapping[str, Truth]:
    """The whole track, by what money returns: `video` is half as large."""
    return {name: replace(truth, level=truth.level * REFERENCE[name] / 100) for name in NAMES}


def of(evidence: Evidence, name: str = "search") -> ChannelResponse:
    return learn(evidence).channels[name]


def elasticity(response: ChannelResponse, name: str = "search") -> float:
    """At the reference spend, which is the present one."""
    return response.marginal.value * REFERENCE[name] / response.brings.value


@pytest.mark.parametrize("truth", [0.45, 0.6, 0.8])
def test_of_many_conversions_it_comes_near_the_truth(truth: float) -> None:
    """And at another spend than that which the plan gives: the level and its fall are known around it."""
    evidence = simulated(alike(Truth(400, truth)), days=90)
    for spend in (0.6, 1.0, 1.4):
        moved = with_allocation(evidence, "search", 1000 + spend * UNSPENT["search"])
        response = of(moved)
        assert response.daily == pytest.approx(euros(100 * spend))
        assert response.brings.value == pytest.approx(400 * brings(truth, spend), rel=0.08)
        assert response.marginal.value == pytest.approx(4 * marginal(truth, spend), rel=0.2)
        half = truth / (1 - truth)
        assert response.curvature == pytest.approx(-2 * spend / (spend + half), abs=0.25)


@pytest.mark.parametrize("jump", [0.4, 2.0])
def test_a_jump_of_the_level_is_followed_within_a_week(jump: float) -> None:
    truths = {**alike(Truth(20)), "search": Truth(20, jump=jump, jumped=7)}
    assert of(simulated(truths)).brings.value == pytest.approx(20 * jump, rel=0.25)


def test_of_hardly_any_conversions_it_stays_near_what_was_to_be_expected() -> None:
    """A handful in the whole track: each channel returns about what the track does, and it could be far otherwise."""
    evidence = simulated(alike(Truth(0.12)), days=20)
    found = learn(evidence).channels
    seen = sum(row.ga4.conversions for row in evidence.days.rows if row.ga4)
    usual = seen / sum((row.spend or 0) / MICROS for row in evidence.days.rows)
    assert 2 <= seen <= 10
    for name, response in found.items():
        assert response.brings.value / REFERENCE[name] == pytest.approx(usual, rel=0.5)
        assert elasticity(response, name) == pytest.approx(0.6, abs=0.2)
        assert response.marginal.high > 2.5 * response.marginal.low


def test_of_a_track_without_conversions_nothing_is_learned() -> None:
    found = learn(simulated(alike(Truth(1e-9))))
    assert not found.channels
    assert {(one.entity_id, one.code) for one in found.reasons} == {(name, "response_unknown") for name in NAMES}


def test_the_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """Of tracks as the plan's maker gives money to: returns fall by chance, levels are what they are."""
    dice, brought, sloped, channels = Random(4), 0, 0, 0
    for seed in range(67):
        truths = planned(dice)
        found = learn(simulated(truths, seed=seed, days=45, spends=(0.8, 1.25))).channels
        for name, truth in truths.items():
            channels += 1
            response, slope = found[name], truth.level * truth.elasticity / REFERENCE[name]
            brought += response.brings.low <= truth.level <= response.brings.high
            sloped += response.marginal.low <= slope <= response.marginal.high
    assert channels >= 200
    assert brought / channels >= 0.8
    assert sloped / channels >= 0.8


def planned(dice: Random) -> Mapping[str, Truth]:
    """A track's channels as a plan that is worth its money has them: what returns more, or is larger, falls faster."""
    levels = {name: dice.lognormvariate(2.5, 0.3) * REFERENCE[name] / 100 for name in NAMES}
    returns = {name: log(levels[name] / REFERENCE[name]) for name in NAMES}
    sizes = {name: log(REFERENCE[name]) for name in NAMES}
    middle, size = (sum(one.values()) / len(one) for one in (returns, sizes))
    falls = {
        name: exp(log(0.6) - 0.3 * (returns[name] - middle) - 0.25 * (sizes[name] - size) + dice.gauss(0, 0.22))
        for name in NAMES
    }
    return {name: Truth(levels[name], min(0.96, max(0.2, falls[name]))) for name in NAMES}


@pytest.mark.parametrize("ago", [1, 12])
def test_days_that_are_not_all_in_do_not_look_like_a_fallen_level(ago: int) -> None:
    """Neither the last ones nor old ones that their platform was not asked about again."""
    truths = alike(Truth(30))
    usual, young = simulated(truths), simulated(truths, told=lambda day: day - 1 if day <= ago else 0)
    assert of(young).brings.value == pytest.approx(30, rel=0.12)
    assert of(young).brings.value == pytest.approx(of(usual).brings.value, rel=0.12)


@pytest.mark.parametrize("since", [1, 2, 3, 4, 5, 10, 13, 14, 20])
def test_a_platform_that_suddenly_claims_three_times_as_much_does_not_raise_its_channel(since: int) -> None:
    truths = alike(Truth(20))
    honest = simulated(truths)
    boasting = simulated(truths, claims=lambda ago: 3.0 if ago <= since else 1.0)
    rows = tuple(
        told if row.entity_id == "search" else row
        for row, told in zip(honest.days.rows, boasting.days.rows, strict=True)
    )
    claimed = replace(honest, days=replace(honest.days, rows=rows))
    assert of(claimed).brings.value == pytest.approx(of(honest).brings.value, rel=0.25)
    assert of(claimed, "social").brings.value == pytest.approx(of(honest, "social").brings.value, rel=0.1)


def test_what_ga4_bears_out_does() -> None:
    truths = {**alike(Truth(20)), "search": Truth(20, jump=3.0, jumped=10)}
    assert of(simulated(truths)).brings.value == pytest.approx(60, rel=0.2)


@pytest.mark.parametrize("claims", [0.7, 2.0])
def test_it_is_told_in_conversions_as_ga4_counts_them(claims: float) -> None:
    """Whatever a platform has always claimed for each."""
    truths = alike(Truth(20))
    assert of(simulated(truths, claims=lambda _: claims)).brings.value == pytest.approx(20, rel=0.15)


def test_without_ga4_it_is_told_as_platforms_count() -> None:
    evidence = simulated(alike(Truth(20)), claims=lambda _: 2.0)
    bare = replace(evidence.days, source="platform", rows=tuple(replace(row, ga4=None) for row in evidence.days.rows))
    assert of(replace(evidence, days=bare)).brings.value == pytest.approx(40, rel=0.15)


def test_where_value_counts_it_is_told_in_value() -> None:
    evidence = simulated(alike(Truth(20)), world={"kpi": {"metric": "roas", "target": 4.0}}, worth=50)
    assert of(evidence).brings.value == pytest.approx(1000, rel=0.15)
    assert of(evidence).marginal.value == pytest.approx(1000 / 100 * 0.6, rel=0.3)


def test_who_returns_more_or_gets_more_is_taken_to_be_nearer_to_saturation() -> None:
    """Where days say little of it, who planned the money is believed to have put it where it still pays."""
    even: Mapping[str, Any] = {"spends": (0.98, 1.02), "days": 30}
    richer = learn(simulated({**alike(Truth(10)), "search": Truth(30)}, **even)).channels
    assert elasticity(richer["search"]) < elasticity(richer["social"]) - 0.1
    larger = learn(simulated(alike(Truth(10)), **even)).channels
    assert elasticity(larger["search"]) < elasticity(larger["video"], "video") - 0.03


@pytest.mark.parametrize(
    "unknown", [{"spend": None}, {"platform": None}, {"spend": 0}], ids=["its spend", "what is claimed", "any spend"]
)
def test_a_channel_of_which_no_day_tells_is_unknown(unknown: dict[str, Any]) -> None:
    """And the others are learned all the same."""
    evidence = simulated(alike(Truth(20)))
    rows = tuple(replace(row, **unknown) if row.entity_id == "video" else row for row in evidence.days.rows)
    found = learn(replace(evidence, days=replace(evidence.days, rows=rows)))
    assert set(found.channels) == {"search", "social"}
    assert [(one.entity_id, one.code) for one in found.reasons] == [("video", "response_unknown")]


def test_a_campaign_whose_spend_is_not_known_now_is_unknown() -> None:
    found = learn(simulated(alike(Truth(20)), world={"spent": {"video": None}}))
    assert set(found.channels) == {"search", "social"}


def test_a_campaign_that_may_have_spent_more_than_it_had_has_nothing_left() -> None:
    response = of(with_allocation(simulated(alike(Truth(20))), "search", 900))
    assert response.daily == 0
    assert response.brings.low <= response.brings.value <= response.brings.high
    assert response.marginal.value > 0
