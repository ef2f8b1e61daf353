"""What every platform adapter must do: the sandbox's platform itself, and the same market behind a socket."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import pytest
from flask import Flask

from common.adapters.remote_market import RemoteClock, remote_platforms
from common.domain.calendar import HOUR
from common.domain.change import Setting, Value
from common.domain.errors import TrimtabError
from common.domain.money import MICROS
from common.ports.ad_platform import (
    Answer,
    EntityRef,
    PlatformChange,
    PlatformRefused,
    Platforms,
    PlatformUnavailable,
)
from common.ports.clock import Clock
from sandbox.scenario import parse_scenario
from sandbox.world import World
from tests.patience import eventually
from tests.served_market import served, served_app
from tests.unit.sandbox.scenarios import channel_file, scenario_file
from trimtab.processes import free_port

TENANT, TIMEOUT = "june", 30.0
SEARCH = EntityRef("search", "t/search", "campaign")
SOCIAL = EntityRef("social", "t/social", "campaign")
GONE = EntityRef("gone", "t/gone", "campaign")
PLATFORM = {"search": "google_ads", "social": "meta", "gone": "google_ads"}


@dataclass(frozen=True, slots=True)
class Rig:
    """A world, and how it is reached."""

    world: World
    platforms: Platforms
    clock: Clock

    def values(self, ref: EntityRef) -> Mapping[Setting, Value]:
        """An entity's live settings."""
        return self.platforms(TENANT, PLATFORM[ref.entity_id]).live([ref], timeout=TIMEOUT)[ref.entity_id].values

    def write(self, *changes: tuple[EntityRef, Setting, Value]) -> tuple[Answer, ...]:
        """Write settings in one call, whatever they are now."""
        wanted = [PlatformChange(ref, setting, None, after) for ref, setting, after in changes]
        return self.platforms(TENANT, PLATFORM[changes[0][0].entity_id]).apply("key-1", wanted, timeout=TIMEOUT)

    def spend(self, ref: EntityRef, since: datetime) -> dict[datetime, int]:
        """Reported spend by hour."""
        report = self.platforms(TENANT, PLATFORM[ref.entity_id]).spend([ref], since, timeout=TIMEOUT)
        return {row.hour: row.micros for row in report.hours[ref.entity_id]}

    def complete_until(self, *refs: EntityRef) -> datetime:
        """How far the report of these entities goes."""
        platform = self.platforms(TENANT, PLATFORM[refs[0].entity_id])
        return platform.spend(refs, self.world.market.start, timeout=TIMEOUT).complete_until

    def advance(self, hours: int) -> None:
        """Let the market go on."""
        for _ in range(hours):
            self.world.market.advance_hour()


NewRig = Callable[..., Rig]


def world_of(*events: dict[str, Any]) -> World:
    """A world with a campaign that bids on one platform, and one with a total budget on the other."""
    search = channel_file(native_cap=False, bid={"target": 4.0, "volume": 0.5, "efficiency": 0.5})
    social = channel_file(channel="social", platform="meta", reporting_delay_hours=1)
    return World(parse_scenario(scenario_file(search, social, events=events)))


@pytest.fixture(params=["direct", "loopback"])
def new_rig(request: pytest.FixtureRequest) -> Iterator[NewRig]:
    """Makes worlds with the given events, reached in one of the two ways."""
    with ExitStack() as servers:

        def make(*events: dict[str, Any]) -> Rig:
            world = world_of(*events)
            if request.param == "direct":
                return Rig(world, world.platforms, world)
            url = servers.enter_context(served(world))
            return Rig(world, remote_platforms(url), RemoteClock(url))

        yield make


@pytest.fixture
def rig(new_rig: NewRig) -> Rig:
    """A world in which nothing happens."""
    return new_rig()


def platform_error(mode: str, until: str = "2026-06-02T00:00", platform: str = "google_ads") -> dict[str, Any]:
    return {"kind": "platform_error", "platform": platform, "at": "2026-06-01T00:00", "until": until, "mode": mode}


def test_live_settings_are_in_micros_and_say_what_is_not_set(rig: Rig) -> None:
    assert rig.values(SEARCH) == {
        Setting.DAILY_BUDGET: 100 * MICROS,
        Setting.TOTAL_BUDGET: None,
        Setting.BID_TARGET: 4 * MICROS,
        Setting.STATUS: "enabled",
        Setting.EXCLUDED_GEOS: (),
    }
    assert rig.values(SOCIAL)[Setting.BID_TARGET] is None


@pytest.mark.parametrize(
    ("ref", "setting", "after"),
    [
        (SEARCH, Setting.DAILY_BUDGET, 123_450_000),
        (SEARCH, Setting.BID_TARGET, 3_500_000),
        (SEARCH, Setting.STATUS, "paused"),
        (SEARCH, Setting.EXCLUDED_GEOS, ("geo-1", "geo-3")),
        (SOCIAL, Setting.TOTAL_BUDGET, 700 * MICROS),
        (SOCIAL, Setting.DAILY_BUDGET, 0),
    ],
)
def test_what_was_written_is_read_back_and_nothing_else_moved(
    rig: Rig, ref: EntityRef, setting: Setting, after: Value
) -> None:
    before = rig.values(ref)
    assert rig.write((ref, setting, after)) == (Answer(ok=True),)
    assert rig.values(ref) == {**before, setting: after}


def test_a_total_budget_can_be_taken_away_again(rig: Rig) -> None:
    rig.write((SOCIAL, Setting.TOTAL_BUDGET, 700 * MICROS))
    rig.write((SOCIAL, Setting.TOTAL_BUDGET, None))
    assert rig.values(SOCIAL)[Setting.TOTAL_BUDGET] is None


def test_writes_are_absolute_so_twice_is_once(rig: Rig) -> None:
    change = (SEARCH, Setting.DAILY_BUDGET, 90 * MICROS)
    assert rig.write(change) == rig.write(change) == (Answer(ok=True),)
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 90 * MICROS


def test_an_entity_that_the_platform_does_not_know_is_absent_and_the_others_are_not_held_up(rig: Rig) -> None:
    platform = rig.platforms(TENANT, "google_ads")
    assert platform.live([GONE, SEARCH], timeout=TIMEOUT).keys() == {"search"}
    assert platform.spend([GONE, SEARCH], rig.world.market.start, timeout=TIMEOUT).hours.keys() == {"search"}
    missing, landed = rig.write((GONE, Setting.DAILY_BUDGET, 1), (SEARCH, Setting.DAILY_BUDGET, 90 * MICROS))
    assert (missing.ok, missing.code) == (False, "entity_missing")
    assert landed.ok
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 90 * MICROS


@pytest.mark.parametrize(
    ("ref", "setting", "after"),
    [
        (SEARCH, Setting.STATUS, "dormant"),
        (SEARCH, Setting.EXCLUDED_GEOS, ("atlantis",)),
        (SEARCH, Setting.TOTAL_BUDGET, 700 * MICROS),
        (SOCIAL, Setting.BID_TARGET, 2 * MICROS),
    ],
)
def test_a_value_that_a_setting_cannot_have_is_answered_and_changes_nothing(
    rig: Rig, ref: EntityRef, setting: Setting, after: Value
) -> None:
    before = rig.values(ref)
    (answer,) = rig.write((ref, setting, after))
    assert (answer.ok, answer.code) == (False, "invalid_value")
    assert answer.detail
    assert rig.values(ref) == before


def test_an_account_of_another_tenant_is_not_reached(rig: Rig) -> None:
    with pytest.raises(TrimtabError, match="belongs to june, not to july"):
        rig.platforms("july", "google_ads").live([SEARCH], timeout=TIMEOUT)


def test_under_a_rate_limit_writes_are_refused_whole_while_reading_goes_on(new_rig: NewRig) -> None:
    rig = new_rig(platform_error("rate_limit"))
    with pytest.raises(PlatformRefused) as refused:
        rig.write((SEARCH, Setting.DAILY_BUDGET, 90 * MICROS))
    assert refused.value.code == "rate_limited"
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 100 * MICROS
    assert rig.spend(SEARCH, rig.world.market.start - timedelta(days=1))


def test_a_platform_that_is_down_answers_nothing_and_takes_nothing_and_its_neighbour_does(new_rig: NewRig) -> None:
    rig = new_rig(platform_error("unavailable", until="2026-06-01T03:00"))
    for call in (
        lambda: rig.values(SEARCH),
        lambda: rig.spend(SEARCH, rig.world.market.start),
        lambda: rig.write((SEARCH, Setting.DAILY_BUDGET, 90 * MICROS)),
    ):
        with pytest.raises(PlatformUnavailable, match="google_ads is down"):
            call()
    assert rig.values(SOCIAL)[Setting.STATUS] == "enabled"
    rig.advance(3)
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 100 * MICROS


def test_a_write_that_is_not_answered_may_have_landed(new_rig: NewRig) -> None:
    rig = new_rig(platform_error("timeout_after_apply"))
    with pytest.raises(PlatformUnavailable, match="did not answer within 30 s"):
        rig.write((SEARCH, Setting.DAILY_BUDGET, 90 * MICROS))
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 90 * MICROS


def test_a_partial_failure_is_answered_change_by_change(new_rig: NewRig) -> None:
    rig = new_rig(platform_error("partial"))
    answers = rig.write(
        (SEARCH, Setting.DAILY_BUDGET, 90 * MICROS),
        (SEARCH, Setting.STATUS, "paused"),
        (SEARCH, Setting.BID_TARGET, 3 * MICROS),
    )
    assert [answer.ok for answer in answers] == [True, False, True]
    assert answers[1].code == "internal_error"
    values = rig.values(SEARCH)
    assert (values[Setting.DAILY_BUDGET], values[Setting.STATUS]) == (90 * MICROS, "enabled")
    assert values[Setting.BID_TARGET] == 3 * MICROS


def test_spend_is_reported_as_late_as_the_platform_is_and_says_how_far_it_goes(rig: Rig) -> None:
    rig.advance(5)
    start, now = rig.world.market.start, rig.world.now()
    assert max(rig.spend(SEARCH, start)) == now - 4 * HOUR
    assert rig.complete_until(SEARCH) == now - 3 * HOUR
    assert max(rig.spend(SOCIAL, start)) == now - 2 * HOUR
    assert rig.complete_until(SOCIAL) == now - HOUR


def test_a_report_starts_where_it_was_asked_to_and_reaches_into_the_history(rig: Rig) -> None:
    rig.advance(30)
    start = rig.world.market.start
    assert min(rig.spend(SEARCH, start + 20 * HOUR)) >= start + 20 * HOUR
    history = rig.spend(SEARCH, start - timedelta(days=3))
    assert start - timedelta(days=3) <= min(history) < start - timedelta(days=2)
    assert {hour: micros for hour, micros in history.items() if hour >= start} == rig.spend(SEARCH, start)


def test_once_all_is_visible_the_reports_add_up_to_what_was_spent(rig: Rig) -> None:
    market = rig.world.market
    market.advance_to(market.end + 3 * HOUR)
    spent = sum(rig.spend(SEARCH, market.start).values())
    assert spent == pytest.approx(market.true_spend("t/search") * MICROS, abs=200)
    assert spent > 500 * MICROS


def test_an_edit_by_hand_is_named_until_a_call_writes_again(new_rig: NewRig) -> None:
    rig = new_rig({"kind": "external_edit", "channel": "search", "at": "2026-06-01T02:00", "daily_budget": 55})
    platform = rig.platforms(TENANT, "google_ads")
    assert platform.live([SEARCH], timeout=TIMEOUT)["search"].changed_by is None
    rig.advance(3)
    edited = platform.live([SEARCH], timeout=TIMEOUT)["search"]
    assert edited.values[Setting.DAILY_BUDGET] == 55 * MICROS
    assert edited.changed_by == "an account user"
    assert edited.changed_at == rig.world.market.start + 2 * HOUR
    rig.write((SEARCH, Setting.DAILY_BUDGET, 60 * MICROS))
    assert platform.live([SEARCH], timeout=TIMEOUT)["search"].changed_by is None


def test_the_clock_is_the_markets(rig: Rig) -> None:
    assert rig.clock.now() == rig.world.market.start
    rig.advance(2)
    assert rig.clock.now() == rig.world.market.start + 2 * HOUR
    assert rig.clock.now().utcoffset() == timedelta(0)


def plays(rig: Rig) -> tuple[Sequence[Mapping[datetime, int]], Sequence[Mapping[Setting, Value]]]:
    """What two days of the same policy come to: reported spend and live settings, hour by hour."""
    reports: list[Mapping[datetime, int]] = []
    settings: list[Mapping[Setting, Value]] = []
    for hour in range(48):
        reports.append(rig.spend(SEARCH, rig.world.market.start))
        rig.write((SEARCH, Setting.DAILY_BUDGET, (80 + hour % 7 * 9) * MICROS))
        settings.append(rig.values(SEARCH))
        rig.advance(1)
    return reports, settings


def test_the_same_play_gives_the_same_market_however_it_is_reached(new_rig: NewRig) -> None:
    here = world_of()
    assert plays(new_rig()) == plays(new_rig()) == plays(Rig(here, here.platforms, here))


def test_many_clients_at_once_each_find_what_they_wrote() -> None:
    world = world_of()
    wrote: dict[Setting, list[int | str]] = {
        Setting.DAILY_BUDGET: [money * MICROS for money in range(50, 65)],
        Setting.BID_TARGET: [target * 100_000 for target in range(30, 45)],
        Setting.STATUS: ["paused", "enabled"] * 7,
    }

    def client(setting: Setting) -> list[Value]:
        found: list[Value] = []
        for after in wrote[setting]:
            rig.write((SEARCH, setting, after))
            found.append(rig.values(SEARCH)[setting])
            rig.spend(SOCIAL, world.market.start)
        return found

    with served(world) as url, ThreadPoolExecutor(len(wrote)) as pool:
        rig = Rig(world, remote_platforms(url), RemoteClock(url))
        assert dict(zip(wrote, pool.map(client, wrote), strict=True)) == wrote
        assert rig.values(SEARCH) == {**rig.values(SEARCH), **{setting: after[-1] for setting, after in wrote.items()}}


def test_a_client_waits_no_longer_than_it_was_told_and_its_write_may_land_all_the_same() -> None:
    world, lock = world_of(), Lock()
    change = PlatformChange(SEARCH, Setting.DAILY_BUDGET, None, 90 * MICROS)
    with served(world, lock) as url:
        platform = remote_platforms(url)(TENANT, "google_ads")
        with lock, pytest.raises(PlatformUnavailable, match="timed out"):
            platform.apply("key-1", [change], timeout=0.1)
        assert eventually(lambda: world.market.live("t/search").daily_budget == 90)


def test_where_nobody_serves_a_market_the_error_names_the_address() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(PlatformUnavailable, match=f"{url}/now does not answer"):
        RemoteClock(url).now()
    with pytest.raises(PlatformUnavailable, match=f"{url}/june/meta/live does not answer"):
        remote_platforms(url)("june", "meta").live([SOCIAL], timeout=TIMEOUT)


def test_an_address_of_something_else_than_a_market_is_told_apart() -> None:
    with served_app(Flask("something else")) as url, pytest.raises(PlatformUnavailable, match=r"is no market: .*404"):
        RemoteClock(url).now()
    with pytest.raises(PlatformUnavailable, match="unknown url type"):
        RemoteClock("market.example").now()
