"""Policies that move money, played on a short flight of one track, and the arithmetic of what they are compared by."""

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bench import allocation_plot
from bench.allocation import POLICIES, SHIPPED, run
from bench.allocation_figures import GUARDED, OWN, PLAN, UNGUARDED, figures
from bench.allocation_play import Allocations, Mover, Sighted, play
from common.decisions.guardrails import judge
from common.domain.change import Change, OptimizationType, Proposal, Setting, Verdict
from common.domain.errors import InvalidInput
from sandbox.scenario import Scenario, parse_scenario

DAYS = 10


def market(days: int = DAYS) -> dict[str, Any]:
    """The first track of a shipped market, its flight made shorter, without events."""
    shipped: dict[str, Any] = json.loads((SHIPPED / "market-2.json").read_text())
    start, end = (date.fromisoformat(shipped["flight"][name]) for name in ("start", "end"))
    shorter = days / ((end - start).days + 1)
    track = shipped["tracks"][0]
    channels = [
        {key: value for key, value in channel.items() if key not in ("by_day", "periods")}
        | {"plan_budget": round(channel["plan_budget"] * shorter)}
        for channel in track["channels"]
    ]
    return shipped | {
        "flight": {"start": str(start), "end": str(start + timedelta(days=days - 1))},
        "tracks": [track | {"channels": channels}],
        "events": [],
    }


@cache
def scenario() -> Scenario:
    return parse_scenario(market())


class Watched:
    """A policy, and what each of its wishes makes of the allocations that were there."""

    def __init__(self, mover: Mover) -> None:
        self.guarded, self._mover = mover.guarded, mover
        self.steps: list[tuple[Sighted, Allocations]] = []

    def wants(self, sighted: Sighted) -> Allocations | None:
        wanted = self._mover.wants(sighted)
        if wanted:
            self.steps.append((sighted, wanted))
        return wanted


def watched(make: Callable[[], Mover]) -> tuple[float, list[tuple[Sighted, Allocations]]]:
    """What the flight is worth under a policy, and the steps of its one track."""
    movers: list[Watched] = []

    def watching() -> Watched:
        movers.append(Watched(make()))
        return movers[-1]

    return play(scenario(), watching), movers[0].steps


played = cache(watched)
"""Each policy once, for all tests."""
MOVING = [name for name in POLICIES if name != PLAN]
HELD = [name for name in MOVING if name != UNGUARDED]


@pytest.mark.parametrize("name", MOVING)
def test_totals_are_kept(name: str) -> None:
    _, steps = played(POLICIES[name])
    assert steps
    for sighted, wanted in steps:
        entities = sighted.evidence.facts.manifest.entities
        assert sum(wanted.values()) == sum(entities[entity].allocation or 0 for entity in wanted)


@pytest.mark.parametrize("name", HELD)
def test_every_wish_lands_by_itself(name: str) -> None:
    _, steps = played(POLICIES[name])
    for sighted, wanted in steps:
        facts = sighted.evidence.facts
        before = {entity: facts.manifest.entities[entity].allocation or 0 for entity in wanted}
        changes = tuple(
            Change(entity_id=entity, setting=Setting.ALLOCATION, before=before[entity], after=after)
            for entity, after in wanted.items()
            if after != before[entity]
        )
        shift = Proposal(
            proposal_id="shift", type=OptimizationType.BUDGET_SHIFT, rule="test", changes=changes, why="a test"
        )
        (judged,) = judge([shift], facts)
        assert judged.verdict is Verdict.AUTO, judged.reasons
    for (_, wanted), (later, _) in pairwise(steps):
        assert all(later.evidence.facts.manifest.entities[entity].allocation == wanted[entity] for entity in wanted)


def test_the_oracles_gain_most_and_the_free_one_more() -> None:
    worth = {name: played(POLICIES[name])[0] for name in MOVING}
    plan = play(scenario(), POLICIES[PLAN])
    assert plan < worth[GUARDED] < worth[UNGUARDED]
    assert all(worth[name] <= worth[GUARDED] * 1.001 for name in HELD)


@pytest.mark.parametrize("name", [OWN, "thompson", "weekly_slsqp"])
def test_the_same_market_is_played_the_same(name: str) -> None:
    again, _ = watched(POLICIES[name])
    assert again == played(POLICIES[name])[0]


def test_a_plan_that_nobody_moves() -> None:
    assert played(POLICIES[PLAN])[1] == []


VALUES: Mapping[str, list[float]] = {
    PLAN: [100.0, 200.0],
    OWN: [108.0, 206.0],
    "bold": [109.0, 196.0],
    "shy": [101.0, 202.0],
    GUARDED: [110.0, 210.0],
    UNGUARDED: [120.0, 220.0],
}


def test_figures_by_hand() -> None:
    """Gains of the plan: 8 and 3 of 10 and 5 percent; the free oracle's are 20 and 10."""
    found = figures(VALUES)
    assert found["markets"] == 2
    assert found["oracle_gain_pct"] == pytest.approx(7.5)
    assert found[OWN]["capture_guarded"] == pytest.approx(11 / 15, abs=1e-4)
    assert found[OWN]["capture_unguarded"] == pytest.approx(11 / 30, abs=1e-4)
    assert (found[OWN]["worse_than_plan_pct"], found[OWN]["worst_pct"]) == (0, 3)
    bold = found["peers"]["bold"]
    assert (bold["capture_guarded"], bold["worse_than_plan_pct"], bold["worst_pct"]) == (
        pytest.approx(7 / 15, abs=1e-4),
        50,
        -2,
    )
    assert found["peers"][PLAN]["capture_guarded"] == 0
    assert found["oracles"][GUARDED]["capture_guarded"] == 1
    assert found["oracles"][UNGUARDED]["capture_guarded"] == 2


def test_intervals_lie_between_the_markets() -> None:
    """With two markets a resample has one of three mixes; the ends are those of a single market, 0.6 and 0.8."""
    found = figures(VALUES)
    assert found[OWN]["ci95"] == [pytest.approx(0.6), pytest.approx(0.8)]
    assert found["oracles"][GUARDED]["ci95"] == [1, 1]
    assert found["paired_vs_best_peer_ci95"] == [pytest.approx(-0.1), pytest.approx(1.0)]


def test_a_market_in_which_nothing_is_to_be_gained() -> None:
    nothing = figures({name: [100.0] for name in VALUES})
    assert nothing[OWN]["capture_guarded"] == 0
    assert nothing["paired_vs_best_peer_ci95"] == [0, 0]


def test_the_same_figures_are_drawn_the_same(tmp_path: Path) -> None:
    found = figures({name: [100.0 + row, 100.0 - row] for row, name in enumerate(POLICIES)})
    (tmp_path / "figures.json").write_text(json.dumps({"allocation": found}))
    first, second = tmp_path / "plots" / "first.svg", tmp_path / "second.svg"
    for file in (first, second):
        allocation_plot.main([str(tmp_path / "figures.json"), str(file)])
    assert first.read_text().startswith("<?xml")
    assert first.read_bytes() == second.read_bytes()


def test_figures_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(market(days=4)))
    found = run(tmp_path)["allocation"]
    assert found["markets"] == 1
    assert found["peers"].keys() | found["oracles"].keys() | {OWN} == POLICIES.keys()


def test_a_folder_without_scenarios_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no scenario"):
        run(tmp_path)


def test_a_scenario_with_faults_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text("{}")
    with pytest.raises(InvalidInput, match="has 10 faults"):
        run(tmp_path)
