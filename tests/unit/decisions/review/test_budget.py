"""The shift between channels: to where the next unit brings most, as far as it may move by itself today."""

from collections.abc import Mapping
from typing import Any

import pytest

from common.decisions.review.budget import propose
from common.decisions.review.evidence import Found
from common.decisions.review.response import learn
from common.domain.change import OptimizationType, Proposal, Setting, Value
from common.domain.money import MICROS
from tests.cases.review_world import evidence_of, responses_of
from tests.unit.decisions.review.simulated import Truth, simulated

PLAIN: Mapping[str, Any] = {"daily": 100, "marginal": 0.05}
EVEN: Mapping[str, Mapping[str, Any]] = {"search": PLAIN, "social": PLAIN, "video": {**PLAIN, "daily": 50}}


def found(responses: Mapping[str, Mapping[str, Any]], **world: Any) -> Found:
    """What is proposed where each may spend its even pace; a campaign's response is as said, else like the others."""
    known = {name: {**EVEN[name], **responses[name]} for name in EVEN if name in responses}
    return propose(evidence_of(world), responses_of({"responses": known}))


def shift(responses: Mapping[str, Mapping[str, Any]], **world: Any) -> Proposal:
    (proposal,) = found(responses, **world).proposals
    return proposal


def moved(proposal: Proposal) -> dict[str, float]:
    """Euros."""
    return {one.entity_id: (_micros(one.after) - _micros(one.before)) / MICROS for one in proposal.changes}


def _micros(value: Value) -> int:
    assert isinstance(value, int)
    return value


GOOD, POOR = {"marginal": 0.15}, {"marginal": 0.03}


@pytest.mark.parametrize(
    ("responses", "world", "expected"),
    [
        ({"search": GOOD, "social": POOR}, {}, {"search": 200, "social": -200}),
        ({"search": GOOD, "social": POOR, "video": {}}, {}, {"search": 300, "social": -200, "video": -100}),
        ({"search": GOOD, "social": POOR}, {"max_budget": {"search": 3050}}, {"search": 50, "social": -50}),
        ({"search": GOOD, "social": POOR}, {"degraded": True}, {"search": 100, "social": -100}),
        ({"social": GOOD, "video": POOR}, {"guardrails": {"shift_max_pct_7d": 2}}, {"social": 30, "video": -30}),
        ({"search": {}, "social": {"reachable": 92}}, {}, {"search": 160, "social": -160}),
        ({"search": {**GOOD, "reachable": 106}, "social": POOR}, {}, {"search": 120, "social": -120}),
    ],
    ids=[
        "a tenth of what the giver has not spent",
        "as much as both may give",
        "no more than the cap leaves",
        "less without GA4",
        "no more than a week may move",
        "what finds no demand goes where it does",
        "no more than there is demand for",
    ],
)
def test_it_moves_what_pays_as_far_as_it_may(
    responses: Mapping[str, Any], world: dict[str, Any], expected: dict[str, float]
) -> None:
    assert moved(shift(responses, **world)) == pytest.approx(expected, abs=1e-5)


def test_it_stops_where_the_next_unit_brings_as_much_on_either_side() -> None:
    """A fall of half: the marginal goes with 1 / (spend + 300) squared at a spend of 100."""
    good = {"marginal": 0.0505, "falls": -0.5}
    poor = {"marginal": 0.05, "falls": -0.5}
    by = moved(shift({"search": good, "social": poor}))["search"]
    assert 0 < by < 200
    there, here = (0.0505 * (400 / (400 + by / 20)) ** 2, 0.05 * (400 / (400 - by / 20)) ** 2)
    assert there == pytest.approx(here, rel=1e-9)


@pytest.mark.parametrize(
    ("responses", "world", "codes"),
    [
        (EVEN, {}, dict.fromkeys(EVEN, "best_as_it_is")),
        ({"search": GOOD}, {}, {"search": "nothing_to_shift"}),
        (
            {"search": GOOD, "social": POOR},
            {"entities": {"social": {"status": "paused"}}},
            {"search": "nothing_to_shift", "social": "paused"},
        ),
        (
            {"search": GOOD, "social": POOR},
            {"freezes": [{"code": "crm_match_fell"}]},
            {"search": "best_as_it_is", "social": "best_as_it_is"},
        ),
        (
            {"search": {"marginal": 0.0501}, "social": {"marginal": 0.05}},
            {},
            {"search": "best_as_it_is", "social": "best_as_it_is"},
        ),
        (
            {"search": {"reachable": 50}, "social": {"reachable": 50}},
            {},
            {"search": "best_as_it_is", "social": "best_as_it_is"},
        ),
    ],
    ids=["as good as each other", "alone", "off", "frozen", "too little to move", "nobody finds demand"],
)
def test_what_stays_has_its_reason(
    responses: Mapping[str, Mapping[str, Any]], world: dict[str, Any], codes: dict[str, str]
) -> None:
    answer = found(responses, **world)
    assert answer.proposals == ()
    assert {one.entity_id: one.code for one in answer.reasons} == codes


def test_it_shows_what_it_moves_and_what_that_is_expected_to_bring() -> None:
    """Two hundred euros in twenty days, from 0.03 conversions for each to 0.15; marginals that do not fall."""
    good = {"marginal": [0.15, 0.12, 0.18], "falls": 0.0}
    poor = {"marginal": [0.03, 0.02, 0.04], "falls": 0.0}
    proposal = shift({"search": good, "social": poor})
    assert (proposal.type, proposal.rule) == (OptimizationType.BUDGET_SHIFT, "budget")
    assert {one.field[1] for one in proposal.changes} == {Setting.ALLOCATION}
    spread = ((200 * 0.03) ** 2 + (200 * 0.01) ** 2) ** 0.5
    assert proposal.evidence == {
        "moved": 200 * MICROS,
        "next_unit_where_it_was": 0.03,
        "next_unit_where_it_goes": 0.15,
        "expected_effect": pytest.approx(24),
        "effect_low": pytest.approx(24 - spread, abs=0.01),
        "effect_high": pytest.approx(24 + spread, abs=0.01),
        "effect_unit": "conversions until the flight ends",
    }


ROAS = {"kpi": {"metric": "roas", "target": 4.0}}


@pytest.mark.parametrize(
    ("responses", "world", "why"),
    [
        (
            {"search": {"marginal": 0.1}, "social": {"marginal": 0.02}},
            {},
            (
                "200.00 EUR more for search, from social: "
                "the next conversion costs about 10.00 EUR with search and 50.00 EUR with social."
            ),
        ),
        (
            {"search": {"marginal": 6.0}, "social": {"marginal": 1.5}},
            ROAS,
            (
                "200.00 EUR more for search, from social: "
                "the next EUR returns about 6.00 with search and 1.50 with social."
            ),
        ),
        (
            {"search": {}, "social": {"reachable": 92}},
            {},
            "160.00 EUR more for search, from social: social finds no demand for all that it may spend.",
        ),
        (
            {"search": {"marginal": 0.1}, "social": {"marginal": 0.02}, "video": {"marginal": 0.02}},
            {},
            (
                "300.00 EUR more for search, from social and video: "
                "the next conversion costs about 10.00 EUR with search and 50.00 EUR with social."
            ),
        ),
    ],
    ids=["conversions", "value", "demand", "several"],
)
def test_its_sentence_says_how_much_goes_where_and_why(
    responses: Mapping[str, Any], world: dict[str, Any], why: str
) -> None:
    assert shift(responses, **world).why == why


def test_what_it_brings_is_told_in_the_unit_that_counts() -> None:
    proposal = shift({"search": {"marginal": 6.0}, "social": {"marginal": 1.5}}, **ROAS)
    assert proposal.evidence["effect_unit"] == "EUR of value until the flight ends"


def test_a_channel_that_has_nothing_left_gets_what_pays() -> None:
    """It has spent all of its 3,000 euros, and returns four times as much as the others."""
    truths = {"search": Truth(40), "social": Truth(10), "video": Truth(5)}
    evidence = simulated(truths, world={"spent": {"search": (3000, 0)}})
    (proposal,) = propose(evidence, learn(evidence)).proposals
    assert moved(proposal) == pytest.approx({"search": 300, "social": -200, "video": -100}, abs=1e-5)


def test_on_the_last_day_what_is_left_may_still_move() -> None:
    """At an even pace 2,000 euros are left for it."""
    last = {"daily": 2000}
    by = moved(shift({"search": {**last, **GOOD}, "social": {**last, **POOR}}, now="2026-03-30T06:00"))
    assert by == pytest.approx({"search": 200, "social": -200})
