"""Changing settings on Meta: where each is written, what is refused, and what nobody can say landed."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Lock
from typing import Any

import pytest

from common.domain.change import Setting, Value
from common.domain.money import MICROS
from common.domain.trouble import TroubleKind
from common.ports.ad_platform import EntityRef, PlatformChange, PlatformRefused, PlatformUnavailable
from common.ports.urgency import urgently
from sandbox.servers.meta import Shape
from sandbox.servers.meta.faults import error
from tests.unit.adapters.meta.meta_rig import BIDS, TIMEOUT, Account, account

APART = {"excluded_geo_locations": {"custom_locations": [{"latitude": 40.4, "longitude": -3.7, "radius": 10}]}}


def down(mode: str) -> dict[str, Any]:
    at = {"at": "2026-06-01T00:00", "until": "2026-06-02T00:00"}
    return {"kind": "platform_error", "platform": "meta", "mode": mode, **at}


def posts(meta: Account) -> list[str]:
    return [one for one in meta.server.asked if one == "POST "]


@pytest.mark.parametrize("shape", [Shape.CAMPAIGN, Shape.AD_SET])
def test_a_daily_budget_is_written_where_it_lies(shape: Shape) -> None:
    with account(shape=shape) as meta:
        answer = meta.set(Setting.DAILY_BUDGET, 90 * MICROS)
        assert (answer.ok, answer.request_id) == (True, "TraceOfAnItem")
        assert meta.values()[Setting.DAILY_BUDGET] == 90 * MICROS
        assert meta.world.market.live("t/search").daily_budget == 90


@pytest.mark.parametrize(
    ("shape", "said"), [(Shape.AD_SETS, "name those in the manifest"), (Shape.LIFETIME, "has a lifetime budget")]
)
def test_a_budget_that_lies_elsewhere_is_refused_and_says_where_it_lies(shape: Shape, said: str) -> None:
    with account(shape=shape) as meta:
        answer = meta.set(Setting.DAILY_BUDGET, 90 * MICROS)
        assert (answer.ok, answer.code) == (False, "invalid_value")
        assert said in (answer.detail or "")
        assert meta.world.market.live("t/search").daily_budget == 100


def test_one_ad_sets_budget_moves_and_the_others_stays() -> None:
    with account(shape=Shape.AD_SETS) as meta:
        assert meta.set(Setting.DAILY_BUDGET, 80 * MICROS, meta.ad_set(0)).ok
        assert meta.values(meta.ad_set(0))[Setting.DAILY_BUDGET] == 80 * MICROS
        assert meta.values(meta.ad_set(1))[Setting.DAILY_BUDGET] == 50 * MICROS
        assert meta.world.market.live("t/search").daily_budget == 130


def test_an_ad_set_is_paused_for_itself_and_the_campaign_stops_with_its_last() -> None:
    with account(shape=Shape.AD_SETS) as meta:
        first, second = meta.ad_set(0), meta.ad_set(1)
        assert meta.set(Setting.STATUS, "paused", first).ok
        assert [meta.values(one)[Setting.STATUS] for one in (first, second, meta.ref())] == [
            "paused",
            "enabled",
            "enabled",
        ]
        assert meta.values(first)[Setting.DAILY_BUDGET] == 50 * MICROS
        assert meta.world.market.live("t/search").daily_budget == 50
        assert meta.set(Setting.STATUS, "paused", second).ok
        assert meta.world.market.live("t/search").status == "paused"
        assert meta.values()[Setting.STATUS] == "enabled"
        assert [answer.ok for answer in meta.write(*((one, Setting.STATUS, "enabled") for one in (first, second)))] == [
            True
        ] * 2
        assert meta.world.market.live("t/search").daily_budget == 100
        assert meta.world.market.live("t/search").status == "enabled"


def test_a_bid_goes_to_every_ad_set() -> None:
    with account(**BIDS, shape=Shape.CAMPAIGN) as meta:
        assert meta.set(Setting.BID_TARGET, 3_500_000).ok
        assert [meta.values(meta.ad_set(number))[Setting.BID_TARGET] for number in (0, 1)] == [3_500_000] * 2


def test_places_are_left_out_by_name_and_what_has_no_name_stays() -> None:
    with account(shape=Shape.CAMPAIGN) as meta:
        first, second = (meta.ad_set(number).external_id for number in (0, 1))
        for external in (first, second):
            meta.server.objects.extra_targeting[external] = APART["excluded_geo_locations"]
        wanted = ("AB", "AD", "Comunidad de Madrid")
        assert meta.set(Setting.EXCLUDED_GEOS, wanted).ok
        assert meta.values()[Setting.EXCLUDED_GEOS] == wanted
        for external in (first, second):
            spec = meta.server.objects.body(external)["targeting"]
            assert spec["excluded_geo_locations"].items() >= APART["excluded_geo_locations"].items()
            assert spec["age_min"] == 18
        assert meta.set(Setting.EXCLUDED_GEOS, ("AD", "Comunidad de Madrid")).ok
        assert meta.world.market.live("t/search").excluded_geos == {"geo-3"}
        assert meta.set(Setting.EXCLUDED_GEOS, ()).ok
        assert meta.values()[Setting.EXCLUDED_GEOS] == ()


@pytest.mark.parametrize(("country", "ok"), [("ES", False), ("CL", True), (None, False)])
def test_a_region_whose_name_others_have_too_is_meant_in_the_tenants_country_only(
    country: str | None, ok: bool
) -> None:
    with account() as meta:
        change = PlatformChange(meta.ref(), Setting.EXCLUDED_GEOS, (), ("Santiago",))
        (answer,) = meta.reopened(country=country).apply("key", [change], timeout=TIMEOUT)
        assert (answer.ok, answer.code) == (ok, None if ok else "invalid_value")


def test_ad_sets_that_leave_out_different_places_are_not_made_the_same() -> None:
    with account(shape=Shape.CAMPAIGN) as meta:
        assert meta.set(Setting.EXCLUDED_GEOS, ("AC",), meta.ad_set(1)).ok
        assert Setting.EXCLUDED_GEOS not in meta.values()
        answer = meta.set(Setting.EXCLUDED_GEOS, ("AB",))
        assert (answer.ok, answer.code) == (False, "invalid_value")
        assert meta.values(meta.ad_set(1))[Setting.EXCLUDED_GEOS] == ("AC",)


@pytest.mark.parametrize(
    ("setting", "after", "code"),
    [
        (Setting.DAILY_BUDGET, 90_005_000, "invalid_value"),
        (Setting.DAILY_BUDGET, 0, "budget_below_minimum"),
        (Setting.DAILY_BUDGET, 10_000, "budget_below_minimum"),
        (Setting.DAILY_BUDGET, None, "invalid_value"),
        (Setting.TOTAL_BUDGET, 0, "budget_below_minimum"),
        (Setting.TOTAL_BUDGET, 99 * MICROS, "budget_below_minimum"),
        (Setting.TOTAL_BUDGET, 700_000_001, "invalid_value"),
        (Setting.BID_TARGET, 4 * MICROS, "invalid_value"),
        (Setting.STATUS, "DELETED", "invalid_value"),
        (Setting.EXCLUDED_GEOS, ("atlantis",), "invalid_value"),
        (Setting.EXCLUDED_GEOS, "AB", "invalid_value"),
        (Setting.ALLOCATION, 5 * MICROS, "invalid_value"),
    ],
)
def test_what_meta_can_not_hold_is_answered_and_changes_nothing(setting: Setting, after: Value, code: str) -> None:
    with account() as meta:
        before = meta.values()
        answer = meta.set(setting, after)
        assert (answer.ok, answer.code) == (False, code)
        assert answer.detail
        assert meta.values() == before


@pytest.mark.parametrize("setting", [Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET])
def test_a_budget_of_zero_is_not_even_asked_about_since_for_meta_it_is_none(setting: Setting) -> None:
    with account() as meta:
        assert not meta.set(setting, 0).ok
        assert len(posts(meta)) == 1, "only a look"


@pytest.mark.parametrize(("currency", "fits"), [("JPY", 90), ("HUF", 90), ("TWD", 90), ("EUR", 90)])
def test_amounts_are_in_the_unit_that_meta_has_for_the_currency(currency: str, fits: int) -> None:
    """A forint, rupiah or Taiwan dollar has no hundredths there, though ISO has them."""
    with account(scenario={"currency": currency}) as meta:
        assert meta.set(Setting.DAILY_BUDGET, fits * MICROS).ok
        assert meta.values()[Setting.DAILY_BUDGET] == fits * MICROS
        assert meta.world.market.live("t/search").daily_budget == fits
        half = meta.set(Setting.DAILY_BUDGET, fits * MICROS + MICROS // 2)
        assert half.ok == (currency == "EUR")


def test_what_is_live_already_is_not_sent_again() -> None:
    with account() as meta:
        assert meta.set(Setting.DAILY_BUDGET, 90 * MICROS).ok
        sent = len(posts(meta))
        assert meta.set(Setting.DAILY_BUDGET, 90 * MICROS).ok
        assert len(posts(meta)) == sent + 1, "only a look"


def test_the_same_change_set_after_a_time_out_that_landed_changes_nothing_more() -> None:
    with account(down("timeout_after_apply")) as meta:
        changes = [(meta.ref(), Setting.DAILY_BUDGET, 90 * MICROS), (meta.ref(), Setting.STATUS, "paused")]
        with pytest.raises(PlatformUnavailable) as raised:
            meta.write(*changes)
        assert raised.value.trouble is not None
        assert raised.value.trouble.kind is TroubleKind.UNKNOWN
        history = list(meta.world.market.changes("t/search"))
        assert [answer.ok for answer in meta.write(*changes)] == [True, True]
        assert meta.world.market.changes("t/search") == history
        assert (history[0].value, history[1].value) == (90, "paused")


def test_success_that_changed_nothing_is_not_what_the_platform_shows() -> None:
    with account() as meta:
        meta.server.faults.ignores_writes = True
        assert meta.set(Setting.DAILY_BUDGET, 90 * MICROS).ok
        assert meta.values()[Setting.DAILY_BUDGET] == 100 * MICROS


@pytest.mark.parametrize(
    "item",
    [
        None,
        {},
        {"code": 500, "body": '{"error": {"code": 960}}'},
        {"code": 500, "body": {"error": {"message": "no code"}}},
        {"code": 503, "body": "not JSON"},
        {"code": 200, "body": None},
        {"code": 200, "body": '{"success": false}'},
        {"code": 200, "body": "[]"},
        {"body": '{"success": true}'},
    ],
)
def test_an_item_without_a_clear_answer_leaves_the_outcome_unknown(item: Any) -> None:
    with account() as meta:
        meta.server.faults.items = {1: item}
        with pytest.raises(PlatformUnavailable) as raised:
            meta.write((meta.ref(), Setting.DAILY_BUDGET, 90 * MICROS), (meta.ref(), Setting.STATUS, "paused"))
        assert raised.value.trouble is not None
        assert raised.value.trouble.kind is TroubleKind.UNKNOWN
        assert meta.values()[Setting.STATUS] == "paused"


def test_an_item_that_was_refused_is_answered_for_itself_whatever_form_it_comes_in() -> None:
    for body in (error(613, 1487632)[1], '{"error": {"code": 613, "error_subcode": 1487632, "fbtrace_id": "AbCd"}}'):
        with account() as meta:
            meta.server.faults.items = {0: {"code": 400, "headers": [], "body": body}}
            first, second = meta.write(
                (meta.ref(), Setting.DAILY_BUDGET, 90 * MICROS), (meta.ref(), Setting.STATUS, "paused")
            )
            assert (first.ok, first.code, second.ok) == (False, "quota_exhausted", True)
            assert first.request_id in ("A613t1487632", "AbCd")


def test_a_fifth_budget_change_in_an_hour_waits_an_hour() -> None:
    with account() as meta:
        amounts: Sequence[int] = (91, 92, 93, 94, 95)
        answers = [meta.set(Setting.DAILY_BUDGET, amount * MICROS) for amount in amounts]
        assert [answer.ok for answer in answers] == [True] * 4 + [False]
        assert answers[-1].code == "quota_exhausted"
        meta.world.market.advance(timedelta(hours=1))
        assert meta.set(Setting.DAILY_BUDGET, 95 * MICROS).ok


def test_a_token_that_dies_in_mid_run_is_a_persons_matter_and_a_new_one_is_read_again() -> None:
    with account() as meta:
        assert meta.values()
        meta.server.faults.dead_token = 463
        with pytest.raises(PlatformRefused) as refused:
            meta.set(Setting.DAILY_BUDGET, 90 * MICROS)
        assert refused.value.code == "token_expired"
        with pytest.raises(PlatformUnavailable) as silent:
            meta.values()
        assert silent.value.trouble is not None
        assert (silent.value.trouble.kind, silent.value.trouble.code) == (TroubleKind.PERSON, "token_expired")
        meta.server.faults.dead_token = None
        meta.world.market.advance(timedelta(minutes=10))  # the account is left alone meanwhile
        assert meta.values()[Setting.DAILY_BUDGET] == 100 * MICROS


def test_a_shut_account_takes_nothing() -> None:
    with account() as meta:
        meta.server.faults.account_status = 2
        assert meta.values()
        with pytest.raises(PlatformRefused, match="is shut on Meta") as refused:
            meta.set(Setting.DAILY_BUDGET, 90 * MICROS)
        assert refused.value.code == "account_disabled"


def test_a_campaign_that_was_deleted_is_missing_and_the_other_is_changed() -> None:
    with account() as meta:
        meta.server.faults.deleted.add("t/social")
        gone, there = meta.write(
            (meta.ref("t/social"), Setting.STATUS, "paused"), (meta.ref(), Setting.STATUS, "paused")
        )
        assert (gone.ok, gone.code, there.ok) == (False, "entity_missing", True)


def test_an_id_that_could_never_be_metas_is_never_put_into_an_address() -> None:
    with account() as meta:
        strange = EntityRef("strange", "1/../me?fields=x", "campaign")
        answer = meta.set(Setting.STATUS, "paused", strange)
        assert (answer.ok, answer.code) == (False, "entity_missing")
        assert not any("me" in call for call in meta.server.asked)


def test_a_client_waits_no_longer_than_it_was_told() -> None:
    lock = Lock()
    with account(lock=lock) as meta:
        assert meta.values()
        with lock, pytest.raises(PlatformUnavailable) as raised:
            meta.platform.live([meta.ref()], timeout=0.3)
        assert raised.value.trouble is not None
        assert raised.value.trouble.code == "timed_out"
        assert meta.values()


def test_many_clients_at_once_each_find_what_they_wrote() -> None:
    with account(**BIDS) as meta:
        wrote: dict[Setting, list[Value]] = {
            Setting.BID_TARGET: [target * 100_000 for target in range(30, 38)],
            Setting.STATUS: ["paused", "enabled"] * 4,
            Setting.EXCLUDED_GEOS: [("AB",), ("AC", "AD")] * 4,
        }

        def client(setting: Setting) -> list[Value]:
            found: list[Value] = []
            for after in wrote[setting]:
                assert meta.set(setting, after).ok
                found.append(meta.values()[setting])
            return found

        with ThreadPoolExecutor(len(wrote)) as pool:
            assert dict(zip(wrote, pool.map(client, wrote), strict=True)) == wrote


def test_more_changes_than_one_batch_holds_go_in_several() -> None:
    with account(ads=60) as meta:
        refs = [meta.ref(f"t/search/ad-{number}", "ad") for number in range(1, 61)]
        answers = meta.write(*((ref, Setting.STATUS, "paused") for ref in refs))
        assert all(answer.ok for answer in answers)
        assert len(meta.world.market.live("t/search").paused_ads) == 60
        assert len(posts(meta)) == 6, "two to look, two to validate, two to write"


def test_what_stops_spending_is_not_rehearsed() -> None:
    """A rehearsal that came to nothing would leave a pause unsent until its lease ends."""
    with account() as meta:
        meta.values()
        before = len(posts(meta))
        assert meta.set(Setting.STATUS, "paused").ok
        calm = len(posts(meta)) - before
        with urgently():
            assert meta.set(Setting.STATUS, "enabled").ok
        assert len(posts(meta)) - before - calm == calm - 1
        assert meta.values()[Setting.STATUS] == "enabled"
