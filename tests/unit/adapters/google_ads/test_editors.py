"""Who changed something last: named where it was done by hand, and asked for only where something is new."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.adapters.platforms.google_ads.editors import Editors
from common.domain.calendar import HOUR, TenantCalendar
from common.domain.change import Setting
from common.domain.money import MICROS
from sandbox.servers.google_ads.fields import made
from sandbox.servers.google_ads.gaql import Query
from tests.unit.adapters.google_ads.ads_rig import AdsRig, NewAds

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)

EDIT = {"kind": "external_edit", "channel": "search", "at": "2026-06-01T02:00", "daily_budget": 55}


def asked(rig: AdsRig) -> int:
    """How often the account was asked who changed something."""
    return sum("FROM change_event" in query for query in rig.server.queries)


def test_who_edited_by_hand_is_named_by_whoever_looks(new_ads: NewAds) -> None:
    rig = new_ads(events=[EDIT])
    rig.advance(3)
    for one in (rig, AdsRig.on(rig.server)):
        found = one.live("search", "brand")
        assert found["search"].changed_by == "an account user"
        assert found["search"].changed_at == rig.world.market.start + 2 * HOUR
        assert found["brand"].changed_by is None


def test_what_we_wrote_ourselves_has_no_name(ads: AdsRig) -> None:
    ads.write(ads.change(Setting.DAILY_BUDGET, 90 * MICROS), ads.change(Setting.STATUS, "paused", "search/ad-1"))
    for one in (ads, AdsRig.on(ads.server)):
        assert {live.changed_by for live in one.live("search", "search/ad-1").values()} == {None}


def test_it_is_asked_once_where_nothing_changes_and_again_where_something_did(new_ads: NewAds) -> None:
    rig = new_ads(events=[EDIT])
    rig.live()
    rig.advance(1)
    rig.live()
    assert asked(rig) == 1
    rig.write(rig.change(Setting.STATUS, "paused"))
    rig.live()
    assert asked(rig) == 1, "our own writes are known"
    rig.advance(2)
    assert rig.live()["search"].changed_by == "an account user"
    assert asked(rig) == 2
    rig.advance(2)
    assert rig.live()["search"].changed_by == "an account user"
    assert asked(rig) == 2


def test_our_own_write_after_an_edit_takes_the_name_away(new_ads: NewAds) -> None:
    rig = new_ads(events=[EDIT])
    rig.advance(3)
    assert rig.live()["search"].changed_by
    rig.write(rig.change(Setting.DAILY_BUDGET, 60 * MICROS))
    assert rig.live()["search"].changed_by is None
    assert AdsRig.on(rig.server).live()["search"].changed_by is None


def test_who_shares_a_budget_is_told_who_changed_it(new_ads: NewAds) -> None:
    rig = new_ads(events=[EDIT], shared={"t/search", "t/shop"})
    rig.advance(3)
    assert rig.live("shop")["shop"].changed_by == "an account user"


def test_an_edit_that_is_not_listed_yet_is_asked_for_again(ads: AdsRig) -> None:
    """`change_event` is up to three minutes late: the value is told at once, the name as soon as there is one."""
    ads.live()
    ads.advance(1)
    ads.world.market.set("t/search", "daily_budget", 70)
    changes: list[Any] = ads.world.market.lines["t/search"].changes()
    assert changes
    ads.account.hidden_changes = True
    assert ads.live()["search"].values[Setting.DAILY_BUDGET] == 70 * MICROS
    before = asked(ads)
    ads.live()
    assert asked(ads) == before + 1
    ads.world.market.advance(timedelta(minutes=5))
    ads.live()
    ads.live()
    assert asked(ads) == before + 2, "nobody is looked for for ever"


def test_settings_are_told_also_where_nobody_says_who_made_them(ads: AdsRig) -> None:
    ads.account.hidden_changes = None
    assert ads.live()["search"].values[Setting.STATUS] == "enabled"


@pytest.mark.parametrize(
    ("client", "email", "who_we_are", "named"),
    [
        ("GOOGLE_ADS_WEB_CLIENT", "ana@example.com", None, "ana@example.com"),
        ("GOOGLE_ADS_WEB_CLIENT", "us@example.com", "us@example.com", "us@example.com"),
        ("GOOGLE_ADS_API", "us@example.com", "us@example.com", None),
        ("GOOGLE_ADS_API", "other-tool@example.com", "us@example.com", "other-tool@example.com"),
        ("GOOGLE_ADS_API", "other-tool@example.com", None, None),
        ("GOOGLE_ADS_SCRIPTS", "", None, "google ads scripts"),
        ("GOOGLE_ADS_RECOMMENDATIONS_SUBSCRIPTION", "", "us@example.com", "google ads recommendations subscription"),
    ],
)
def test_our_own_work_is_told_from_others_as_well_as_can_be(
    client: str, email: str, who_we_are: str | None, named: str | None
) -> None:
    """With the address of the grant it is sure; without it whatever came through the API is taken for ours."""
    event = {
        "customer.resource_name": "customers/1",
        "change_event.change_date_time": "2026-06-01 10:30:00.123456",
        "change_event.client_type": client,
        "change_event.user_email": email,
        "change_event.change_resource_name": "customers/1/campaigns/7",
    }
    query = Query(tuple(event), "change_event")
    found = Editors(TenantCalendar.of("Europe/Madrid")).of(
        {"7": {Setting.STATUS: "paused"}}, {}, NOON, lambda _: made([event], query), who_we_are
    )
    assert {key: edit.by for key, edit in found.items()} == ({} if named is None else {"7": named})
    assert all(edit.at == datetime(2026, 6, 1, 8, 30, 0, 123456, UTC) for edit in found.values())
