"""Example requests go through the guardrails and the ordinary use cases, and only where there is room for them."""

import json
from pathlib import Path

from common.bootstrap import build
from common.domain.change import OptimizationType
from common.domain.log_entry import EntryKind
from common.domain.paths import Track
from common.ports.journal import Silence
from common.settings import Settings
from common.use_cases.queries import change_set_of, entries, waiting
from sandbox.examples import NOTE, ask_examples
from sandbox.play import Player
from sandbox.scenario import parse_scenario
from sandbox.world import World

DEMO = Path(__file__).parents[3] / "sandbox" / "scenarios" / "demo.json"


def underway(*names: str) -> Player:
    """Three days of these tracks of the shipped scenario, in which nothing is asked."""
    body = json.loads(DEMO.read_text())
    body |= {"tracks": [one for one in body["tracks"] if one["track_id"] in names], "events": []}
    world = World(parse_scenario(body))
    ports = build(
        Settings(store="sqlite::memory:"),
        clock=world,
        platforms=world.platforms,
        analytics=world.analytics,
        crm=world.crm,
        journal=Silence(),
    )
    player = Player(ports, world, lambda _: None)
    player.begin()
    for _ in range(72):
        player.hour()
    return player


def test_a_reviews_request_in_two_parts_and_one_for_more_money_each_about_a_track_of_its_own() -> None:
    player = underway("shoes", "bags")
    ports, tenant_id = player.ports, player.scenario.name
    assert ask_examples(ports, player.scenario) == 2
    asked = {one.track_id: change_set_of(ports, tenant_id, one.approval_id) for one in waiting(ports, tenant_id)}
    kinds = {track: [part.type for part in one.proposals] for track, one in asked.items()}
    assert kinds == {
        "shoes": [OptimizationType.BUDGET_SHIFT, OptimizationType.AUDIENCE],
        "bags": [OptimizationType.SPEND_INCREASE],
    }
    codes = {reason.code for one in asked.values() for reason in one.reasons}
    assert {"shift_max_pct", "confidence", "spend_increase"} <= codes
    for one in asked.values():
        assert one.origin.by == "example"
        assert all(part.evidence["note"] == NOTE["note"] for part in one.proposals)
    for track in asked:
        newest = next(entries(ports, Track(tenant_id, track), newest=1))
        assert (newest.kind, newest.by) == (EntryKind.PENDING, "example")


def test_what_is_asked_about_already_is_left_alone() -> None:
    player = underway("shoes")
    assert ask_examples(player.ports, player.scenario) == 1
    assert ask_examples(player.ports, player.scenario) == 0


def test_a_track_with_one_campaign_gets_no_shift_but_the_other_example() -> None:
    player = underway("outlet")
    assert ask_examples(player.ports, player.scenario) == 1
    (asked,) = waiting(player.ports, player.scenario.name)
    assert "sells well" in asked.summary
