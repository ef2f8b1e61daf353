"""Laws of the review's rules, whatever the figures: bids never pass their goal, exclusions and pauses never go too far.

Figures come wild: days that are missing, sources that are silent, negative corrections, counts that are no numbers.
"""

from math import inf, isfinite, nan
from typing import Any

from hypothesis import strategies as st

from common.decisions.guardrails import judge
from common.decisions.guardrails.bids import planned_target
from common.decisions.review import audiences, bids, creatives, spend_increase, structural
from common.decisions.review.evidence import Evidence, Found
from common.decisions.review.platform_ratio import mature_ratio
from common.domain.change import Proposal, Status, Value, Verdict
from common.domain.manifest import EntityKind
from common.domain.money import MICROS
from common.domain.verticals import Metric
from tests.cases.review_world import evidence_of, responses_of
from tests.property.reach import holds

WILD = st.sampled_from([nan, inf, -inf, -3.0, 0.0])
COUNT = st.one_of(*(7 * [st.floats(1, 40)]), WILD)
OFTEN = st.sampled_from([True] * 9 + [False])
METRIC = st.sampled_from(["cpa", "roas"])


@st.composite
def bid_worlds(draw: st.DrawFn) -> dict[str, Any]:
    metric = draw(METRIC)
    days: dict[str, Any] = {
        "ga4": draw(COUNT),
        "platform": draw(st.floats(0.7, 2.5)) if draw(OFTEN) else None,
        "worth": draw(st.floats(10, 200)),
        "claimed_worth": draw(st.floats(10, 200)),
        "history": 40 if draw(OFTEN) else draw(st.sampled_from([1, 17])),
        "ga4_silent": not draw(OFTEN),
    }
    entity = {"bid_target": round(draw(st.floats(0.5, 90)), 2), "delivery": {"bid_metric": metric}}
    kpi: dict[str, Any] = {"metric": metric, "target": draw(st.floats(2, 40))}
    if isfinite(days["ga4"]) and draw(OFTEN):  # what is reached is the target, so that nothing speaks against a step
        days["spend"] = abs(days["ga4"]) * (kpi["target"] if metric == "cpa" else days["worth"] / kpi["target"])
    return {"kpi": kpi, "days": {"search": days}, "entities": {"search": entity}}


def test_a_bid_goes_toward_its_goal_never_past_it_and_by_no_more_than_a_step() -> None:
    def law(world: dict[str, Any]) -> bool:
        evidence = evidence_of(world)
        found = bids.propose(evidence)
        assert said_once(found, {"search"})
        for proposal in found.proposals:
            (change,) = proposal.changes
            before, after = _number(change.before), _number(change.after)
            goal = _goal(world, evidence)
            assert min(before, goal) - 1 <= after <= max(before, goal) + 1
            inside = 0.5 * goal <= before <= 1.5 * goal
            (judgement,) = judge((proposal,), evidence.facts)
            if inside:
                assert abs(after - before) <= 0.1 * before + 1
                assert judgement.verdict is Verdict.AUTO
            else:
                assert judgement.verdict is not Verdict.BLOCKED, "a person can bring it inside"
        return bool(found.proposals)

    holds(bid_worlds(), law)


def test_what_guards_a_bid_and_what_proposes_it_mean_the_same_target() -> None:
    def law(world: dict[str, Any]) -> bool:
        evidence = evidence_of(world)
        planned = planned_target(evidence.facts, evidence.facts.manifest.entities["search"])
        assert planned is not None
        if mature_ratio(evidence, "search") is None:
            assert planned == world["kpi"]["target"] * MICROS
            return False
        assert abs(planned - _goal(world, evidence)) <= 1e-5 * planned + 1
        return True

    holds(bid_worlds(), law)


GEOS = st.lists(st.tuples(st.floats(0, 900), st.one_of(st.just(1.0), st.floats(1, 60), WILD)), max_size=5)
"""What was spent on each, and its conversions."""


@st.composite
def geo_worlds(draw: st.DrawFn) -> dict[str, Any]:
    wild = [[f"g{number}", spent, 10.0, 100.0, count] for number, (spent, count) in enumerate(draw(GEOS))]
    geos = [*wild, ["good", 2000.0, 100.0, 1000.0, 150.0]]
    rails = {"protected_geos": draw(st.sampled_from([[], ["g0"], ["g1", "g2"]])), "confidence": draw(st.floats(0.5, 1))}
    return {"geos": {"search": geos}, "guardrails": rails, "days": {"search": {"history": 40}}}


def test_one_geo_at_most_goes_that_is_live_and_not_protected_and_never_the_last() -> None:
    def law(world: dict[str, Any]) -> bool:
        evidence = evidence_of(world)
        found = audiences.propose(evidence)
        assert said_once(found, {"search", "social", "video"})
        for proposal in found.proposals:
            (change,) = proposal.changes
            added = _geos(change.after) - _geos(change.before)
            assert len(added) == 1
            assert not added & set(evidence.facts.tenant.guardrails.protected_geos)
            assert {geo[0] for geo in world["geos"]["search"]} - _geos(change.after), "something is left"
            (judgement,) = judge((proposal,), evidence.facts)
            assert judgement.verdict is Verdict.AUTO
        return bool(found.proposals)

    holds(geo_worlds(), law)


@st.composite
def ad_worlds(draw: st.DrawFn) -> dict[str, Any]:
    names = ("ad-1", "ad-2", "ad-3")
    shown = st.one_of(st.floats(1, 9000), WILD)
    rates = st.sampled_from([0.0, 0.001, 0.003, 0.02, 2.0])
    ads = {name: [10.0, views * draw(rates), views, 1.0] for name in names if (views := draw(shown)) == views}
    off = draw(st.sets(st.sampled_from(names)))
    return {"ads": ads, "entities": {name: {"status": "paused"} for name in off}}


def test_one_ad_of_a_group_is_paused_and_one_stays_live() -> None:
    def law(world: dict[str, Any]) -> bool:
        evidence = evidence_of(world)
        found = creatives.propose(evidence)
        ads = {name for name, one in evidence.facts.manifest.entities.items() if one.kind is EntityKind.AD}
        assert said_once(found, ads)
        for proposal in found.proposals:
            paused = [change for change in proposal.changes if change.after == Status.PAUSED]
            assert len(paused) == 1
            off = {change.entity_id for change in paused}
            assert any(evidence.facts.manifest.entities[one].status is Status.ENABLED for one in ads - off)
            (judgement,) = judge((proposal,), evidence.facts)
            assert judgement.verdict is Verdict.AUTO
        return bool(found.proposals)

    holds(ad_worlds(), law)


@st.composite
def money_worlds(draw: st.DrawFn) -> dict[str, Any]:
    """Mostly Mondays with few channels that return little, so that more money is asked for now and then."""
    channels = draw(st.sets(st.sampled_from(["search", "social", "video"]), min_size=1))
    least = draw(st.sampled_from([0.001, 0.05]))
    responses: dict[str, Any] = {}
    for name in sorted(channels):
        marginal = draw(st.floats(least, 0.3))
        responses[name] = {
            "daily": draw(st.floats(20, 120)),
            "marginal": [marginal, 0.7 * marginal, 1.4 * marginal],
            "falls": -draw(st.floats(0, 1.5)),
            "reachable": None if draw(OFTEN) else draw(st.floats(0, 200)),
        }
    days = {name: {"history": 30, "ga4": draw(st.floats(0.9, 12))} for name in sorted(channels)}
    return {"now": "2026-03-16T00:00" if draw(OFTEN) else "2026-03-18T00:00", "responses": responses, "days": days}


@st.composite
def full_worlds(draw: st.DrawFn) -> dict[str, Any]:
    """A Monday on which most channels have less demand than money."""
    responses = {
        name: {"daily": 100, "marginal": 0.1, "reachable": draw(st.floats(0, 90)) if draw(OFTEN) else None}
        for name in ("search", "social", "video")
    }
    return {"now": "2026-03-16T00:00", "responses": responses}


def test_more_money_always_waits_for_a_person_and_never_breaks_a_cap() -> None:
    def law(world: dict[str, Any]) -> bool:
        evidence = evidence_of(world)
        found = spend_increase.propose(evidence, responses_of(world))
        assert said_once(found, set(world["responses"]))
        assert len(found.proposals) <= 1
        for proposal in found.proposals:
            (judgement,) = judge((proposal,), evidence.facts)
            assert judgement.verdict is Verdict.NEEDS_APPROVAL
            assert _effect(proposal)
        return bool(found.proposals)

    holds(money_worlds(), law)


def test_a_replan_is_said_only_where_every_channel_is_full() -> None:
    def law(world: dict[str, Any]) -> bool:
        evidence = evidence_of(world)
        found = structural.propose(evidence, responses_of(world))
        full = all(one["reachable"] is not None for one in world["responses"].values())
        assert len(found.proposals) == full
        assert all(map(_effect, found.proposals))
        return full

    holds(full_worlds(), law)


def said_once(found: Found, of: set[str]) -> bool:
    """Whether each entity that a rule looks at is changed, or has a reason, and never both without a cause."""
    changed = {name for proposal in found.proposals for name in proposal.entities}
    return of <= changed | {one.entity_id for one in found.reasons if one.entity_id is not None}


def _effect(proposal: Proposal) -> bool:
    low, likely, high = (proposal.evidence[one] for one in ("effect_low", "expected_effect", "effect_high"))
    return isinstance(low, float) and isinstance(likely, float) and isinstance(high, float) and low <= likely <= high


def _goal(world: dict[str, Any], evidence: Evidence) -> float:
    """The plan's target by the ratio that the days were made with, in the bid's unit."""
    ratio = mature_ratio(evidence, "search")
    assert ratio is not None
    target = world["kpi"]["target"] * MICROS
    return target * ratio.value if world["kpi"]["metric"] == Metric.ROAS else target / ratio.value


def _number(value: Any) -> int:
    assert isinstance(value, int)
    return value


def _geos(value: Value) -> set[str]:
    return set(value) if isinstance(value, tuple) else set()
