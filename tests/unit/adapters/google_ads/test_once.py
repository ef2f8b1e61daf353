"""The same change set again, after a call of which nobody knows whether it landed: nothing more happens."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from common.adapters.calls import Calls, Judge
from common.adapters.platforms import google_ads
from common.domain.change import Change, Setting, Value
from common.domain.change_set import Outcome
from common.domain.manifest import Manifest
from common.domain.money import MICROS
from common.ports.ad_platform import PlatformUnavailable
from common.ports.urgency import urgently
from common.use_cases.calls import CallUnsettled, send, standing
from sandbox.servers.google_ads import Fault
from sandbox.tenancy import manifests_of
from tests.unit.adapters.google_ads.ads_rig import TIMEOUT, AdsRig

LOST = Fault("DEADLINE_EXCEEDED", lands=True, calls=frozenset({"mutate"}))
GONE = Fault("UNAVAILABLE", calls=frozenset({"mutate"}))
CHANGES: tuple[tuple[str, Setting, Value, Value], ...] = (
    ("search", Setting.DAILY_BUDGET, 100 * MICROS, 90 * MICROS),
    ("search", Setting.STATUS, "enabled", "paused"),
    ("brand", Setting.BID_TARGET, 4 * MICROS, 3 * MICROS),
    ("shop", Setting.EXCLUDED_GEOS, (), ("geo-1,Spain", "geo-3,Spain")),
    ("search.ad-1", Setting.STATUS, "enabled", "paused"),
)


def changes() -> list[Change]:
    """What is to be written."""
    return [Change(entity_id=one, setting=what, before=old, after=new) for one, what, old, new in CHANGES]


def manifest(rig: AdsRig) -> Manifest:
    """The market's entities, as they are called outside."""
    (found,) = manifests_of(rig.world.scenario)
    named: dict[str, Any] = {
        entity_id: one.but(external_id=rig.server.external_id(one.external_id))
        for entity_id, one in found.entities.items()
    }
    return found.but(entities=named)


def test_what_landed_before_the_answer_was_lost_is_found_and_not_written_again(ads: AdsRig) -> None:
    ads.server.fail(LOST)
    first = send(ads.platform, "key-1", changes(), manifest(ads), TIMEOUT)
    assert [one.outcome for one in first] == [Outcome.APPLIED] * len(CHANGES)
    made = len(ads.world.market.changes("t/search"))
    again = standing(ads.platform, changes(), manifest(ads), TIMEOUT)
    assert [one and one.outcome for one in again] == [Outcome.ALREADY] * len(CHANGES)
    before = ads.mutates()
    assert [one.outcome for one in send(ads.platform, "key-1", changes(), manifest(ads), TIMEOUT)] == [
        Outcome.APPLIED
    ] * len(CHANGES)
    assert ads.mutates() == before, "what is so already is not even sent"
    assert len(ads.world.market.changes("t/search")) == made


def test_a_write_that_broke_off_is_unsettled_and_lands_once_when_it_is_sent_again(ads: AdsRig) -> None:
    ads.server.fail(GONE)
    with pytest.raises(CallUnsettled):
        send(ads.platform, "key-1", changes(), manifest(ads), TIMEOUT)
    assert ads.world.market.changes("t/search") == []
    again = send(ads.platform, "key-1", changes(), manifest(ads), TIMEOUT)
    assert [one.outcome for one in again] == [Outcome.APPLIED] * len(CHANGES)
    assert [one.field for one in ads.world.market.changes("t/search")].count("daily_budget") == 1


def test_half_of_it_landing_leaves_the_other_half_to_be_sent(ads: AdsRig) -> None:
    """Somebody else wrote some of the values meanwhile: only the others are sent."""
    ads.world.market.set("t/search", "daily_budget", 90)
    ads.world.market.set("t/shop", "excluded_geos", frozenset({"geo-1"}))
    results = send(ads.platform, "key-1", changes(), manifest(ads), TIMEOUT)
    assert [one.outcome for one in results] == [Outcome.APPLIED] * len(CHANGES)
    assert ads.mutates() == 2 * 4, "status, target, one place and the ad; each validated first"
    assert ads.world.market.live("t/shop").excluded_geos == {"geo-1", "geo-3"}


def test_a_write_by_somebody_else_between_validating_and_sending_fails_alone(ads: AdsRig) -> None:
    """The platform refuses one of two writes of the same thing; that one is answered, and may come again."""
    ads.server.fail(Fault("ABORTED", [dict(_RACE)], calls=frozenset({"mutate"})), None)
    results = send(ads.platform, "key-1", changes()[:1], manifest(ads), TIMEOUT)
    assert [(one.outcome, one.code) for one in results] == [(Outcome.FAILED, "concurrent_modification")]
    assert ads.value(Setting.DAILY_BUDGET) == 100 * MICROS


_RACE = {"error_code": {"database_error": "CONCURRENT_MODIFICATION"}, "message": "At the same time."}


class Meanwhile(Calls):
    """Calls between which, once a reading one is answered, something else happens: once."""

    then: Callable[[], object] | None = None

    def read(self, call: Callable[[float], Any], judge: Judge, *, timeout: float, cost: int = 1) -> Any:
        answer = super().read(call, judge, timeout=timeout, cost=cost)
        then, self.then = self.then, None
        if then is not None:
            then()
        return answer


def test_what_another_thread_was_told_before_the_write_is_not_what_is_read_back(ads: AdsRig) -> None:
    """Else a write that landed would be taken for one that did not, and what it took would be given back."""
    calls = Meanwhile("google_ads 1", ads.opening.clock)
    platform = google_ads.connect(replace(ads.opening, calls=calls))
    platform.live([ads.ref("search"), ads.ref("brand")], timeout=TIMEOUT)
    ads.advance(1)
    calls.then = lambda: platform.apply("key", [ads.change(Setting.STATUS, "paused")], timeout=TIMEOUT)
    platform.live([ads.ref("brand")], timeout=TIMEOUT)
    assert platform.live([ads.ref("search")], timeout=TIMEOUT)["search"].values[Setting.STATUS] == "paused"


def test_what_stops_spending_goes_out_where_validating_comes_to_nothing(ads: AdsRig) -> None:
    """Else a pause that surely was not sent would wait until its lease ends, as if it had been."""
    ads.server.fail(Fault("UNAVAILABLE", calls=frozenset({"validate"})), None)
    with pytest.raises(PlatformUnavailable):
        ads.write(ads.change(Setting.STATUS, "paused"))
    with urgently():
        assert ads.write(ads.change(Setting.STATUS, "paused"))[0].ok
    assert ads.world.market.live("t/search").status == "paused"


def test_what_is_odd_about_another_campaign_holds_up_no_write(ads: AdsRig) -> None:
    """Both were asked for by one search, a moment ago."""
    ads.live("search", "brand")
    ads.advance(1)
    ads.account.strategies["t/brand"] = "TARGET_ROAS"
    ads.world.market.set("t/brand", "bid_target", 4e6)
    assert ads.live("search")
    assert ads.write(ads.change(Setting.STATUS, "paused"))[0].ok
