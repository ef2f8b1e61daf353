"""What a request counts as, against a person's limit and for the rule of two people."""

import pytest

from common.decisions.money_moved import money_moved
from common.domain.change import Change, Setting, Value
from tests.world import World, euros

GEO = ("ES-TF",)


@pytest.mark.parametrize(
    ("entity_id", "setting", "before", "after", "units"),
    [
        ("search", Setting.ALLOCATION, euros(6000), euros(2500), 3500),
        ("search", Setting.ALLOCATION, euros(6000), euros(7400), 1400),
        ("search", Setting.DAILY_BUDGET, euros(100), euros(90), 480),
        ("search", Setting.STATUS, "enabled", "paused", 5900),
        ("search", Setting.STATUS, "paused", "enabled", 5900),
        ("search", Setting.BID_TARGET, euros(20), euros(18), 5900),
        ("search", Setting.EXCLUDED_GEOS, (), GEO, 5900),
        ("search", Setting.TOTAL_BUDGET, euros(6000), euros(5500), 500),
        ("search", Setting.TOTAL_BUDGET, euros(6000), None, 6000),
        ("search", Setting.TOTAL_BUDGET, None, euros(6000), 0),
        ("search", Setting.TOTAL_BUDGET, None, euros(5000), 1000),
        ("ad-1", Setting.STATUS, "enabled", "paused", 1200),
    ],
    ids=str,
)
def test_what_one_change_counts_as(entity_id: str, setting: Setting, before: Value, after: Value, units: int) -> None:
    """Each campaign has spent 100 of its allocation; the flight lasts 48 more days; the ads share 2,400 unspent."""
    change = Change(entity_id=entity_id, setting=setting, before=before, after=after)
    assert money_moved([change], World.taken_on().facts()) == euros(units)


def test_an_entity_whose_spend_is_not_known_may_spend_all_of_its_allocation() -> None:
    facts = World.taken_on().facts()
    blind = type(facts)(facts.now, facts.tenant, facts.plan, facts.manifest, facts.state)
    stop = Change(entity_id="search", setting=Setting.STATUS, before="enabled", after="paused")
    assert money_moved([stop], blind) == euros(6000)


def test_the_last_live_ad_of_a_group_answers_for_all_that_the_group_may_spend() -> None:
    world = World.taken_on()
    world.edit_by_hand("ad-2", Setting.STATUS, "paused")
    world.adopt()
    assert money_moved([world.wanted("ad-1", Setting.STATUS, "paused")], world.facts()) == euros(2400)


def test_a_move_counts_once_whatever_daily_budgets_go_with_it() -> None:
    world = World.taken_on()
    assert money_moved(world.shift("social", "retarget", 300), world.facts()) == euros(300)


def test_ads_that_come_back_together_share_what_their_group_may_spend() -> None:
    world = World.taken_on()
    for name in ("ad-1", "ad-2"):
        world.edit_by_hand(name, Setting.STATUS, "paused")
    world.adopt()
    both = [world.wanted(name, Setting.STATUS, "enabled") for name in ("ad-1", "ad-2")]
    assert money_moved(both, world.facts()) == money_moved(both[:1], world.facts()) == euros(2400)
