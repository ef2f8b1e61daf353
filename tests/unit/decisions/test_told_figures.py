"""How far pacing is off its plan, and what is overspent all the same, as an operator is told."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from common.decisions.facts import Facts, Spent
from common.decisions.told_figures import OVER_PCT, Figures, figures_of
from common.domain.calendar import Flight
from common.domain.change import Setting, Status
from common.domain.plan import Period, PlanChannel
from tests.world import NOW, World, auto, euros

NAMES = ("search", "social", "retarget")


@pytest.fixture
def facts() -> Facts:
    """At noon of the second day of four; 100 euros for each of three entities; days and hours weigh the same."""
    found = World.taken_on().facts()
    flat = {"weekday": (1.0,) * 7, "hours": (1 / 24,) * 24, "ahead": (0.0, 0.0, 0.0, 0.0, 1.0, 0.0)}
    entities = {
        name: one.but(allocation=euros(100)) if name in NAMES else one for name, one in found.manifest.entities.items()
    }
    pacing = {name: {**known, **flat} for name, known in found.state.pacing.items()}
    return replace(
        found,
        now=datetime(2026, 5, 5, 10, tzinfo=NOW.tzinfo),  # noon in Madrid
        plan=found.plan.model_copy(update={"flight": Flight(start=date(2026, 5, 4), end=date(2026, 5, 7))}),
        manifest=found.manifest.model_copy(update={"entities": entities}),
        state=found.state.but(pacing=pacing),
    )


def spent(facts: Facts, *units: float, unseen: float = 0) -> Facts:
    """With so much spent by each entity."""
    return replace(
        facts, spend={name: Spent(euros(one), euros(unseen)) for name, one in zip(NAMES, units, strict=False)}
    )


def told(facts: Facts, *units: float, unseen: float = 0) -> Figures:
    return figures_of(spent(facts, *units, unseen=unseen))


@pytest.mark.parametrize(
    ("units", "error"),
    [
        ((37.5, 37.5, 37.5), 0.0),  # a day and a half of four
        ((30, 30, 30), -20.0),
        ((45, 37.5, 30), 0.0),
        ((75,), 100.0),  # of what is known
        ((), None),
    ],
)
def test_pacing_s_error_is_of_what_is_expected_by_now(facts: Facts, units: Any, error: float | None) -> None:
    assert told(facts, *units).pacing_error_pct == error


@pytest.mark.parametrize(
    ("now", "error"),
    [
        ("2026-05-03T10:00:00+00:00", None),  # before the flight
        ("2026-05-03T23:00:00+00:00", None),  # its first hour: 1% of it
        ("2026-05-07T21:59:59+00:00", -62.5),
        ("2026-05-07T22:00:00+00:00", None),  # over
    ],
)
def test_it_is_told_while_the_flight_runs_and_there_is_something_to_expect(
    facts: Facts, now: str, error: float | None
) -> None:
    assert told(replace(facts, now=datetime.fromisoformat(now)), 37.5, 37.5, 37.5).pacing_error_pct == error


def test_a_plan_with_periods_expects_what_its_periods_hold(facts: Facts) -> None:
    days = (Period(start=date(2026, 5, day), end=date(2026, 5, day + 1), budget=euros(units)) for day, units in PERIODS)
    line = PlanChannel(channel="google_search", platform="google", budget=euros(100), periods=tuple(days))
    track = facts.slice.model_copy(update={"channels": (line,)})
    planned = replace(facts, plan=facts.plan.model_copy(update={"tracks": (track,)}))
    assert told(planned, 15).pacing_error_pct == 0.0  # three quarters of 20
    later = replace(planned, now=facts.now + timedelta(days=2))
    assert told(later, 60).pacing_error_pct == -25.0  # of 20, and three quarters of 80


PERIODS = ((4, 20), (6, 80))


def test_spend_over_an_allocation_is_told_from_a_hundredth_on(facts: Facts) -> None:
    off = facts.manifest.entities | {
        name: facts.manifest.entities[name].but(status=Status.PAUSED) for name in ("social", "retarget")
    }
    stopped = replace(facts, manifest=facts.manifest.model_copy(update={"entities": off}))
    (over,) = told(stopped, 100 + 2 * OVER_PCT, 100 + OVER_PCT / 2, 100).overspent
    assert (over.entity, over.over_pct, over.seen) == ("search", 2.0, True)
    late = replace(facts, now=facts.now + timedelta(days=5))
    assert len(told(late, 102).overspent) == 1
    assert told(replace(facts, now=facts.now + timedelta(days=6)), 102).overspent == ()


def test_what_may_be_spent_is_told_unless_the_tick_stops_it(facts: Facts) -> None:
    risky = spent(facts, 95, unseen=10)
    (over,) = figures_of(risky).overspent
    assert (over.entity, over.over_pct, over.seen) == ("search", 5.0, False)
    world = World.taken_on()
    stopped = world.apply(auto(world.wanted("search", Setting.STATUS, Status.PAUSED.value)))
    assert figures_of(risky, [stopped]).overspent == ()
    world.clock.forward(hours=1)
    raised = world.apply(auto(world.wanted("social", Setting.DAILY_BUDGET, euros(30))))
    assert len(figures_of(risky, [raised]).overspent) == 1
