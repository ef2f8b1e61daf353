"""What every platform adapter must tell of the geos and ads of a campaign, and how an ad is turned off and on."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from common.domain.change import Setting, Value
from common.domain.figures import PartFigures
from common.domain.money import MICROS
from common.ports.ad_platform import Answer, EntityRef, PlatformUnavailable
from tests.contract.market_rig import BUSY, GONE, PLATFORM, SEARCH, TENANT, TIMEOUT, NewRig, Rig

JUNE = date(2026, 6, 1)
NEXT = JUNE + timedelta(days=1)
AD_1, AD_2 = (EntityRef(f"search.ad-{number}", f"t/search/ad-{number}", "ad") for number in (1, 2))
PARTS = [pytest.param(what, marks=pytest.mark.has(what)) for what in ("geos", "ads")]
pytestmark = pytest.mark.has("platforms")


def asked(rig: Rig, what: str, *refs: EntityRef, first: date = JUNE, last: date = NEXT) -> Mapping[str, Any]:
    platform = rig.platforms(TENANT, PLATFORM[refs[0].entity_id])
    return getattr(platform, what)(refs, first, last, timeout=TIMEOUT)


def of(rig: Rig, what: str, first: date = JUNE, last: date = NEXT) -> tuple[PartFigures, ...]:
    return asked(rig, what, SEARCH, first=first, last=last)["search"]


def status(rig: Rig, ad: EntityRef) -> Value:
    (live,) = rig.platforms(TENANT, "google_ads").live([ad], timeout=TIMEOUT).values()
    assert live.values.keys() == {Setting.STATUS}, "an ad has nothing else"
    return live.values[Setting.STATUS]


def turn(rig: Rig, ad: EntityRef, setting: Setting, after: Value) -> Answer:
    (answer,) = rig.write((SEARCH, Setting.STATUS, "enabled"), (ad, setting, after))[1:]
    return answer


@pytest.mark.parametrize("what", PARTS)
def test_the_parts_of_a_campaign_add_up_to_its_days(new_rig: NewRig, what: str) -> None:
    rig = new_rig(**BUSY)
    rig.advance(80)
    parts, days = of(rig, what), rig.days(SEARCH, JUNE)
    whole = [days[JUNE], days[NEXT]]
    near = pytest.approx(sum(day.micros for day in whole), abs=100 + rig.way.rounding * (len(parts) + 2))
    assert sum(part.micros for part in parts) == near
    for figure in ("clicks", "impressions", "conversions"):
        assert sum(getattr(part, figure) for part in parts) == sum(getattr(day, figure) for day in whole) > 0


@pytest.mark.parametrize(
    ("what", "names"),
    [
        pytest.param("geos", {f"geo-{number}" for number in range(1, 5)}, marks=pytest.mark.has("geos")),
        pytest.param("ads", {f"t/search/ad-{number}" for number in range(1, 4)}, marks=pytest.mark.has("ads")),
    ],
)
def test_geos_go_by_their_names_and_ads_by_their_external_ids(rig: Rig, what: str, names: set[str]) -> None:
    rig.advance(30)
    shown = [part.part for part in of(rig, what)]
    assert (set(shown), len(shown)) == (names, len(names))


@pytest.mark.parametrize("what", PARTS)
def test_both_ends_of_the_days_are_meant_and_they_reach_into_the_history(rig: Rig, what: str) -> None:
    rig.advance(60)
    day_by_day = [
        sum(part.micros for part in of(rig, what, day, day)) for day in (JUNE - timedelta(days=1), JUNE, NEXT)
    ]
    assert all(day_by_day)
    together = of(rig, what, JUNE - timedelta(days=1), NEXT)
    near = pytest.approx(sum(day_by_day), abs=100 + rig.way.rounding * 4 * len(together))
    assert sum(part.micros for part in together) == near


@pytest.mark.parametrize("what", PARTS)
def test_a_campaign_that_the_platform_does_not_know_is_absent(rig: Rig, what: str) -> None:
    rig.advance(30)
    assert asked(rig, what, GONE, SEARCH).keys() == {"search"}


@pytest.mark.parametrize("what", PARTS)
def test_a_platform_that_is_down_tells_nothing_of_parts(new_rig: NewRig, what: str) -> None:
    down = {"kind": "platform_error", "platform": "google_ads", "at": "2026-06-01T00:00", "mode": "unavailable"}
    rig = new_rig({**down, "until": "2026-06-02T00:00"})
    with pytest.raises(PlatformUnavailable):
        asked(rig, what, SEARCH)


@pytest.mark.has("ads")
def test_an_ad_is_turned_off_and_on_and_its_share_goes_to_the_others_meanwhile(rig: Rig) -> None:
    assert (status(rig, AD_1), status(rig, AD_2)) == ("enabled", "enabled")
    assert turn(rig, AD_1, Setting.STATUS, "paused").ok
    assert (status(rig, AD_1), status(rig, AD_2)) == ("paused", "enabled")
    rig.advance(30)
    shown = {part.part: part.micros for part in of(rig, "ads", JUNE, JUNE)}
    assert shown.get("t/search/ad-1", 0) == 0
    assert sum(shown.values()) > 50 * MICROS
    assert turn(rig, AD_1, Setting.STATUS, "enabled").ok
    assert status(rig, AD_1) == "enabled"


@pytest.mark.has("ads")
@pytest.mark.parametrize(("setting", "after"), [(Setting.DAILY_BUDGET, 1), (Setting.STATUS, "dormant")])
def test_what_an_ad_can_not_have_is_answered_and_changes_nothing(rig: Rig, setting: Setting, after: Value) -> None:
    answer = turn(rig, AD_1, setting, after)
    assert (answer.ok, answer.code) == (False, "invalid_value")
    assert status(rig, AD_1) == "enabled"


@pytest.mark.has("geos", "excluded_geos")
def test_an_excluded_geo_shows_nothing_more(rig: Rig) -> None:
    rig.write((SEARCH, Setting.EXCLUDED_GEOS, ("geo-2",)))
    rig.advance(30)
    shown = {part.part: part.micros for part in of(rig, "geos", JUNE, JUNE)}
    assert shown.get("geo-2", 0) == 0
    assert sum(shown.values()) > 50 * MICROS
