"""What every platform adapter must do, over all ways: settings are read and written, and failures told apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from common.domain.calendar import HOUR
from common.domain.change import Setting, Value
from common.domain.errors import TrimtabError
from common.domain.figures import HourFigures
from common.domain.money import MICROS
from common.domain.trouble import TroubleKind
from common.ports.ad_platform import EntityRef, PlatformRefused, PlatformUnavailable
from tests.contract.market_rig import GONE, SEARCH, SOCIAL, TENANT, TIMEOUT, NewRig, Rig, world_of
from tests.contract.way import Way

pytestmark = pytest.mark.has("platforms")
JUNE = date(2026, 6, 1)


def platform_error(mode: str, until: str = "2026-06-02T00:00", platform: str = "google_ads") -> dict[str, Any]:
    return {"kind": "platform_error", "platform": platform, "at": "2026-06-01T00:00", "until": until, "mode": mode}


def test_live_settings_are_in_micros_and_say_what_is_not_set(rig: Rig) -> None:
    set_by_scenario: dict[Setting, Value] = {
        Setting.DAILY_BUDGET: 100 * MICROS,
        Setting.BID_TARGET: 4 * MICROS,
        Setting.STATUS: "enabled",
        Setting.EXCLUDED_GEOS: (),
    }
    assert rig.values(SEARCH) == {
        setting: value for setting, value in set_by_scenario.items() if rig.way.has(setting.value)
    }
    assert Setting.BID_TARGET not in rig.values(SOCIAL)


def test_who_names_the_settings_that_matter_is_told_these(rig: Rig) -> None:
    platform = rig.platforms(TENANT, "google_ads")
    everything = platform.live([SEARCH], timeout=TIMEOUT)["search"].values
    for setting in everything:
        some = platform.live([SEARCH], timeout=TIMEOUT, settings=frozenset({setting}))["search"].values
        assert setting in some
        assert {**everything, **some} == everything


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
    """What a platform can't hold is refused, and nothing moved at all."""
    before = rig.values(ref)
    (answer,) = rig.write((ref, setting, after))
    if rig.way.holds(setting, after):
        assert answer.ok, answer
        assert rig.values(ref) == {**before, setting: after}
    else:
        assert (answer.ok, answer.code) in ((False, "invalid_value"), (False, "budget_below_minimum"))
        assert rig.values(ref) == before


@pytest.mark.has("total_budget")
def test_a_total_budget_can_be_taken_away_again(rig: Rig) -> None:
    rig.write((SOCIAL, Setting.TOTAL_BUDGET, 700 * MICROS))
    rig.write((SOCIAL, Setting.TOTAL_BUDGET, None))
    assert Setting.TOTAL_BUDGET not in rig.values(SOCIAL)


def test_writes_are_absolute_so_twice_is_once(rig: Rig) -> None:
    change = (SEARCH, Setting.DAILY_BUDGET, 90 * MICROS)
    assert [answer.ok for answer in (*rig.write(change), *rig.write(change))] == [True, True]
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 90 * MICROS


def test_an_entity_that_the_platform_does_not_know_is_absent_and_the_others_are_not_held_up(rig: Rig) -> None:
    platform = rig.platforms(TENANT, "google_ads")
    assert platform.live([GONE, SEARCH], timeout=TIMEOUT).keys() == {"search"}
    assert platform.days([GONE, SEARCH], JUNE, timeout=TIMEOUT).days.keys() == {"search"}
    wanted = (GONE, Setting.DAILY_BUDGET, 80 * MICROS), (SEARCH, Setting.DAILY_BUDGET, 90 * MICROS)
    missing, landed = rig.write(*wanted)
    assert (missing.ok, missing.code) == (False, "entity_missing")
    assert landed.ok
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 90 * MICROS


@pytest.mark.has("hours")
def test_nor_are_reports_by_the_hour_held_up(rig: Rig) -> None:
    platform, start = rig.platforms(TENANT, "google_ads"), rig.world.market.start
    assert platform.spend([GONE, SEARCH], start, timeout=TIMEOUT).hours.keys() == {"search"}
    assert platform.figures([GONE, SEARCH], start, timeout=TIMEOUT).hours.keys() == {"search"}


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
    with pytest.raises(TrimtabError):
        rig.platforms("july", "google_ads").live([SEARCH], timeout=TIMEOUT)


def test_under_a_rate_limit_writes_are_refused_whole_while_reading_goes_on(new_rig: NewRig) -> None:
    rig = new_rig(platform_error("rate_limit"))
    with pytest.raises(PlatformRefused) as refused:
        rig.write((SEARCH, Setting.DAILY_BUDGET, 90 * MICROS))
    assert refused.value.code == "rate_limited"
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 100 * MICROS
    assert rig.days(SEARCH, JUNE - timedelta(days=1))


def test_a_platform_that_is_down_answers_nothing_and_takes_nothing_and_its_neighbour_does(new_rig: NewRig) -> None:
    rig = new_rig(platform_error("unavailable", until="2026-06-01T03:00"))
    by_hour: list[Callable[[], object]] = [
        lambda: rig.spend(SEARCH, rig.world.market.start),
        lambda: rig.figures(SEARCH, rig.world.market.start),
    ]
    for call in (
        lambda: rig.values(SEARCH),
        *(by_hour if rig.way.has("hours") else []),
        lambda: rig.days(SEARCH, JUNE),
        lambda: rig.write((SEARCH, Setting.DAILY_BUDGET, 90 * MICROS)),
    ):
        with pytest.raises(PlatformUnavailable) as raised:
            call()
        assert raised.value.trouble is not None
        assert (raised.value.trouble.kind, raised.value.trouble.code) == (TroubleKind.LATER, "unavailable")
    assert rig.values(SOCIAL)[Setting.STATUS] == "enabled"
    rig.advance(3)
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 100 * MICROS


def test_a_write_that_is_not_answered_may_have_landed(new_rig: NewRig) -> None:
    rig = new_rig(platform_error("timeout_after_apply"))
    with pytest.raises(PlatformUnavailable) as raised:
        rig.write((SEARCH, Setting.DAILY_BUDGET, 90 * MICROS))
    assert raised.value.trouble is not None
    assert raised.value.trouble.kind is TroubleKind.UNKNOWN
    assert rig.values(SEARCH)[Setting.DAILY_BUDGET] == 90 * MICROS


def test_a_partial_failure_is_answered_change_by_change(new_rig: NewRig) -> None:
    """What is said to have landed did, and nothing else."""
    rig = new_rig(platform_error("partial"))
    wanted: dict[Setting, Value] = {
        Setting.DAILY_BUDGET: 90 * MICROS,
        Setting.STATUS: "paused",
        Setting.BID_TARGET: 3 * MICROS,
    }
    before = rig.values(SEARCH)
    answers = dict(zip(wanted, rig.write(*((SEARCH, setting, wanted[setting]) for setting in wanted)), strict=True))
    landed = {setting for setting, answer in answers.items() if answer.ok}
    assert 0 < len(landed) < 3
    assert all(answer.code for answer in answers.values() if not answer.ok)
    assert rig.values(SEARCH) == {**before, **{setting: wanted[setting] for setting in landed}}


@pytest.mark.has("editor")
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


@pytest.mark.has("clock")
def test_the_clock_is_the_markets(rig: Rig) -> None:
    assert rig.clock.now() == rig.world.market.start
    rig.advance(2)
    assert rig.clock.now() == rig.world.market.start + 2 * HOUR
    assert rig.clock.now().utcoffset() == timedelta(0)


def plays(rig: Rig, way: Way) -> tuple[Sequence[Mapping[datetime, HourFigures]], Sequence[Mapping[Setting, Value]]]:
    """What two days of the same policy come to, as far as a way tells: what is reported, and live settings."""

    def told(row: HourFigures) -> HourFigures:
        conversions = row.conversions if way.has("conversions_by_hour") else 0
        return replace(row, micros=round(row.micros / max(1, way.rounding)), conversions=conversions)

    reports: list[Mapping[datetime, HourFigures]] = []
    settings: list[Mapping[Setting, Value]] = []
    for hour in range(48):
        reports.append({hour: told(row) for hour, row in rig.figures(SEARCH, rig.world.market.start).items()})
        rig.write((SEARCH, Setting.DAILY_BUDGET, (80 + hour % 7 * 9) * MICROS))
        settings.append(rig.values(SEARCH))
        rig.advance(1)
    return reports, settings


@pytest.mark.has("hours")
def test_the_same_play_gives_the_same_market_however_it_is_reached(new_rig: NewRig) -> None:
    rig = new_rig()
    assert plays(rig, rig.way) == plays(new_rig(), rig.way) == plays(Rig.direct(world_of()), rig.way)
