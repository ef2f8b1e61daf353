"""What is live in an ad account: where budgets lie, bids, places, and what is refused rather than guessed."""

from collections.abc import Mapping
from typing import Any

import pytest

from common.adapters.platforms.meta.failure import MetaFailure
from common.adapters.platforms.meta.nodes import parsed
from common.adapters.platforms.meta.settings import values_of
from common.domain.change import Setting, Value
from common.domain.money import MICROS
from common.ports.ad_platform import EntityRef, PlatformUnavailable
from sandbox.servers.meta import Shape
from sandbox.servers.meta.faults import GONE
from tests.unit.adapters.meta.meta_rig import BIDS, TIMEOUT, account

COMMON = {"id": "1", "account_id": "9", "name": "One", "status": "ACTIVE", "effective_status": "ACTIVE"}


def ad_set(**fields: Any) -> dict[str, Any]:
    return {**COMMON, "bid_strategy": "LOWEST_COST_WITHOUT_CAP", "targeting": {}, **fields}


def campaign(*ad_sets: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    return {**COMMON, **fields, "adsets": {"data": list(ad_sets)}}


def shown(kind: str, body: Any) -> Mapping[Setting, Value]:
    node = parsed(kind, body)
    assert node is not None
    return values_of(node, "EUR")


@pytest.mark.parametrize(
    ("shape", "budget"),
    [(Shape.CAMPAIGN, 100 * MICROS), (Shape.AD_SET, 100 * MICROS), (Shape.AD_SETS, None), (Shape.LIFETIME, None)],
)
def test_a_campaigns_daily_budget_is_its_own_or_its_only_ad_sets(shape: Shape, budget: int | None) -> None:
    with account(shape=shape) as meta:
        assert meta.values().get(Setting.DAILY_BUDGET) == budget
        assert (Setting.DAILY_BUDGET in meta.values()) == (budget is not None)


def test_an_ad_set_with_a_budget_of_its_own_is_named_as_an_entity() -> None:
    with account(shape=Shape.AD_SETS) as meta:
        assert meta.values(meta.ad_set(0))[Setting.DAILY_BUDGET] == 50 * MICROS
        assert Setting.TOTAL_BUDGET not in meta.values(meta.ad_set(0))
    with account(shape=Shape.CAMPAIGN) as meta:
        assert Setting.DAILY_BUDGET not in meta.values(meta.ad_set(0))


CASES: list[tuple[str, Any, Mapping[Setting, Value]]] = [
    ("campaign", campaign(daily_budget="5000"), {Setting.DAILY_BUDGET: 50 * MICROS}),
    ("campaign", campaign(daily_budget=5000), {Setting.DAILY_BUDGET: 50 * MICROS}),
    ("campaign", campaign(ad_set(daily_budget="700")), {Setting.DAILY_BUDGET: 7 * MICROS}),
    ("campaign", campaign(spend_cap="922337203685478"), {Setting.TOTAL_BUDGET: None}),
    ("campaign", campaign(spend_cap="250000"), {Setting.TOTAL_BUDGET: 2500 * MICROS}),
    ("campaign", campaign(status="PAUSED"), {Setting.STATUS: "paused"}),
    ("campaign", campaign(effective_status="WITH_ISSUES"), {Setting.STATUS: "enabled"}),
    ("ad_set", ad_set(bid_strategy="COST_CAP", bid_amount=425), {Setting.BID_TARGET: 4_250_000}),
    ("ad_set", ad_set(bid_strategy="LOWEST_COST_WITH_BID_CAP", bid_amount="10"), {Setting.BID_TARGET: 100_000}),
    (
        "ad_set",
        ad_set(bid_strategy="LOWEST_COST_WITH_MIN_ROAS", bid_constraints={"roas_average_floor": 25000}),
        {Setting.BID_TARGET: 2_500_000},
    ),
    ("ad_set", ad_set(), {Setting.BID_TARGET: None, Setting.EXCLUDED_GEOS: ()}),
    ("ad", COMMON | {"effective_status": "ADSET_PAUSED"}, {Setting.STATUS: "enabled"}),
    (
        "ad_set",
        ad_set(learning_stage_info={"attribution_windows": ["1d_click"]}, status="PAUSED", daily_budget="50000"),
        {Setting.STATUS: "paused", Setting.DAILY_BUDGET: 500 * MICROS},
    ),
]


@pytest.mark.parametrize(("kind", "body", "values"), CASES)
def test_what_meta_shows_is_read_in_micros(kind: str, body: Any, values: Mapping[Setting, Value]) -> None:
    assert shown(kind, body).items() >= values.items()


@pytest.mark.parametrize(
    ("body", "absent"),
    [
        (campaign(ad_set(daily_budget="1"), ad_set(daily_budget="1")), Setting.DAILY_BUDGET),
        (campaign(daily_budget="0", lifetime_budget="500"), Setting.DAILY_BUDGET),
        (campaign(), Setting.BID_TARGET),
        (campaign(), Setting.EXCLUDED_GEOS),
        (campaign(status="IN_REVIEW"), Setting.STATUS),
        (
            campaign(ad_set(bid_strategy="COST_CAP", bid_amount=1), ad_set(bid_strategy="COST_CAP", bid_amount=2)),
            Setting.BID_TARGET,
        ),
        (campaign(ad_set(bid_strategy="SOMETHING_NEW")), Setting.BID_TARGET),
        (campaign(ad_set(bid_strategy="COST_CAP")), Setting.BID_TARGET),
        (
            campaign(ad_set(), ad_set(targeting={"excluded_geo_locations": {"countries": ["PT"]}})),
            Setting.EXCLUDED_GEOS,
        ),
    ],
)
def test_a_setting_without_one_value_is_absent(body: Any, absent: Setting) -> None:
    assert absent not in shown("campaign", body)


@pytest.mark.parametrize("status", ["DELETED", "ARCHIVED"])
@pytest.mark.parametrize("field", ["status", "effective_status"])
def test_what_was_deleted_is_no_object_any_more(status: str, field: str) -> None:
    assert parsed("campaign", campaign(**{field: status})) is None


def test_a_deleted_ad_set_does_not_count() -> None:
    assert shown("campaign", campaign(ad_set(daily_budget="700"), ad_set(daily_budget="1", status="DELETED"))).get(
        Setting.DAILY_BUDGET
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"daily_budget": "5e3"},
        {"daily_budget": -1},
        {"daily_budget": 12.5},
        {"daily_budget": True},
        {"daily_budget": "٣٤"},
        {"daily_budget": "9" * 30},
        {"daily_budget": "9" * 14},
        {"spend_cap": "NaN"},
        {"status": None},
        {"id": 7},
        {"account_id": ""},
        {"adsets": []},
        {"adsets": {"data": [7]}},
        {"bid_strategy": 1},
        {"effective_status": []},
        {"adsets": {"data": [ad_set(targeting={"excluded_geo_locations": {"regions": None}})]}},
        {"adsets": {"data": [ad_set(targeting={"excluded_geo_locations": {"regions": [{"key": "1"}]}})]}},
        {"adsets": {"data": [ad_set(targeting={"excluded_geo_locations": {"cities": [{"name": "A"}]}})]}},
        {"adsets": {"data": [ad_set(targeting={"excluded_geo_locations": {"countries": ["-PT"]}})]}},
    ],
)
def test_what_is_not_as_it_must_be_is_refused_and_not_guessed(fields: Mapping[str, Any]) -> None:
    with pytest.raises(MetaFailure):
        parsed("campaign", {**campaign(), **fields})


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"currency": "USD"}, "wrong_currency"),
        ({"time_zone": "America/Lima"}, "wrong_time_zone"),
        ({"time_zone": "Somewhere/Else"}, "wrong_time_zone"),
        ({"account_id": "99"}, "wrong_account"),
    ],
)
def test_an_account_that_does_not_fit_the_tenant_gives_no_answer_at_all(fault: Mapping[str, Any], code: str) -> None:
    with account() as meta:
        for name, value in fault.items():
            setattr(meta.server.faults, name, value)
        since = meta.world.market.start
        for ask in (
            meta.values,
            lambda: meta.platform.spend([meta.ref()], since, timeout=TIMEOUT),
            lambda: meta.platform.days([meta.ref()], since.date(), timeout=TIMEOUT),
            lambda: meta.set(Setting.STATUS, "paused"),
        ):
            with pytest.raises(PlatformUnavailable) as raised:
                ask()
            assert raised.value.trouble is not None
            assert (raised.value.trouble.kind, raised.value.trouble.code) == ("person", code)
        assert meta.world.market.live("t/search").status == "enabled"


def test_a_time_zone_may_go_by_another_name() -> None:
    with account() as meta:
        meta.server.faults.time_zone = "Europe/Paris"  # the same clock as Madrid's all year
        assert meta.values()


def test_fifty_objects_go_in_one_call_and_one_that_is_gone_holds_up_nobody() -> None:
    with account(ads=60) as meta:
        meta.server.faults.deleted.add("t/social")
        refs = [meta.ref(f"t/search/ad-{number}", "ad") for number in range(1, 61)]
        refs += [
            meta.ref(),
            meta.ref("t/social"),
            EntityRef("gone", "120299999", "campaign"),
            EntityRef("x", "a/b", "ad"),
        ]
        found = meta.platform.live(refs, timeout=TIMEOUT)
        assert found.keys() == {ref.entity_id for ref in refs[:61]}
        assert meta.server.asked == [f"GET {meta.server.account_id}", "POST ", "POST "]


def test_ad_sets_beyond_the_first_page_are_read_too() -> None:
    with account(**BIDS, shape=Shape.AD_SETS) as meta:
        meta.server.faults.page_size = 1
        assert meta.values()[Setting.BID_TARGET] == 4 * MICROS
        assert Setting.DAILY_BUDGET not in meta.values()


def test_a_token_that_lost_the_account_is_not_taken_for_campaigns_that_were_deleted() -> None:
    with account() as meta:
        assert meta.values()
        meta.server.faults.at = dict.fromkeys([meta.ref().external_id, meta.server.account_id], GONE)
        with pytest.raises(PlatformUnavailable, match="or the token's user has no role on it") as raised:
            meta.values()
        assert raised.value.trouble is not None
        assert (raised.value.trouble.kind, raised.value.trouble.code) == ("person", "account_missing")
        del meta.server.faults.at[meta.server.account_id]
        assert meta.platform.live([meta.ref()], timeout=TIMEOUT) == {}


def test_an_answer_about_another_object_than_was_asked_for_is_none() -> None:
    with account() as meta:
        meta.server.faults.mistaken[meta.ref().external_id] = meta.ref("t/social").external_id
        with pytest.raises(PlatformUnavailable, match="about another object"):
            meta.values()


def test_an_object_of_another_account_is_a_matter_for_a_person() -> None:
    with account() as meta:
        meta.values()
        meta.server.objects.account_id = "77"
        with pytest.raises(PlatformUnavailable, match="lies in another account") as raised:
            meta.values()
        assert raised.value.trouble is not None
        assert raised.value.trouble.code == "wrong_account"
