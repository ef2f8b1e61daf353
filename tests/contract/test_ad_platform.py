"""What every platform adapter must do: the sandbox's platform itself, and the same market behind a socket."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from threading import Lock
from typing import Any

import pytest
from flask import Flask

from common.adapters.remote_market import RemoteClock, remote_platforms
from common.domain.calendar import HOUR, QUARTER_HOUR
from common.domain.change import Setting, Value
from common.domain.errors import TrimtabError
from common.domain.figures import DayFigures, HourFigures
from common.domain.money import MICROS
from common.ports.ad_platform import Answer, EntityRef, PlatformChange, PlatformRefused, PlatformUnavailable
from tests.contract.market_rig import BUSY, GONE, PLATFORM, SEARCH, SOCIAL, TENANT, TIMEOUT, NewRig, Rig, world_of
from tests.patience import eventually
from tests.served_market import served, served_app
from trimtab.processes import free_port

JUNE = date(2026, 6, 1)


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
    assert platform.figures([GONE, SEARCH], rig.world.market.start, timeout=TIMEOUT).hours.keys() == {"search"}
    assert platform.days([GONE, SEARCH], JUNE, timeout=TIMEOUT).days.keys() == {"search"}
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
        lambda: rig.figures(SEARCH, rig.world.market.start),
        lambda: rig.days(SEARCH, JUNE),
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


def test_figures_say_what_the_spend_of_an_hour_brought(new_rig: NewRig) -> None:
    """Spend is what `spend` says. At half a cent a click, with three in a hundred views clicked, counts are near."""
    rig = new_rig(cpc=0.005)
    rig.advance(30)
    since = rig.world.market.start
    rows = rig.figures(SEARCH, since)
    assert {hour: row.micros for hour, row in rows.items()} == rig.spend(SEARCH, since)
    for row in rows.values():
        assert row.clicks == pytest.approx(row.micros / MICROS / 0.005, rel=0.2)
        assert row.impressions == pytest.approx(row.clicks / 0.03, rel=0.1)
    assert sum(row.conversions for row in rows.values()) > 0


def test_figures_start_with_the_hour_that_was_asked_for_and_reach_into_the_history(rig: Rig) -> None:
    rig.advance(30)
    since = rig.world.market.start + 20 * HOUR
    rows = rig.figures(SEARCH, since)
    assert min(rows) == since
    assert rig.figures(SEARCH, since + QUARTER_HOUR) == rows
    assert rig.figures(SEARCH, rig.world.now()) == {}
    history = rig.figures(SEARCH, since - timedelta(days=3))
    assert since - timedelta(days=3) <= min(history) < since - timedelta(days=2)
    assert {hour: row for hour, row in history.items() if hour >= since} == rows


def test_figures_are_as_late_as_the_platform_is_and_say_how_far_they_go(rig: Rig) -> None:
    rig.advance(5)
    now = rig.world.now()
    assert max(rig.figures(SEARCH, rig.world.market.start)) == now - 4 * HOUR
    assert max(rig.figures(SOCIAL, rig.world.market.start)) == now - 2 * HOUR
    for ref, delay in ((SEARCH, 3), (SOCIAL, 1)):
        platform = rig.platforms(TENANT, PLATFORM[ref.entity_id])
        assert platform.figures([ref], now, timeout=TIMEOUT).complete_until == now - delay * HOUR


def test_claims_for_an_hours_clicks_grow_as_late_conversions_happen(new_rig: NewRig) -> None:
    """Nothing else of the hour changes. The last of four days' conversions is seen three hours after it happened."""
    rig = new_rig(**BUSY)
    rig.advance(27)
    since = rig.world.market.start
    first = rig.figures(SEARCH, since)
    assert len(first) == 24
    seen = [first]
    for _ in range(5):
        rig.advance(24)
        seen.append({hour: row for hour, row in rig.figures(SEARCH, since).items() if hour in first})
    for before, after in pairwise(seen):
        assert after.keys() == before.keys()
        assert all(after[hour].conversions >= row.conversions for hour, row in before.items())
        assert [replace(row, conversions=0) for row in after.values()] == [
            replace(row, conversions=0) for row in before.values()
        ]
    totals = [sum(row.conversions for row in rows.values()) for rows in seen]
    assert totals[0] < totals[1] < totals[3]
    assert totals[4] == totals[5]


def test_a_day_is_what_its_local_hours_add_up_to(new_rig: NewRig) -> None:
    """Nothing else, to the micro; also of the day that is under way. A claimed conversion is worth fifty euros."""
    rig = new_rig(**BUSY)
    rig.advance(60)
    days = rig.days(SEARCH, JUNE)
    assert list(days) == [JUNE, JUNE + timedelta(days=1), JUNE + timedelta(days=2)]
    midnights = [rig.world.market.start + number * 24 * HOUR for number in range(4)]
    for row, (start, end) in zip(days.values(), pairwise(midnights), strict=True):
        hours = [one for hour, one in rig.figures(SEARCH, start).items() if hour < end]
        assert row.micros == sum(one.micros for one in hours)
        assert row.clicks == sum(one.clicks for one in hours)
        assert row.impressions == sum(one.impressions for one in hours)
        assert row.conversions == sum(one.conversions for one in hours) > 0
        assert row.value == row.conversions * 50 * MICROS


def test_days_start_with_the_one_that_was_asked_for_reach_into_the_history_and_say_how_far_they_go(rig: Rig) -> None:
    rig.advance(5)
    assert list(rig.days(SEARCH, JUNE)) == [JUNE]
    assert min(rig.days(SEARCH, JUNE - timedelta(days=3))) == JUNE - timedelta(days=3)
    assert rig.days(SEARCH, JUNE + timedelta(days=1)) == {}
    for ref, delay in ((SEARCH, 3), (SOCIAL, 1)):
        report = rig.platforms(TENANT, PLATFORM[ref.entity_id]).days([ref], JUNE, timeout=TIMEOUT)
        assert report.complete_until == rig.world.now() - delay * HOUR


def test_claims_for_a_days_clicks_grow_while_its_spend_stands(new_rig: NewRig) -> None:
    rig = new_rig(**BUSY)
    rig.advance(27)
    seen: list[DayFigures] = []
    for _ in range(5):
        seen.append(rig.days(SEARCH, JUNE)[JUNE])
        rig.advance(24)
    assert len({row.micros for row in seen}) == 1
    claims = [row.conversions for row in seen]
    assert claims[0] < claims[1] < claims[3] == claims[4]


def test_during_an_outage_of_its_tracking_a_platform_claims_nothing_while_clicks_go_on(new_rig: NewRig) -> None:
    out = {"kind": "tracking_outage", "source": "platform", "at": "2026-06-01T10:00", "until": "2026-06-01T18:00"}
    rig = new_rig(out, **BUSY, lag_days={"mean": 1, "max": 1})
    rig.advance(27)
    rows = list(rig.figures(SEARCH, rig.world.market.start).values())
    during, around = rows[10:18], [*rows[:10], *rows[18:]]
    assert all(row.clicks > 0 for row in rows)
    assert [row.conversions for row in during] == [0] * 8
    assert min(row.conversions for row in around) > 0


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


def plays(rig: Rig) -> tuple[Sequence[Mapping[datetime, HourFigures]], Sequence[Mapping[Setting, Value]]]:
    """What two days of the same policy come to: what is reported, and live settings, hour by hour."""
    reports: list[Mapping[datetime, HourFigures]] = []
    settings: list[Mapping[Setting, Value]] = []
    for hour in range(48):
        reports.append(rig.figures(SEARCH, rig.world.market.start))
        rig.write((SEARCH, Setting.DAILY_BUDGET, (80 + hour % 7 * 9) * MICROS))
        settings.append(rig.values(SEARCH))
        rig.advance(1)
    return reports, settings


def test_the_same_play_gives_the_same_market_however_it_is_reached(new_rig: NewRig) -> None:
    here = world_of()
    assert plays(new_rig()) == plays(new_rig()) == plays(Rig.direct(here))


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
        rig = Rig.remote(world, url)
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
