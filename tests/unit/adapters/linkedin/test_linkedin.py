"""LinkedIn's campaigns: what is shown, what is written, whose days its days are, and what an account needs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.adapters.platforms import linkedin
from common.domain.calendar import HOUR
from common.domain.change import Setting, Value
from common.domain.money import MICROS
from common.domain.trouble import TroubleKind
from common.ports.ad_platform import EntityRef, PlatformChange, PlatformUnavailable
from tests.contract.market_rig import BUSY
from tests.contract.ways.linkedin import opening
from tests.unit.adapters.linkedin.linkedin_rig import CAMPAIGNS, JUNE, MIDNIGHT, TIMEOUT, Rig, rig_of

DAILY, TOTAL, STATUS = Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET, Setting.STATUS


def shows(rig: Rig, **fields: Any) -> None:
    rig.server.shown[rig.ref.external_id] = fields


@pytest.mark.parametrize(
    ("shown", "status"),
    [("ACTIVE", "enabled"), ("PAUSED", "paused"), ("DRAFT", "paused"), ("COMPLETED", "paused")],
)
def test_a_campaign_delivers_or_does_not(shown: str, status: str) -> None:
    with rig_of() as rig:
        shows(rig, status=shown)
        assert (rig.values() or {})[STATUS] == status


@pytest.mark.parametrize("shown", ["ARCHIVED", "CANCELED", "PENDING_DELETION", "REMOVED"])
def test_what_was_deleted_is_absent_and_not_written_but_its_past_is_still_told(shown: str) -> None:
    with rig_of(hours=58, **BUSY) as rig:
        before = rig.days()
        shows(rig, status=shown)
        assert rig.values() is None
        answer = rig.write(STATUS, "enabled")
        assert (answer.ok, answer.code) == (False, "entity_missing")
        assert rig.patches() == []
        assert rig.days() == before


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ({}, {DAILY: 100 * MICROS, TOTAL: None}),
        ({"dailyBudget": {"amount": "18", "currencyCode": "EUR"}}, {DAILY: 18 * MICROS, TOTAL: None}),
        ({"totalBudget": {"amount": "700.50", "currencyCode": "EUR"}}, {DAILY: 100 * MICROS, TOTAL: 700_500_000}),
        (
            {"dailyBudget": None, "totalBudget": {"amount": "9", "currencyCode": "EUR"}},
            {DAILY: None, TOTAL: 9 * MICROS},
        ),
        ({"dailyBudget": None}, {}),
    ],
)
def test_a_budget_that_a_campaign_does_not_have_is_none_and_where_none_is_shown_nothing_is_said(
    fields: dict[str, Any], values: dict[Setting, Value]
) -> None:
    """A campaign has one of them at least; where its group holds the budget it shows neither."""
    with rig_of() as rig:
        shows(rig, **fields)
        assert rig.values() == {STATUS: "enabled", **values}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"account": "urn:li:sponsoredAccount:500000009"}, "wrong_account"),
        ({"account": None}, "wrong_account"),
        ({"id": 7}, "wrong_account"),
        ({"status": "ON_HOLIDAY"}, "bad_answer"),
        ({"status": None}, "bad_answer"),
        ({"dailyBudget": {"amount": "18", "currencyCode": "USD"}}, "bad_answer"),
        ({"dailyBudget": {"amount": "-18", "currencyCode": "EUR"}}, "bad_answer"),
        ({"dailyBudget": {"amount": 18, "currencyCode": "EUR"}}, "bad_answer"),
        ({"dailyBudget": "18"}, "bad_answer"),
    ],
)
def test_a_campaign_that_can_not_be_read_is_no_answer_rather_than_absent(fields: dict[str, Any], code: str) -> None:
    """Absent would mean that it was deleted."""
    with rig_of() as rig:
        shows(rig, **fields)
        with pytest.raises(PlatformUnavailable) as raised:
            rig.values()
        assert raised.value.trouble is not None
        assert raised.value.trouble.code == code


def test_of_another_account_nothing_is_shown_and_an_ad_is_no_campaign() -> None:
    with rig_of() as rig:
        other = EntityRef("social", rig.server.external_id("t/social"), "campaign")
        ad = EntityRef("ad", rig.ref.external_id, "ad")
        word = EntityRef("word", "t/search", "campaign")
        assert rig.opened().live([other, ad, word], timeout=TIMEOUT) == {}


@pytest.mark.parametrize(
    ("setting", "after"),
    [
        (DAILY, 12_345_678),
        (DAILY, -MICROS),
        (DAILY, None),
        (DAILY, "100"),
        (TOTAL, 1),
        (STATUS, "ACTIVE"),
        (STATUS, None),
        (Setting.BID_TARGET, 2 * MICROS),
        (Setting.EXCLUDED_GEOS, ()),
    ],
)
def test_what_linkedin_can_not_hold_is_refused_before_anything_is_sent(setting: Setting, after: Value) -> None:
    with rig_of() as rig:
        before = rig.values()
        answer = rig.write(setting, after)
        assert (answer.ok, answer.code) == (False, "invalid_value")
        assert answer.detail
        assert (rig.patches(), rig.values()) == ([], before)


def test_changes_of_a_campaign_go_out_as_one_patch_and_what_is_refused_does_not_hold_up_the_rest() -> None:
    with rig_of() as rig:
        wanted: list[tuple[Setting, Value]] = [(DAILY, 1), (DAILY, 90_500_000), (STATUS, "paused"), (TOTAL, None)]
        changes = [PlatformChange(rig.ref, setting, None, after) for setting, after in wanted]
        answers = rig.opened().apply("key", changes, timeout=TIMEOUT)
        assert [answer.ok for answer in answers] == [False, True, True, True]
        assert answers[1].request_id == "AAYx/patch=="
        amount = {"amount": "90.5", "currencyCode": "EUR"}
        patch = {"$set": {"dailyBudget": amount, "status": "PAUSED"}, "$delete": ["totalBudget"]}
        assert rig.patches() == [{rig.ref.external_id: {"patch": patch}}]
        assert rig.values() == {DAILY: 90_500_000, TOTAL: None, STATUS: "paused"}


def test_a_daily_budget_under_the_minimum_is_called_so() -> None:
    with rig_of() as rig:
        answer = rig.write(DAILY, 9 * MICROS)
        assert (answer.ok, answer.code) == (False, "budget_below_minimum")


def test_many_campaigns_are_asked_for_in_several_requests() -> None:
    with rig_of() as rig:
        many = [EntityRef(f"e{number}", str(700_000_000 + number), "campaign") for number in range(120)]
        assert rig.opened().live([*many, rig.ref], timeout=TIMEOUT).keys() == {"search"}
        asked = [request.path.count(",") + 1 for request in rig.server.requests if CAMPAIGNS in request.path]
        assert sorted(asked) == [21, 50, 50]


def test_a_server_on_this_machine_gets_no_token() -> None:
    with rig_of() as rig:
        rig.values()
        assert rig.server.requests
        assert not any("authorization" in request.headers for request in rig.server.requests)


@pytest.mark.parametrize(
    ("zone", "hours", "until"),
    [
        ("UTC", 53.9, "2026-06-02T00:00"),
        ("UTC", 54, "2026-06-03T00:00"),
        ("Europe/Madrid", 54, "2026-06-02T22:00"),
        ("America/New_York", 54, "2026-06-03T04:00"),
        ("Pacific/Honolulu", 54, "2026-06-02T10:00"),
        ("Pacific/Honolulu", 58, "2026-06-03T10:00"),
        ("Pacific/Auckland", 54, "2026-06-02T12:00"),
    ],
)
def test_a_day_is_reported_once_it_is_over_for_linkedin_and_for_the_tenant(zone: str, hours: float, until: str) -> None:
    with rig_of(hours, zone, **BUSY) as rig:
        report = rig.opened().spend([rig.ref], MIDNIGHT - timedelta(days=3), timeout=TIMEOUT)
        assert report.complete_until == datetime.fromisoformat(until).replace(tzinfo=UTC)
        assert report.complete_until <= rig.server.world.now()
        assert max(row.hour for row in report.hours["search"]) == report.complete_until - HOUR


@pytest.mark.parametrize("zone", ["UTC", "Europe/Madrid", "America/New_York"])
def test_a_days_hours_are_equal_parts_that_add_up_to_it_to_the_micro(zone: str) -> None:
    with rig_of(58, zone, **BUSY) as rig:
        rows = {row.day: row for row in rig.days() or ()}
        start, end = rig.server.world.market.hours.calendar.bounds(JUNE)
        spend = rig.opened().spend([rig.ref], start, timeout=TIMEOUT).hours["search"]
        hours = [row for row in spend if row.hour < end]
        assert (len(hours), hours[0].hour) == (24, start)
        assert sum(row.micros for row in hours) == rows[JUNE].micros > 0
        assert max(row.micros for row in hours) - min(row.micros for row in hours) <= 1


def test_what_is_visible_of_a_day_under_way_is_in_no_hour_and_what_nobody_can_tell_is_not_answered_for() -> None:
    with rig_of(hours=58, **BUSY) as rig:
        today = JUNE + timedelta(days=2)
        assert [row.day for row in rig.days() or ()] == [JUNE, JUNE + timedelta(days=1), today]
        report = rig.opened().spend([rig.ref], MIDNIGHT + timedelta(days=2), timeout=TIMEOUT)
        assert report.hours == {"search": ()}
        assert rig.opened().figures([rig.ref], MIDNIGHT, timeout=TIMEOUT).hours == {}
        assert rig.opened().geos([rig.ref], JUNE, today, timeout=TIMEOUT) == {}
        assert rig.opened().ads([rig.ref], JUNE, today, timeout=TIMEOUT) == {}


def test_who_changed_a_campaign_last_is_told_where_linkedin_does() -> None:
    with rig_of(hours=5) as rig:
        rig.write(DAILY, 90 * MICROS)
        live = rig.opened().live([rig.ref], timeout=TIMEOUT)["search"]
        assert (live.changed_by, live.changed_at) == ("urn:li:person:AbC1", rig.server.world.now())
        shows(rig, changeAuditStamps={"lastModified": {"actor": "a\nb", "time": -1}})
        live = rig.opened().live([rig.ref], timeout=TIMEOUT)["search"]
        assert (live.changed_by, live.changed_at) == (None, None)


def needs(rig: Rig) -> dict[str, bool]:
    return {need.what: need.met for need in rig.check()}


def test_an_account_that_has_all_it_needs() -> None:
    with rig_of() as rig:
        assert len(needs(rig)) == 4
        assert all(needs(rig).values())


UNMET: list[tuple[Callable[[Rig], Any], str]] = [
    (lambda rig: setattr(rig.server, "currency", "USD"), "wrong_currency"),
    (lambda rig: setattr(rig.server, "account_status", "CANCELED"), "account_disabled"),
    (lambda rig: setattr(rig.server, "role", "VIEWER"), "permission_missing"),
    (lambda rig: rig.answers("adAnalytics", 403, {"status": 403}), "permission_missing"),
    (lambda rig: rig.answers("adAccounts/", 401, {"status": 401, "serviceErrorCode": 65601}), "token_expired"),
    (lambda rig: rig.answers("adAccounts/", 404, {"status": 404}), "account_missing"),
]


@pytest.mark.parametrize(("make", "code"), UNMET)
def test_what_is_missing_is_a_need_and_no_error(make: Callable[[Rig], Any], code: str) -> None:
    with rig_of() as rig:
        make(rig)
        unmet = [need for need in rig.check() if not need.met]
        assert [(need.code, need.required) for need in unmet] == [(code, True)]
        assert unmet[0].said


def test_days_that_are_not_the_tenants_are_said_but_do_not_hold_anything_up() -> None:
    with rig_of(time_zone="Europe/Madrid") as rig:
        assert [(need.code, need.required) for need in rig.check() if not need.met] == [("days_in_utc", False)]


def test_an_account_that_does_not_answer_says_nothing_of_its_needs() -> None:
    with rig_of() as rig:
        rig.answers("", 503, {})
        with pytest.raises(PlatformUnavailable):
            rig.check()


@pytest.mark.parametrize("make", [UNMET[0][0], UNMET[1][0]])
def test_an_account_that_is_not_the_tenants_answers_nothing(make: Callable[[Rig], Any]) -> None:
    with rig_of() as rig:
        make(rig)
        for call in (rig.values, rig.days):
            with pytest.raises(PlatformUnavailable) as raised:
                call()
            assert raised.value.trouble is not None
            assert raised.value.trouble.kind is TroubleKind.PERSON


def test_an_account_that_is_no_number_is_not_asked_for() -> None:
    with rig_of() as rig:
        platform = linkedin.connect(opening(rig.server, "act_12"))
        with pytest.raises(PlatformUnavailable, match="numbers"):
            platform.live([rig.ref], timeout=TIMEOUT)
        assert rig.server.requests == []
