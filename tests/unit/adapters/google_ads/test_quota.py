"""What a day's work takes of the operations that a developer token with basic access has.

It is the same for ten campaigns and for a hundred, because one search answers for all that it names.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from common.domain.change import Setting
from common.ports.ad_platform import EntityRef
from sandbox.scenario import parse_scenario
from sandbox.servers.google_ads import served
from sandbox.world import World
from tests.unit.adapters.google_ads.ads_rig import TIMEOUT, AdsRig
from tests.unit.sandbox.scenarios import channel_file, scenario_file

BASIC_ACCESS = 15_000
"""Operations a day (Google Ads API, access levels)."""
CAMPAIGNS = 100
WATCHED = 10
QUIET = {"curve": {"kind": "hill", "top": 1, "half": 100, "shape": 1.0}, "cpc": 50, "ads": 2, "geos": 2}


@pytest.fixture(scope="module")
def many() -> Iterator[AdsRig]:
    """An account with a hundred campaigns."""
    lines = [channel_file(channel=f"c{number:03}", **QUIET) for number in range(CAMPAIGNS)]
    world = World(parse_scenario(scenario_file(*lines, history_days=1, master_cap=1e6)))
    with served(world) as server:
        yield AdsRig.on(server)


def a_day(rig: AdsRig, tracks: Sequence[Sequence[EntityRef]], *, cold: bool) -> int:
    """A day at the default cadences: the operations that it takes.

    Args:
        tracks: the campaigns, by who works on them at once.
        cold: each run is the first of its process.
    """
    before, platform = rig.server.operations, rig.platform
    for quarter in range(96):
        since, today = rig.world.now() - timedelta(hours=4), rig.world.now().date()
        runs = ["watch", *(["pace"] if quarter % 4 == 1 else []), *(["review"] if quarter == 24 else [])]
        for run in runs:
            platform = AdsRig.on(rig.server).platform if cold else platform
            for refs in tracks:
                if run == "watch":
                    platform.figures(refs, since, timeout=TIMEOUT)
                else:
                    ads = [ad(rig, ref) for ref in refs]
                    platform.live([*refs, *ads], timeout=TIMEOUT)
                    platform.spend(refs, since, timeout=TIMEOUT)
                if run == "review":
                    platform.days(refs, today, timeout=TIMEOUT)
                    platform.geos(refs, today, today, timeout=TIMEOUT)
                    platform.ads(refs, today, today, timeout=TIMEOUT)
        rig.advance(0.25)
    return rig.server.operations - before


def ad(rig: AdsRig, ref: EntityRef) -> EntityRef:
    """A campaign's first ad."""
    return EntityRef(f"{ref.entity_id}.ad-1", rig.server.external_id(f"{ref.entity_id}/ad-1"), "ad")


def refs(rig: AdsRig) -> list[EntityRef]:
    """All campaigns."""
    return [EntityRef(line, rig.server.external_id(line), "campaign") for line in rig.account.lines]


@pytest.mark.parametrize(("tracks", "cold"), [(1, False), (5, False), (1, True)])
def test_reading_all_campaigns_for_a_day_takes_two_hundredths_of_the_quota_at_most(
    many: AdsRig, tracks: int, cold: bool
) -> None:
    campaigns = refs(many)[:WATCHED]
    shares = [campaigns[number::tracks] for number in range(tracks)]
    taken = a_day(many, shares, cold=cold)
    assert 96 <= taken <= 0.02 * BASIC_ACCESS


def test_one_search_answers_for_all_campaigns(many: AdsRig) -> None:
    before = many.server.operations
    found = many.platform.spend(refs(many), many.world.market.start, timeout=TIMEOUT)
    assert len(found.hours) == CAMPAIGNS
    assert many.server.operations - before <= 2


def test_tracks_that_are_worked_on_one_after_the_other_share_an_answer(many: AdsRig) -> None:
    one, other = refs(many)[:50], refs(many)[50:]
    platform = AdsRig.on(many.server).platform
    platform.live([*one, *other], timeout=TIMEOUT)
    many.advance(1)
    platform.live(one, timeout=TIMEOUT)
    before = many.server.operations
    assert len(platform.live(other, timeout=TIMEOUT)) == 50
    assert many.server.operations == before


def test_an_answer_is_shared_for_seconds_and_no_longer(many: AdsRig) -> None:
    one, other = refs(many)[:2]
    platform = AdsRig.on(many.server).platform
    platform.live([one, other], timeout=TIMEOUT)
    platform.live([one], timeout=TIMEOUT)
    many.world.market.set(other.entity_id, "daily_budget", 66)
    many.advance(1 / 60)
    found = platform.live([other], timeout=TIMEOUT)[other.entity_id]
    assert found.values[Setting.DAILY_BUDGET] == 66_000_000


def test_who_asks_again_is_told_what_is_new(many: AdsRig) -> None:
    """Before a write and after it the live value is read, never one that is remembered."""
    rig = AdsRig.on(many.server)
    ref, line = refs(many)[0], many.account.lines[0]
    first = rig.platform.live([ref], timeout=TIMEOUT)[line].values[Setting.DAILY_BUDGET]
    many.world.market.set(line, "daily_budget", 77)
    again = rig.platform.live([ref], timeout=TIMEOUT)[line].values[Setting.DAILY_BUDGET]
    assert (first, again) == (100_000_000, 77_000_000)
