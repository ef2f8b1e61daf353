"""What a connection to Meta needs, each met or not."""

from datetime import timedelta
from typing import Any

import pytest

from common.adapters.platforms import meta
from common.domain.connection import ConnectionState, Need, state_of
from common.ports.ad_platform import PlatformUnavailable
from sandbox.servers.meta import Shape
from sandbox.servers.meta.faults import error
from tests.unit.adapters.meta.meta_rig import BIDS, TIMEOUT, Account, account
from tests.unit.sandbox.scenarios import channel_file


def needs(one: Account) -> dict[str, Need]:
    return {need.code: need for need in meta.check(one.opening, timeout=TIMEOUT)}


def test_an_account_that_has_all_is_connected_and_says_what_was_found() -> None:
    with account(**BIDS, shape=Shape.CAMPAIGN) as one:
        one.server.faults.spend_cap = (500_000, 100_000)
        found = needs(one)
        assert state_of(tuple(found.values())) is ConnectionState.CONNECTED
        assert found.keys() == {
            "permission_ads_read",
            "permission_ads_management",
            "token_lasts",
            "wrong_account",
            "wrong_currency",
            "wrong_time_zone",
            "account_disabled",
            "spend_limit",
            "budget_on_ad_sets",
            "lifetime_budget",
            "learning",
            "conversions_seen",
        }
        assert all(need.said for need in found.values())


@pytest.mark.parametrize(
    ("fault", "code", "state", "said"),
    [
        ({"permissions": ("ads_read",)}, "permission_ads_management", ConnectionState.LIMITED, "lacks ads_management"),
        ({"permissions": ("ads_management",)}, "permission_ads_read", ConnectionState.BROKEN, "lacks ads_read"),
        ({"permissions": ()}, "permission_ads_read", ConnectionState.BROKEN, "make a new one"),
        ({"currency": "USD"}, "wrong_currency", ConnectionState.BROKEN, "is in USD, the tenant in EUR"),
        ({"time_zone": "America/Lima"}, "wrong_time_zone", ConnectionState.BROKEN, "America/Lima"),
        ({"account_id": "99"}, "wrong_account", ConnectionState.BROKEN, "another account"),
        ({"account_status": 2}, "account_disabled", ConnectionState.BROKEN, "is disabled, no reason given"),
        ({"account_status": 3}, "account_disabled", ConnectionState.LIMITED, "a payment is due"),
        ({"account_status": 77}, "account_disabled", ConnectionState.LIMITED, "not known here (77)"),
        ({"spend_cap": (100_000, 95_000)}, "spend_limit", ConnectionState.LIMITED, "50.00 EUR are left"),
    ],
)
def test_what_is_missing_is_named_with_what_to_do(
    fault: dict[str, Any], code: str, state: ConnectionState, said: str
) -> None:
    with account() as one:
        for name, value in fault.items():
            setattr(one.server.faults, name, value)
        found = needs(one)
        assert not found[code].met
        assert said in found[code].said
        assert state_of(tuple(found.values())) is state


@pytest.mark.parametrize(
    ("shape", "code", "said"),
    [
        (Shape.AD_SETS, "budget_on_ad_sets", "t/search have budgets on several ad sets: name the ad sets"),
        (Shape.LIFETIME, "lifetime_budget", "t/search have lifetime budgets"),
    ],
)
def test_budgets_that_can_not_be_paced_are_named(shape: Shape, code: str, said: str) -> None:
    with account(shape=shape) as one:
        found = needs(one)
        assert not found[code].met
        assert said in found[code].said
        assert state_of(tuple(found.values())) is ConnectionState.LIMITED


def test_an_account_that_spends_and_claims_nothing_that_counts_is_told_so() -> None:
    unseen = {"seen_by": {"ga4": 0.85, "platform": 0.0, "crm": 0.4}}
    lines = [channel_file(channel=name, platform="meta", **unseen) for name in ("search", "social")]
    with account(scenario={"tracks": [{"track_id": "t", "channels": lines}]}) as one:
        assert not needs(one)["conversions_seen"].met
        assert "claims no omni_purchase" in needs(one)["conversions_seen"].said
    with account() as one:
        assert needs(one)["conversions_seen"].said == "omni_purchase is claimed"
    with account(scenario={"history_days": 0}) as one:
        assert needs(one)["conversions_seen"].said == "nothing was spent lately"


@pytest.mark.parametrize(("days", "met"), [(3, False), (30, True)])
def test_a_token_that_runs_out_soon_is_told_before(days: int, met: bool) -> None:
    with account() as one:
        one.server.faults.token_ends = int((one.world.now() + timedelta(days=days)).timestamp())
        assert needs(one)["token_lasts"].met == met


def test_of_a_token_that_may_not_ask_when_it_ends_nothing_is_said_but_its_rights_are() -> None:
    with account() as one:
        one.server.faults.token_ends = None
        found = needs(one)
        assert "token_lasts" not in found
        assert found["permission_ads_management"].met


def test_rights_of_which_meta_says_nothing_are_not_taken_for_granted_nor_for_missing() -> None:
    with account() as one:
        one.server.faults.permissions = None
        found = needs(one)
        assert "does not say" in found["permission_ads_management"].said
        assert state_of(tuple(found.values())) is ConnectionState.LIMITED


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (error(190, 460), "token_expired"),
        (error(200), "permission_missing"),
        (error(100, 33), "account_missing"),
        (error(104), "secret_unreadable"),
    ],
)
def test_a_matter_for_a_person_is_a_need_that_is_not_met(fault: Any, code: str) -> None:
    with account() as one:
        one.server.faults.everything = fault
        (need,) = meta.check(one.opening, timeout=TIMEOUT)
        assert (need.code, need.met, need.required) == (code, False, True)
        assert one.server.account_id in need.said


@pytest.mark.parametrize("path", ["debug_token", "me/permissions"])
def test_nor_where_it_does_not_answer_one_of_the_questions(path: str) -> None:
    with account() as one:
        one.server.faults.token_ends = None
        one.server.faults.at[path] = error(2, status=503, transient=True)
        with pytest.raises(PlatformUnavailable):
            meta.check(one.opening, timeout=TIMEOUT)


def test_where_meta_does_not_answer_nothing_is_said_of_the_grants() -> None:
    with account() as one:
        one.server.faults.everything = error(2, status=503, transient=True)
        with pytest.raises(PlatformUnavailable) as raised:
            meta.check(one.opening, timeout=TIMEOUT)
        assert raised.value.trouble is not None
        assert raised.value.trouble.code == "unavailable"
