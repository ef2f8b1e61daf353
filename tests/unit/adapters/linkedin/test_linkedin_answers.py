"""What LinkedIn's errors and odd answers come to: who must act, and never a number that was not in them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from time import sleep
from typing import Any

import pytest

from common.adapters.platforms import linkedin
from common.domain.change import Setting
from common.domain.money import MICROS
from common.domain.trouble import TroubleKind
from common.ports.ad_platform import PlatformRefused, PlatformUnavailable
from sandbox.servers.json_server import Dropped, Reply, Request
from tests.contract.market_rig import BUSY
from tests.contract.ways.linkedin import opening
from tests.unit.adapters.linkedin.linkedin_rig import CAMPAIGNS, REPORT, TIMEOUT, Rig, rig_of

BUDGET = Setting.DAILY_BUDGET
LATER, PERSON, OURS, UNKNOWN = TroubleKind.LATER, TroubleKind.PERSON, TroubleKind.OURS, TroubleKind.UNKNOWN
PRIVATE = "AQXdSP_W41_UPs5ioT_t8HESyODB4FqbkJ8LrV_5mff4gPODzOYR"


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A market in the tenth hour of its third day."""
    with rig_of(hours=58, **BUSY) as made:
        yield made


def error(status: int, code: str, service: int | None = None, message: str = PRIVATE) -> dict[str, Any]:
    return {"status": status, "code": code, "serviceErrorCode": service, "message": message}


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, error(401, "INVALID_ACCESS_TOKEN", 65600), PERSON, "token_expired"),
        (401, error(401, "REVOKED_ACCESS_TOKEN", 65601), PERSON, "token_expired"),
        (401, error(401, "EXPIRED_ACCESS_TOKEN", 65602), PERSON, "token_expired"),
        (403, error(403, "ACCESS_DENIED", 100), PERSON, "permission_missing"),
        (404, error(404, "RESOURCE_NOT_FOUND"), PERSON, "account_missing"),
        (426, error(426, "NONEXISTENT_VERSION"), OURS, "version_retired"),
        (400, error(400, "ILLEGAL_ARGUMENT"), OURS, "invalid_value"),
        (429, error(429, "TOO_MANY_REQUESTS", 101), LATER, "rate_limited"),
        (500, error(500, "INTERNAL_SERVER_ERROR"), LATER, "unavailable"),
        (502, b"<html>Bad Gateway</html>", LATER, "unavailable"),
        (504, b"", LATER, "unavailable"),
        (200, b"<html>Sign in</html>", OURS, "bad_answer"),
        (200, b'{"elements": [', OURS, "bad_answer"),
        (200, b"[" * 100_000, OURS, "bad_answer"),
        (200, [], OURS, "bad_answer"),
        (200, {}, OURS, "bad_answer"),
        (302, b"", OURS, "bad_answer"),
    ],
)
@pytest.mark.parametrize("part", [CAMPAIGNS, REPORT, ""])
def test_an_answer_that_is_none_says_who_must_act_and_shows_nothing_of_its_body(
    rig: Rig, status: int, body: Any, kind: TroubleKind, code: str, part: str
) -> None:
    rig.answers(part, status, body, x_li_uuid="AAY+/1==")
    with pytest.raises(PlatformUnavailable) as raised:
        rig.days()
    trouble = raised.value.trouble
    assert trouble is not None
    assert (trouble.kind, trouble.code) == (kind, code)
    assert status == 200 or trouble.request_id == "AAY+/1=="
    assert PRIVATE not in f"{raised.value} {trouble}"
    assert "?" not in str(raised.value)


@pytest.mark.parametrize(
    ("headers", "message", "code", "after"),
    [
        ({}, "Resource level throttle limit for calls to this resource is reached.", "rate_limited", None),
        ({"Retry_After": "12"}, "Too many", "rate_limited", timedelta(seconds=12)),
        ({"Retry_After": "soon"}, "Too many", "rate_limited", None),
        ({}, "Resource level throttle APPLICATION DAY limit is reached.", "quota_exhausted", timedelta(hours=14)),
    ],
)
def test_a_limit_of_the_day_lasts_until_midnight_of_utc(
    rig: Rig, headers: dict[str, str], message: str, code: str, after: timedelta | None
) -> None:
    rig.answers("", 429, error(429, "TOO_MANY_REQUESTS", 101, message), **headers)
    with pytest.raises(PlatformUnavailable) as raised:
        rig.values()
    trouble = raised.value.trouble
    assert trouble is not None
    assert (trouble.kind, trouble.code, trouble.after) == (LATER, code, after)


@pytest.mark.parametrize(
    ("status", "body", "refused"),
    [
        (401, error(401, "EXPIRED_ACCESS_TOKEN", 65602), "token_expired"),
        (403, error(403, "ACCESS_DENIED", 100), "permission_missing"),
        (409, error(409, "CONFLICT"), "concurrent_modification"),
        (429, error(429, "TOO_MANY_REQUESTS", 101), "rate_limited"),
        (400, error(400, "ILLEGAL_ARGUMENT"), "invalid_value"),
        (422, error(422, "UNPROCESSABLE_ENTITY"), "invalid_value"),
    ],
)
def test_a_write_that_is_refused_whole_is_so_by_its_code(rig: Rig, status: int, body: Any, refused: str) -> None:
    rig.answers(CAMPAIGNS, status, body, method="POST", x_li_uuid="AAY+/2==")
    with pytest.raises(PlatformRefused) as raised:
        rig.write(BUDGET, 90 * MICROS)
    assert (raised.value.code, raised.value.request_id) == (refused, "AAY+/2==")
    assert PRIVATE not in str(raised.value)


@pytest.mark.parametrize(("status", "body"), [(500, {}), (502, b""), (504, b""), (200, b"<html>"), (200, [])])
def test_of_a_write_without_an_answer_that_can_be_read_nobody_can_say_whether_it_landed(
    rig: Rig, status: int, body: Any
) -> None:
    """And nothing is sent again."""
    rig.answers(CAMPAIGNS, status, body, method="POST")
    with pytest.raises(PlatformUnavailable) as raised:
        rig.write(BUDGET, 90 * MICROS)
    assert raised.value.trouble is not None
    assert raised.value.trouble.kind is UNKNOWN
    assert len(rig.patches()) == 1


@pytest.mark.parametrize("part", [None, {"status": "404"}, {"status": True}, {"status": 302}, {"status": 500}, []])
def test_an_answer_that_does_not_say_what_became_of_a_campaign_leaves_it_unknown(rig: Rig, part: Any) -> None:
    """Neither a success nor a refusal, after which what it takes would be given to others."""
    rig.answers(CAMPAIGNS, 200, {"errors": {} if part is None else {rig.ref.external_id: part}}, method="POST")
    with pytest.raises(PlatformUnavailable) as raised:
        rig.write(BUDGET, 90 * MICROS)
    assert raised.value.trouble is not None
    assert (raised.value.trouble.kind, raised.value.trouble.code) == (UNKNOWN, "bad_answer")


def test_nothing_is_sent_later_than_was_allowed_where_the_secret_takes_long_to_read(rig: Rig) -> None:
    def slowly() -> str:
        sleep(0.2)
        return '{"access_token": "a-token"}'

    opened = opening(rig.server, rig.server.account_id("google_ads"))
    slow = linkedin.connect(replace(opened, server=None, credentials=slowly))
    with pytest.raises(PlatformUnavailable) as raised:
        slow.live([rig.ref], timeout=0.1)
    assert raised.value.trouble is not None
    assert raised.value.trouble.code == "timed_out"


def test_a_connection_that_ends_in_a_write_leaves_it_unknown_and_in_a_read_is_tried_again(rig: Rig) -> None:
    def dropped(request: Request, reply: Reply) -> Reply:
        raise Dropped

    rig.server.edit = lambda request, reply: dropped(request, reply) if request.method == "POST" else reply
    with pytest.raises(PlatformUnavailable) as raised:
        rig.write(BUDGET, 90 * MICROS)
    assert raised.value.trouble is not None
    assert raised.value.trouble.kind is UNKNOWN
    rig.server.edit = dropped
    with pytest.raises(PlatformUnavailable) as raised:
        rig.values()
    assert raised.value.trouble is not None
    assert raised.value.trouble.kind is LATER
    assert len(rig.patches()) == 1


def first_row(body: Any) -> Any:
    return body["elements"][0]


def with_row(**changes: Any) -> Callable[[Any], None]:
    return lambda body: first_row(body).update(changes)


@pytest.mark.parametrize("cost", [None, 12.5, "", "-5", "NaN", "1,5", "1e9", "٣", "9" * 13, True, {"amount": "1"}])
def test_a_campaign_with_a_cost_that_is_none_is_not_answered_for(rig: Rig, cost: Any) -> None:
    rig.edits(REPORT, with_row(costInLocalCurrency=cost))
    assert rig.days() is None


@pytest.mark.parametrize("count", [None, "5", -1, 2.5, True, 2**53, []])
@pytest.mark.parametrize("name", ["impressions", "clicks", "externalWebsiteConversions"])
def test_nor_is_one_with_a_count_that_is_none(rig: Rig, name: str, count: Any) -> None:
    rig.edits(REPORT, with_row(**{name: count}))
    assert rig.days() is None


def test_a_cost_has_as_many_digits_as_linkedin_gives_it_and_what_no_conversions_are_worth_may_be_missing(
    rig: Rig,
) -> None:
    def edit(body: Any) -> None:
        first_row(body).update(costInLocalCurrency="576.05000000000014868", externalWebsiteConversions=0)
        del first_row(body)["conversionValueInLocalCurrency"]

    rig.edits(REPORT, edit)
    days = rig.days()
    assert days is not None
    assert (days[0].micros, days[0].conversions, days[0].value) == (576_050_000, 0, 0)


STRAY: list[Callable[[Any], Any]] = [
    with_row(pivotValues=["urn:li:sponsoredCampaign:1"]),
    with_row(pivotValues=[]),
    with_row(pivotValues=None),
    with_row(dateRange=None),
    with_row(dateRange={"start": {"year": 2026, "month": 6, "day": 31}}),
    lambda body: first_row(body)["dateRange"]["end"].update(day=2),
    lambda body: first_row(body).update(
        dateRange={name: {"year": 2026, "month": 5, "day": 31} for name in ("start", "end")}
    ),
    lambda body: body["paging"].update(links=[{"rel": "next", "href": "/rest/adAnalytics?start=10"}]),
    lambda body: body.update(elements=(body["elements"] * 15_000)[:15_000]),
    lambda body: body.update(elements={}),
    lambda body: body.update(elements=[*body["elements"], 7]),
]


@pytest.mark.parametrize("edit", STRAY)
def test_a_report_with_a_row_that_may_be_anybodys_is_none_at_all(rig: Rig, edit: Callable[[Any], Any]) -> None:
    rig.edits(REPORT, edit)
    with pytest.raises(PlatformUnavailable) as raised:
        rig.days()
    assert raised.value.trouble is not None
    assert (raised.value.trouble.kind, raised.value.trouble.code) == (OURS, "bad_answer")


def test_a_day_that_comes_twice_is_not_added_up(rig: Rig) -> None:
    rig.edits(REPORT, lambda body: body["elements"].append(first_row(body)))
    assert rig.days() is None


def test_what_says_no_campaign_is_missing_nor_shows_it_is_no_answer(rig: Rig) -> None:
    """Absent would mean that it was deleted."""
    rig.edits(CAMPAIGNS, lambda body: body["results"].clear())
    with pytest.raises(PlatformUnavailable, match="neither shows campaign"):
        rig.opened().live([rig.ref], timeout=TIMEOUT)
