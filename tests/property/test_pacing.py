"""Laws of pacing, over campaigns in all kinds of trouble: late or missing reports, recent changes, the last days."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from common.decisions import pacing
from common.decisions.exposure import exposure
from common.decisions.facts import Facts
from common.decisions.guardrails import judge
from common.decisions.observe import observe
from common.decisions.spend import spend_of
from common.decisions.spend_curve import USUAL_HOURS
from common.decisions.time_left import Clock, curve_of
from common.domain.change import Change, OptimizationType, Setting, Status, Verdict
from common.domain.manifest import FieldChange
from common.domain.state import TrackState
from tests.cases.pacing_world import facts_of

DAYS = (2, 3, 9, 16, 24, 27, 28, 29, 30, 31)


@st.composite
def cases(draw: st.DrawFn, *, landing: bool = False) -> dict[str, Any]:
    """A campaign behind or ahead of its plan, on a day that spends more or less than its budget.

    `landing`: in the evening of one of its last days, with little left.
    """
    even, budget = draw(st.integers(60, 140)), draw(st.integers(60, 140))
    hour = draw(st.integers(18 if landing else 0, 23))
    day = draw(st.sampled_from(DAYS[-2:] if landing else DAYS))
    per_day = round(budget * draw(st.sampled_from((1.0, 1.2, 0.4))))
    today = round(budget * draw(st.sampled_from((0.3, 0.6, 0.9, 1.1, 1.4))) * sum(USUAL_HOURS[:hour]))
    left = draw(st.integers(1, budget // 4))
    trail = draw(st.lists(st.tuples(st.integers(0, 100), st.integers(budget // 2, 2 * budget)), max_size=3))
    case: dict[str, Any] = {
        "now": f"2026-03-{day:02}T{hour:02}:00",
        "allocation": per_day * (day - 2) + today + left if landing else 30 * even,
        "daily_budget": budget,
        "per_day": per_day,
        "today": today,
        "delay": draw(st.sampled_from((0, 1, 3, 5))),
        "delivery": {
            "overdelivery": draw(st.sampled_from((2.0, 1.75, 1.2))),
            "learning": draw(st.booleans()),
            "takes_total_budget": draw(st.booleans()),
        },
        "trail": [
            {"hours_ago": age, "before": before, "after": budget, "auto": draw(st.booleans())}
            for age, before in sorted(trail, reverse=True)
        ],
    }
    trouble = draw(st.sampled_from(({}, {}, {}, {"silent": True}, {"freezes": [{"code": "crm_match_drop"}]})))
    return {**case, **trouble}


STOPPED_JUST_AFTER_A_RAISE = {
    "now": "2026-03-30T23:00",
    "allocation": 693,
    "daily_budget": 60,
    "per_day": 24,
    "today": 17,
    "delay": 0,
    "delivery": {"overdelivery": 2.0, "learning": False, "takes_total_budget": False},
    "trail": [{"hours_ago": 0, "before": 30, "after": 60, "auto": True}],
}
"""It may be overspent by what usually varies, but not by what the platform may do at most: the budget must wait."""


@settings(max_examples=300, deadline=None)
@given(cases() | cases(landing=True))
@example(STOPPED_JUST_AFTER_A_RAISE)
def test_pacing_never_goes_over_its_limits(case: dict[str, Any]) -> None:
    """The guardrails let everything through that it proposes, by itself."""
    facts = facts_of(case)
    judged = judge(pacing.decide(facts).proposals, facts)
    assert [one.reasons for one in judged if one.verdict is not Verdict.AUTO] == []


@settings(max_examples=300, deadline=None)
@given(cases(landing=True))
def test_nothing_rises_where_the_allocation_could_be_overspent_before_the_next_check(case: dict[str, Any]) -> None:
    facts = facts_of(case)
    entity = facts.manifest.entities["search"]
    clock = Clock.at(facts.now, facts.calendar, facts.plan.flight)
    check = clock.left(curve_of(facts.state.pacing["search"])).check
    over = exposure(entity, facts.spend["search"], entity.daily_budget or 0, check) > (entity.allocation or 0)
    assume(over)
    assert not [change for change in _changes(facts) if change.is_increase]


@settings(max_examples=200, deadline=None)
@given(cases())
def test_deciding_again_in_the_same_hour_changes_nothing_more(case: dict[str, Any]) -> None:
    """Twice is once."""
    assert _changes(_landed(facts_of(case))) == []


@settings(max_examples=100, deadline=None)
@given(cases())
def test_what_is_remembered_survives_the_store(case: dict[str, Any]) -> None:
    """The state is plain JSON, and decides the same once it was stored and read."""
    facts = facts_of(case)
    stored = TrackState.model_validate_json(json.dumps(facts.state.body()))
    assert pacing.decide(replace(facts, state=stored)) == pacing.decide(facts)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_a_silent_platform_only_makes_the_unseen_larger(case: dict[str, Any]) -> None:
    """Without a report nothing is forgotten: visible spend stays, and what may have been spent does not shrink."""
    facts = facts_of({**case, "silent": False})
    again = observe(facts.state, facts.manifest, facts.plan, facts.calendar, {}, facts.now)
    assert again.pacing == facts.state.pacing


@settings(max_examples=100, deadline=None)
@given(cases())
def test_every_campaign_gets_one_reason(case: dict[str, Any]) -> None:
    facts = facts_of(case)
    assert [reason.entity_id for reason in pacing.decide(facts).reasons] == ["search"]


def _changes(facts: Facts) -> list[Change]:
    return [change for proposal in pacing.decide(facts).proposals for change in proposal.changes]


def _landed(facts: Facts) -> Facts:
    """The same hour, with what was decided in force."""
    entity = facts.manifest.entities["search"]
    for change in _changes(facts):
        step = FieldChange(
            at=facts.now,
            setting=change.setting,
            before=change.before,
            after=change.after,
            type=OptimizationType.PACE,
            auto=True,
        )
        value = Status(change.after) if change.setting is Setting.STATUS else change.after
        entity = entity.but(**{change.setting.value: value, "trail": (*entity.trail, step)})
    manifest = facts.manifest.but(entities={"search": entity})
    state = observe(facts.state, manifest, facts.plan, facts.calendar, {}, facts.now)
    return replace(facts, manifest=manifest, state=state, spend=spend_of(manifest, state))
