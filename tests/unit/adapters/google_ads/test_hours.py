"""Hours of the account's clock as UTC, also where clocks change; and answers of many pages."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from common.domain.calendar import HOUR, TenantCalendar
from common.ports.ad_platform import EntityRef
from tests.contract.market_rig import BUSY
from tests.unit.adapters.google_ads.ads_rig import TIMEOUT, AdsRig, NewAds
from tests.unit.sandbox.scenarios import channel_file

SUMMER = {"start": "2026-03-27", "end": "2026-04-02"}
WINTER = {"start": "2026-10-23", "end": "2026-10-29"}


def truth(rig: AdsRig, since: datetime) -> dict[datetime, int]:
    """What the market knows of its spend."""
    report = rig.account.sandbox.spend([_inside(rig)], since, timeout=TIMEOUT)
    return {row.hour: row.micros for row in report.hours["search"]}


def told(rig: AdsRig, since: datetime) -> dict[datetime, int]:
    """What the adapter tells of it."""
    report = rig.platform.spend([rig.ref()], since, timeout=TIMEOUT)
    return {row.hour: row.micros for row in report.hours["search"]}


def _inside(rig: AdsRig) -> EntityRef:
    return replace(rig.ref(), external_id="t/search")


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Asia/Kolkata", "America/New_York", "Pacific/Auckland", "UTC"])
def test_hours_are_those_in_which_it_was_spent_wherever_the_clock_is(new_ads: NewAds, zone: str) -> None:
    rig = new_ads(world={"timezone": zone})
    rig.advance(60)
    since = rig.world.market.start + 5 * HOUR
    assert told(rig, since) == truth(rig, since)
    assert len(told(rig, since)) > 40


def test_a_day_without_an_hour_is_told_hour_by_hour(new_ads: NewAds) -> None:
    rig = new_ads(world={"flight": SUMMER})
    rig.advance(100)
    since, day = rig.world.market.start, date(2026, 3, 29)
    hours = TenantCalendar.of("Europe/Madrid").hours(day)
    assert len(hours) == 23
    assert told(rig, since) == truth(rig, since)
    assert set(hours) <= told(rig, since).keys()


def test_an_hour_that_comes_twice_is_shared_out_and_the_day_adds_up(new_ads: NewAds) -> None:
    """02:00 in Madrid on 25 October is 00:00 and 01:00 UTC: one row of the platform."""
    rig = new_ads(world={"flight": WINTER})
    rig.advance(100)
    since = rig.world.market.start
    found, true = told(rig, since), truth(rig, since)
    twice = [datetime(2026, 10, 25, hour, tzinfo=UTC) for hour in (0, 1)]
    assert abs(found[twice[0]] - found[twice[1]]) <= 1
    assert sum(found[hour] for hour in twice) == sum(true[hour] for hour in twice) > 0
    assert {hour: found[hour] for hour in found if hour not in twice} == {
        hour: true[hour] for hour in true if hour not in twice
    }


def test_a_second_hour_that_has_not_begun_gets_nothing(new_ads: NewAds) -> None:
    """Where a platform reports at once: at 01:00 UTC the first of the two is over, and the row is its own."""
    channel = channel_file(reporting_delay_hours=0)
    rig = new_ads(world={"flight": WINTER, "tracks": [{"track_id": "t", "channels": [channel]}]})
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)
    rig.world.market.advance_to(first + HOUR)
    assert told(rig, first) == truth(rig, first)
    assert told(rig, first)[first] > 0
    assert first + HOUR not in told(rig, first)


def test_figures_of_a_doubled_hour_are_shared_like_its_money(new_ads: NewAds) -> None:
    rig = new_ads(world={"flight": WINTER})
    rig.advance(100)
    since = datetime(2026, 10, 25, 0, tzinfo=UTC)
    rows = {row.hour: row for row in rig.platform.figures([rig.ref()], since, timeout=TIMEOUT).hours["search"]}
    true = {row.hour: row for row in rig.account.sandbox.figures([_inside(rig)], since, timeout=1).hours["search"]}
    for figure in ("micros", "clicks", "impressions", "conversions"):
        both = sum(getattr(rows[since + HOUR * number], figure) for number in (0, 1))
        assert both == sum(getattr(true[since + HOUR * number], figure) for number in (0, 1))
    assert rows[since].clicks == rows[since + HOUR].clicks


@pytest.mark.parametrize("flight", [SUMMER, WINTER])
def test_days_are_whole_where_clocks_change(new_ads: NewAds, flight: dict[str, str]) -> None:
    rig = new_ads(world={"flight": flight})
    rig.advance(120)
    first = date.fromisoformat(flight["start"])
    days = rig.platform.days([rig.ref()], first, timeout=TIMEOUT).days["search"]
    hours = told(rig, rig.world.market.start)
    assert sum(row.micros for row in days) == sum(hours.values())
    assert len(days) == 5


def test_an_answer_of_many_pages_is_one(ads: AdsRig) -> None:
    ads.advance(60)
    whole = told(ads, ads.world.market.start)
    ads.server.page = 7
    before = ads.server.operations
    assert told(ads, ads.world.market.start) == whole
    assert ads.server.operations == before + 1
    assert len(ads.server.queries) > 8


def test_a_campaign_that_spent_nothing_is_answered_for_and_an_unknown_one_is_not(ads: AdsRig) -> None:
    since = ads.world.now() + 24 * HOUR
    nowhere = EntityRef("gone", "404", "campaign")
    report = ads.platform.spend([ads.ref(), nowhere], since, timeout=TIMEOUT)
    assert report.hours == {"search": ()}


@pytest.mark.parametrize("kind", ["spend", "figures"])
def test_what_is_no_campaign_is_never_put_into_a_query(ads: AdsRig, kind: str) -> None:
    odd = EntityRef("odd", "1) OR (campaign.id > 0", "campaign")
    report = getattr(ads.platform, kind)([odd, ads.ref()], ads.world.market.start, timeout=TIMEOUT)
    assert report.hours.keys() == {"search"}
    assert not any("OR" in query.split() for query in ads.server.queries)


def test_busy_hours_say_what_came_of_them(new_ads: NewAds) -> None:
    rig = new_ads(world={"tracks": [{"track_id": "t", "channels": [channel_file(**BUSY)]}]})
    rig.advance(30)
    rows = rig.platform.figures([rig.ref()], rig.world.market.start, timeout=TIMEOUT).hours["search"]
    assert sum(row.conversions for row in rows) > 10
    assert all(row.clicks > 0 for row in rows)
