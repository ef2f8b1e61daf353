"""Whose account it is: nothing is read or written in another, nor in another currency or by another clock."""

from collections.abc import Callable
from typing import Any

import pytest

from common.domain.change import Setting
from common.domain.trouble import TroubleKind
from tests.unit.adapters.google_ads.ads_rig import JUNE, TIMEOUT, AdsRig, NewAds, trouble_of

READS: dict[str, Callable[[AdsRig], object]] = {
    "live": lambda rig: rig.live(),
    "spend": lambda rig: rig.platform.spend([rig.ref()], rig.world.market.start, timeout=TIMEOUT),
    "figures": lambda rig: rig.platform.figures([rig.ref()], rig.world.market.start, timeout=TIMEOUT),
    "days": lambda rig: rig.platform.days([rig.ref()], JUNE, timeout=TIMEOUT),
    "geos": lambda rig: rig.platform.geos([rig.ref()], JUNE, JUNE, timeout=TIMEOUT),
    "ads": lambda rig: rig.platform.ads([rig.ref()], JUNE, JUNE, timeout=TIMEOUT),
    "apply": lambda rig: rig.write(rig.change(Setting.DAILY_BUDGET, 90_000_000)),
}
MISFITS: dict[str, dict[str, Any]] = {
    "wrong_currency": {"currency": "USD"},
    "wrong_time_zone": {"time_zone": "America/New_York"},
}


@pytest.mark.parametrize("call", READS)
@pytest.mark.parametrize("code", MISFITS)
def test_an_account_that_is_not_like_the_tenant_gives_no_answer_and_takes_nothing(
    new_ads: NewAds, code: str, call: str
) -> None:
    rig = new_ads(**MISFITS[code])
    rig.advance(30)
    trouble = trouble_of(lambda: READS[call](rig))
    assert (trouble.kind, trouble.code) == (TroubleKind.PERSON, code)
    assert rig.mutates() == 0


@pytest.mark.parametrize("code", MISFITS)
def test_it_is_found_too_when_it_becomes_so(ads: AdsRig, code: str) -> None:
    assert ads.live()
    for name, value in MISFITS[code].items():
        setattr(ads.account, name, value)
    assert trouble_of(ads.live).code == code
    assert trouble_of(lambda: READS["apply"](ads)).code == code


@pytest.mark.parametrize("code", MISFITS)
def test_the_check_names_it_as_a_need_and_looks_no_further(new_ads: NewAds, code: str) -> None:
    rig = new_ads(**MISFITS[code])
    unmet = [need for need in rig.needs().values() if not need.met]
    assert [(need.code, need.required) for need in unmet] == [(code, True)]
    assert rig.server.operations == 1


def test_a_clock_of_another_name_is_the_same_clock(new_ads: NewAds) -> None:
    rig = new_ads(time_zone="Asia/Calcutta", world={"timezone": "Asia/Kolkata"})
    assert rig.live()
    assert rig.needs()["wrong_time_zone"].met


def test_two_clocks_that_agree_only_now_are_not_the_same(new_ads: NewAds) -> None:
    rig = new_ads(time_zone="Africa/Johannesburg")
    assert trouble_of(rig.live).code == "wrong_time_zone"


def test_an_account_without_these_campaigns_says_whose_it_is_once(ads: AdsRig) -> None:
    for line in ads.account.lines:
        ads.account.removed.add(line)
    assert ads.live() == {}
    ads.account.currency = "USD"
    assert trouble_of(ads.live).code == "wrong_currency"


def test_a_number_with_dashes_is_the_same_account(ads: AdsRig) -> None:
    assert AdsRig.on(ads.server, account_id="123-456-7890").live()


def test_an_account_that_the_grant_does_not_reach_is_a_missing_need(ads: AdsRig) -> None:
    other = AdsRig.on(ads.server, account_id="5555555555")
    assert trouble_of(other.live).code == "permission_missing"
    (need,) = other.needs().values()
    assert (need.code, need.met, need.required) == ("permission_missing", False, True)


@pytest.mark.parametrize(("through", "reached"), [("7770001111", True), (None, False), ("7770002222", False)])
def test_a_manager_account_must_be_named_where_the_way_leads_through_it(
    new_ads: NewAds, through: str | None, reached: bool
) -> None:
    rig = AdsRig.on(new_ads(manager="7770001111").server, through=through)
    assert rig.needs()["permission_missing"].met is reached
    if reached:
        assert rig.live()
    else:
        assert trouble_of(rig.live).code == "permission_missing"


@pytest.mark.parametrize(
    ("different", "code", "required"),
    [
        ({"status": "SUSPENDED"}, "account_disabled", True),
        ({"is_manager": True}, "manager_account", True),
        ({"read_only": True}, "read_only", False),
        ({"shared": {"t/brand", "t/shop"}}, "shared_budget", False),
        ({"portfolio": {"t/brand"}}, "shared_bid_target", False),
    ],
)
def test_the_check_tells_what_is_missing(new_ads: NewAds, different: dict[str, Any], code: str, required: bool) -> None:
    rig = new_ads(**different)
    unmet = [need for need in rig.needs().values() if not need.met]
    assert [(need.code, need.required) for need in unmet] == [(code, required)]


def test_the_check_of_an_account_that_has_all_writes_nothing(ads: AdsRig) -> None:
    before = ads.live()
    assert all(need.met for need in ads.needs().values())
    assert ads.live() == before
    assert ads.world.market.changes("t/search") == []


def test_the_check_tells_which_campaigns_learn_and_which_are_over(new_ads: NewAds) -> None:
    rig = new_ads(system_status={"t/brand": "LEARNING_BUDGET_CHANGE", "t/shop": "LIMITED_BY_DATA"})
    said = rig.needs()["campaigns"].said
    assert said.startswith("3 that were not removed; still learning: t/brand (")
    assert said.endswith("LEARNING_BUDGET_CHANGE")
    rig.world.market.advance_to(rig.world.market.end)
    assert "past their end date: t/brand" in rig.needs()["campaigns"].said


def test_the_check_names_who_shares_a_budget(new_ads: NewAds) -> None:
    said = new_ads(shared={"t/brand", "t/shop"}).needs()["shared_budget"].said
    assert "t/brand" in said
    assert "t/shop" in said
    assert "t/search" not in said
