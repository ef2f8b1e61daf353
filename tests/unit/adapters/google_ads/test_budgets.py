"""Budgets and bid targets: which can be written, and why the others can't."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.ads.googleads.v26.services.types.google_ads_service import GoogleAdsRow
from google.protobuf.json_format import ParseDict

from common.adapters.platforms.google_ads.campaigns import campaigns
from common.domain.change import Setting, Value
from common.domain.money import MICROS
from common.ports.ad_platform import PlatformChange
from tests.unit.adapters.google_ads.ads_rig import AdsRig, NewAds

LIVE = Path(__file__).parents[3] / "bodies" / "google_ads" / "own_live.json"
ROW: Any = GoogleAdsRow
DAILY, TOTAL, BID = Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET, Setting.BID_TARGET


def refused(rig: AdsRig, setting: Setting, after: Value) -> tuple[str | None, str]:
    """How a change is refused; nothing may have changed."""
    before = rig.live("search", "brand", "shop")
    (answer,) = rig.write(rig.change(setting, after))
    assert not answer.ok
    assert {name: one.values for name, one in rig.live("search", "brand", "shop").items()} == {
        name: one.values for name, one in before.items()
    }
    return answer.code, answer.detail or ""


def test_a_shared_budget_is_not_written_and_all_who_spend_from_it_are_named(new_ads: NewAds) -> None:
    rig = new_ads(shared={"t/search", "t/shop"})
    code, said = refused(rig, DAILY, 90 * MICROS)
    assert code == "shared_budget"
    for name in ("t/search", "t/shop"):
        assert f"{name} ({rig.server.external_id(name)})" in said
    assert "t/brand" not in said
    assert rig.mutates() == 0


@pytest.mark.parametrize(
    ("explicitly", "spenders", "shared"),
    [(False, 1, False), (True, 1, True), (False, 2, True), (False, 0, True), (False, None, True)],
)
def test_a_budget_is_one_campaigns_own_only_where_that_is_said(
    explicitly: bool, spenders: int | None, shared: bool
) -> None:
    row = json.loads(LIVE.read_text())["body"]["results"][0]
    row["campaignBudget"] |= {"explicitlyShared": explicitly, "referenceCount": spenders}
    found = campaigns([ParseDict(row, ROW.pb()())])
    assert [one.shared for one in found.values()] == [shared]


def test_a_shared_budget_that_is_so_already_is_no_change(new_ads: NewAds) -> None:
    rig = new_ads(shared={"t/search", "t/shop"})
    (answer,) = rig.write(rig.change(DAILY, 100 * MICROS))
    assert answer.ok
    assert rig.mutates() == 0


def test_other_settings_of_who_shares_a_budget_are_written(new_ads: NewAds) -> None:
    rig = new_ads(shared={"t/search", "t/shop"})
    budget, status = rig.write(rig.change(DAILY, 90 * MICROS), rig.change(Setting.STATUS, "paused"))
    assert (budget.code, status.ok) == ("shared_budget", True)
    assert rig.value(Setting.STATUS) == "paused"
    assert rig.value(Setting.STATUS, "shop") == "enabled"


def test_a_budget_for_the_whole_time_is_a_total_and_there_is_none_for_a_day(new_ads: NewAds) -> None:
    rig = new_ads(for_all_time={"t/search"})
    (answer,) = rig.write(rig.change(TOTAL, 700 * MICROS))
    assert answer.ok
    assert rig.value(TOTAL) == 700 * MICROS
    assert DAILY not in rig.live()["search"].values
    assert refused(rig, DAILY, 90 * MICROS)[0] == "invalid_value"
    assert refused(rig, TOTAL, None)[0] == "invalid_value"


def test_a_budget_for_a_day_has_no_total(ads: AdsRig) -> None:
    assert refused(ads, TOTAL, 700 * MICROS)[0] == "invalid_value"
    assert ads.write(ads.change(TOTAL, None))[0].ok
    assert ads.value(TOTAL) is None


@pytest.mark.parametrize("after", [100_005_000, 1, None, "100", True, -10_000])
def test_an_amount_that_the_currency_does_not_have_is_not_rounded(ads: AdsRig, after: Any) -> None:
    assert refused(ads, DAILY, after)[0] == "invalid_value"
    assert ads.mutates() == 0


@pytest.mark.parametrize(("after", "ok"), [(100 * MICROS, True), (100 * MICROS + 10_000, False)])
def test_a_yen_has_no_hundredths(new_ads: NewAds, after: int, ok: bool) -> None:
    rig = new_ads(world={"currency": "JPY"})
    assert rig.write(rig.change(DAILY, after))[0].ok is ok


def test_the_least_budget_is_the_platforms_word(new_ads: NewAds) -> None:
    rig = new_ads(least_budget=5 * MICROS)
    code, said = refused(rig, DAILY, 4 * MICROS)
    assert code == "budget_below_minimum"
    assert "5.00 EUR" in said


@pytest.mark.parametrize(
    ("strategy", "shown", "written"),
    [
        ("TARGET_CPA", 4 * MICROS, 3_500_000),
        ("MAXIMIZE_CONVERSIONS", 4 * MICROS, 3_500_000),
        ("TARGET_ROAS", 4 * MICROS, 3_333_333),
        ("MAXIMIZE_CONVERSION_VALUE", 4 * MICROS, 3_333_333),
    ],
)
def test_a_bid_target_is_wherever_its_strategy_holds_it(
    new_ads: NewAds, strategy: str, shown: int, written: int
) -> None:
    """A ROAS is in millionths of the ratio, and comes back to the millionth."""
    rig = new_ads(strategies={"t/search": strategy})
    assert rig.value(BID) == shown
    assert rig.write(rig.change(BID, written))[0].ok
    assert rig.value(BID) == written
    assert rig.value(BID, "brand") == 4 * MICROS


@pytest.mark.parametrize("strategy", ["TARGET_CPA", "TARGET_ROAS"])
def test_a_strategy_that_is_all_target_can_not_be_without(new_ads: NewAds, strategy: str) -> None:
    assert refused(new_ads(strategies={"t/search": strategy}), BID, None)[0] == "invalid_value"


@pytest.mark.parametrize("after", [0, -1, "4", ("4",)])
def test_a_target_is_over_zero(ads: AdsRig, after: Any) -> None:
    assert refused(ads, BID, after)[0] == "invalid_value"


def test_a_target_cpa_is_an_amount_of_the_currency(new_ads: NewAds) -> None:
    assert refused(new_ads(strategies={"t/search": "TARGET_CPA"}), BID, 3_333_333)[0] == "invalid_value"


def test_a_strategy_without_a_target_has_none(new_ads: NewAds) -> None:
    rig = new_ads(strategies={"t/search": "MANUAL_CPC"})
    assert rig.value(BID) is None
    code, said = refused(rig, BID, 3 * MICROS)
    assert code == "invalid_value"
    assert "MANUAL_CPC" in said


def test_a_portfolios_target_is_shown_and_not_written(new_ads: NewAds) -> None:
    rig = new_ads(portfolio={"t/search"}, strategies={"t/search": "TARGET_CPA"})
    assert rig.value(BID) == 4 * MICROS
    assert refused(rig, BID, 3 * MICROS)[0] == "shared_bid_target"
    assert rig.mutates() == 0


def test_a_removed_campaign_is_absent_and_takes_nothing_but_its_spend_is_still_told(ads: AdsRig) -> None:
    ads.advance(30)
    ads.account.removed.add("t/search")
    assert ads.live("search", "search/ad-1", "brand").keys() == {"brand"}
    gone, ad, brand = ads.write(
        ads.change(Setting.STATUS, "paused"),
        ads.change(Setting.STATUS, "paused", "search/ad-1"),
        ads.change(Setting.STATUS, "paused", "brand"),
    )
    assert (gone.code, ad.code, brand.ok) == ("entity_missing", "entity_missing", True)
    report = ads.platform.spend([ads.ref()], ads.world.market.start, timeout=30)
    assert sum(row.micros for row in report.hours["search"]) > 50 * MICROS


def test_an_ad_group_is_no_campaign_though_its_number_may_be_ones(ads: AdsRig) -> None:
    group = replace(ads.ref(), entity_id="group", kind="ad_set")
    assert ads.platform.live([group], timeout=30) == {}
    assert ads.platform.spend([group, ads.ref()], ads.world.market.start, timeout=30).hours.keys() == {"search"}
    (answer,) = ads.write(PlatformChange(group, Setting.STATUS, None, "paused"))
    assert (answer.ok, answer.code) == (False, "invalid_value")
    assert ads.value(Setting.STATUS) == "enabled"


def test_two_campaigns_of_one_name_are_two(new_ads: NewAds) -> None:
    rig = new_ads(names={"t/search": "Test ", "t/brand": "Test "})
    rig.advance(30)
    assert rig.write(rig.change(DAILY, 55 * MICROS, "brand"))[0].ok
    assert (rig.value(DAILY), rig.value(DAILY, "brand")) == (100 * MICROS, 55 * MICROS)
    refs = [rig.ref("search"), rig.ref("brand")]
    both = rig.platform.spend(refs, rig.world.market.start, timeout=30).hours
    assert both["search"] != both["brand"]


def test_one_resource_is_written_once_a_request_and_every_change_has_its_own_answer(ads: AdsRig) -> None:
    """Status and target are both of the campaign: the platform takes them one after the other."""
    changes = [
        ads.change(DAILY, 90 * MICROS),
        ads.change(Setting.STATUS, "paused"),
        ads.change(BID, 3 * MICROS),
        ads.change(BID, -1, "brand"),
    ]
    answers = ads.write(*changes)
    assert [one.ok for one in answers] == [True, True, True, False]
    assert len({one.request_id for one in answers[:3]}) == 2
    assert all(one.request_id for one in answers[:3])
    assert (ads.value(Setting.STATUS), ads.value(BID)) == ("paused", 3 * MICROS)


def test_a_change_that_takes_several_operations_does_not_bear_the_error_of_the_next(new_ads: NewAds) -> None:
    """Errors come by the operation's place, and two places to exclude are two operations."""
    rig = new_ads(least_budget=5 * MICROS)
    places, least, status = rig.write(
        rig.change(Setting.EXCLUDED_GEOS, ("geo-1,Spain", "geo-2,Spain")),
        rig.change(DAILY, 4 * MICROS, "brand"),
        rig.change(Setting.STATUS, "paused", "shop"),
    )
    assert [(one.ok, one.code) for one in (places, least, status)] == [
        (True, None),
        (False, "budget_below_minimum"),
        (True, None),
    ]
    assert rig.value(Setting.STATUS, "shop") == "paused"


def test_a_write_goes_by_what_the_one_before_it_left(ads: AdsRig) -> None:
    ads.live()
    for units in (90, 100, 90):
        assert ads.write(ads.change(DAILY, units * MICROS))[0].ok
        assert ads.world.market.live("t/search").daily_budget == units
