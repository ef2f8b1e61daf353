"""What goes wrong on the way to Google Ads: who must act, what is told, and whether anything landed."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from common.adapters.calls import CallFailed
from common.adapters.platforms import google_ads
from common.domain.change import Setting
from common.domain.money import MICROS
from common.domain.trouble import Trouble, TroubleKind
from sandbox.servers.google_ads import Fault, denied, error, quota
from tests.unit.adapters.google_ads.ads_rig import TIMEOUT, AdsRig, NewAds, refusal_of, trouble_of

LATER, PERSON, OURS, UNKNOWN = TroubleKind
RACE = error(
    "database_error", "CONCURRENT_MODIFICATION", "Multiple requests were attempting to modify the same resource."
)
ELEVEN_HOURS = timedelta(seconds=40_591)
FOREVER = None
NO_KEY = json.dumps(
    {
        "type": "service_account",
        "client_email": "SECRET-1",
        "private_key": "SECRET-2",
        "token_uri": "http://127.0.0.1:1",
        "developer_token": "SECRET-3",
    }
)

CASES: dict[str, tuple[Fault, TroubleKind, str, timedelta | None]] = {
    "revoked": (
        denied("authentication_error", "OAUTH_TOKEN_REVOKED", "UNAUTHENTICATED"),
        PERSON,
        "token_expired",
        None,
    ),
    "expired": (
        denied("authentication_error", "OAUTH_TOKEN_EXPIRED", "UNAUTHENTICATED"),
        PERSON,
        "token_expired",
        None,
    ),
    "no token": (Fault("UNAUTHENTICATED", details="Missing credential"), PERSON, "token_expired", None),
    "plugin": (
        Fault("UNAVAILABLE", details="Getting metadata from plugin failed with error: ('invalid_grant: Bad Request')"),
        PERSON,
        "token_expired",
        None,
    ),
    "two steps": (
        denied("authentication_error", "TWO_STEP_VERIFICATION_NOT_ENROLLED"),
        PERSON,
        "two_step_missing",
        None,
    ),
    "no account": (denied("authentication_error", "CUSTOMER_NOT_FOUND"), PERSON, "account_missing", None),
    "no permission": (denied("authorization_error", "USER_PERMISSION_DENIED"), PERSON, "permission_missing", None),
    "not permitted": (denied("authorization_error", "ACTION_NOT_PERMITTED"), PERSON, "permission_missing", None),
    "closed": (denied("authorization_error", "CUSTOMER_NOT_ENABLED"), PERSON, "account_disabled", None),
    "suspended": (
        denied("authorization_error", "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT"),
        PERSON,
        "account_disabled",
        None,
    ),
    "manager": (
        denied("authorization_error", "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION"),
        PERSON,
        "wrong_manager",
        None,
    ),
    "developer token": (denied("authorization_error", "DEVELOPER_TOKEN_NOT_APPROVED"), PERSON, "developer_token", None),
    "project": (denied("authorization_error", "PROJECT_DISABLED"), PERSON, "api_disabled", None),
    "api": (
        Fault("PERMISSION_DENIED", details="Google Ads API has not been used in project 1 before or it is disabled."),
        PERSON,
        "api_disabled",
        None,
    ),
    "seconds": (quota("RESOURCE_TEMPORARILY_EXHAUSTED", 30, "ACCOUNT"), LATER, "rate_limited", timedelta(seconds=30)),
    "no seconds": (quota("RESOURCE_TEMPORARILY_EXHAUSTED", None), LATER, "rate_limited", None),
    "the day": (quota("RESOURCE_EXHAUSTED", 40_591), LATER, "quota_exhausted", ELEVEN_HOURS),
    "long": (quota("RESOURCE_TEMPORARILY_EXHAUSTED", 40_591), LATER, "quota_exhausted", ELEVEN_HOURS),
    "only said": (
        Fault("RESOURCE_EXHAUSTED", details="Too many requests. Retry in 77 seconds."),
        LATER,
        "rate_limited",
        timedelta(seconds=77),
    ),
    "down": (Fault("UNAVAILABLE"), LATER, "unavailable", None),
    "broken": (
        Fault("INTERNAL", [error("internal_error", "INTERNAL_ERROR", "An internal error.")]),
        LATER,
        "internal_error",
        None,
    ),
    "slow": (Fault("DEADLINE_EXCEEDED"), LATER, "timed_out", None),
    "race": (Fault("ABORTED", [RACE]), LATER, "concurrent_modification", None),
    "old": (Fault("UNIMPLEMENTED"), OURS, "api_version", None),
    "new": (
        Fault("INVALID_ARGUMENT", [error("request_error", "UNKNOWN", "Not in this version.")]),
        OURS,
        "unknown_error",
        None,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_read_that_fails_says_who_must_act_and_when_it_may_do(ads: AdsRig, case: str) -> None:
    fault, kind, code, after = CASES[case]
    ads.server.fail(fault, FOREVER)
    trouble = trouble_of(ads.live)
    assert (trouble.kind, trouble.code, trouble.after) == (kind, code, after)
    assert trouble.request_id is None or trouble.request_id.startswith("request-")
    assert "://" not in trouble.said
    ads.server.well()


@pytest.mark.parametrize("case", [case for case, (_, kind, _, _) in CASES.items() if kind is PERSON])
def test_once_somebody_put_it_right_it_works_again(ads: AdsRig, case: str) -> None:
    ads.server.fail(CASES[case][0], FOREVER)
    code = trouble_of(ads.live).code
    assert {need.code for need in ads.needs().values() if not need.met} == {code}
    ads.server.well()
    again = AdsRig.on(ads.server)
    assert again.live()
    assert all(need.met for need in again.needs().values())


SENT_AT_ONCE = Setting.DAILY_BUDGET, 100 * MICROS, 90 * MICROS
VALIDATED = Setting.BID_TARGET, 4 * MICROS, 3 * MICROS
"""A setting that is only sent, and one that is validated first: what it is, and what it is to be."""


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("calls", ["validate", "mutate"])
def test_a_write_that_fails_lands_not_or_is_told_as_unknown(ads: AdsRig, case: str, calls: str) -> None:
    fault, _, code, _ = CASES[case]
    ads.server.fail(replace(fault, calls=frozenset({calls})), FOREVER)
    setting, before, after = VALIDATED if calls == "validate" else SENT_AT_ONCE
    change = ads.change(setting, after)
    if code in ("unavailable", "timed_out", "internal_error"):
        trouble = trouble_of(lambda: ads.write(change))
        assert (trouble.kind, trouble.code) == (LATER if calls == "validate" else UNKNOWN, code)
    else:
        refused = refusal_of(lambda: ads.write(change))
        assert refused.code == code
        assert (refused.request_id or "").startswith("request-")
    ads.server.well()
    assert AdsRig.on(ads.server).value(setting) == before


@pytest.mark.parametrize("whole", [False, True])
def test_what_is_not_valid_is_answered_and_what_is_goes_out(new_ads: NewAds, whole: bool) -> None:
    """Also where the platform refuses to validate anything beside it."""
    totals = {"t/search", "t/brand", "t/shop"}
    ads = new_ads(for_all_time=totals, least_budget=50 * MICROS, validates_whole=whole)
    answers = ads.write(
        ads.change(Setting.TOTAL_BUDGET, 40 * MICROS),
        ads.change(Setting.TOTAL_BUDGET, 60 * MICROS, "brand"),
        ads.change(Setting.TOTAL_BUDGET, 50 * MICROS, "shop"),
    )
    assert [(one.ok, one.code) for one in answers] == [(False, "budget_below_minimum"), (True, None), (True, None)]
    assert all(one.request_id for one in answers)
    assert ads.mutates() == 3 + 2


def test_a_daily_budget_is_taken_or_refused_alone_without_being_validated_first(ads: AdsRig) -> None:
    ads.account.least_budget = 50 * MICROS
    answers = ads.write(
        ads.change(Setting.DAILY_BUDGET, 40 * MICROS),
        ads.change(Setting.DAILY_BUDGET, 60 * MICROS, "brand"),
        ads.change(Setting.STATUS, "paused", "shop"),
    )
    assert [(one.ok, one.code) for one in answers] == [(False, "budget_below_minimum"), (True, None), (True, None)]
    assert ads.mutates() == 3 + 1, "the status is validated too"
    assert [ads.value(Setting.DAILY_BUDGET, name) for name in ("search", "brand")] == [100 * MICROS, 60 * MICROS]
    assert ads.value(Setting.STATUS, "shop") == "paused"


@pytest.mark.parametrize("calls", ["validate", "mutate"])
def test_a_request_that_fails_after_another_landed_is_no_refusal_of_all(ads: AdsRig, calls: str) -> None:
    """Two changes of one campaign are two requests: what the first did stays done, and is said."""
    ads.server.fail(replace(quota("RESOURCE_EXHAUSTED", 40_591), calls=frozenset({calls})), FOREVER, after=1)
    status, target = ads.write(ads.change(Setting.STATUS, "paused"), ads.change(Setting.BID_TARGET, 3 * MICROS))
    assert (status.ok, target.ok, target.code) == (True, False, "quota_exhausted")
    ads.server.well()
    again = AdsRig.on(ads.server)
    assert (again.value(Setting.STATUS), again.value(Setting.BID_TARGET)) == ("paused", 4 * MICROS)


@contextmanager
def token_endpoint(status: int, body: dict[str, Any]) -> Generator[str]:
    """Where a service account's key is exchanged for a token."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/token"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def key() -> str:
    """A private key in PEM."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def signed_in_with(ads: AdsRig, secret: str) -> AdsRig:
    """The same account in the cloud, with this secret."""
    opening = replace(ads.opening, server=None, credentials=lambda: secret)
    return replace(ads, opening=opening, platform=google_ads.connect(opening))


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (
            400,
            {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
            PERSON,
            "token_expired",
        ),
        (401, {"error": "unauthorized_client", "error_description": "Unauthorized"}, PERSON, "token_expired"),
        (503, {"error": "internal_failure"}, LATER, "unavailable"),
    ],
)
def test_a_grant_that_was_revoked_is_found_when_a_token_is_asked_for(
    ads: AdsRig, status: int, body: dict[str, Any], kind: TroubleKind, code: str
) -> None:
    """With the real sign-in: the token's address is in a service account's key."""
    with token_endpoint(status, body) as address:
        held = {"type": "service_account", "client_email": "a@b.example", "private_key": key(), "token_uri": address}
        cloud = signed_in_with(ads, json.dumps({**held, "developer_token": "SECRET-TOKEN"}))
        trouble = trouble_of(cloud.live)
        assert (trouble.kind, trouble.code) == (kind, code)
        for secret in ("SECRET-TOKEN", "a@b.example", address):
            assert secret not in trouble.said
        if kind is PERSON:
            assert [need.code for need in cloud.needs().values()] == [code]


@pytest.mark.parametrize(
    ("secret", "named"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ('{"developer_token": "SECRET-1"}', "client_id, client_secret, refresh_token"),
        (
            '{"developer_token": 7, "client_id": "SECRET-1", "client_secret": "", "refresh_token": ""}',
            "developer_token",
        ),
        ('{"type": "service_account", "client_email": "SECRET-1"}', "developer_token, private_key, token_uri"),
        (NO_KEY, "no key in PEM"),
    ],
)
def test_a_secret_that_can_not_be_read_says_which_keys_are_missing_and_shows_none(
    ads: AdsRig, secret: str, named: str
) -> None:
    cloud = signed_in_with(ads, secret)
    trouble = trouble_of(cloud.live)
    assert (trouble.kind, trouble.code) == (PERSON, "secret_unreadable")
    assert named in trouble.said
    assert "SECRET" not in trouble.said
    (need,) = cloud.needs().values()
    assert (need.code, need.met) == ("secret_unreadable", False)


def test_a_secret_that_is_missing_is_told_as_it_is(ads: AdsRig) -> None:
    def nothing() -> str:
        raise CallFailed(Trouble(PERSON, "secret_missing", "there is none of this name"))

    opening = replace(ads.opening, server=None, credentials=nothing)
    assert trouble_of(lambda: google_ads.connect(opening).live([ads.ref()], timeout=TIMEOUT)).code == "secret_missing"


def test_what_google_says_is_told_without_anybodys_address(ads: AdsRig) -> None:
    """It goes into results, the log and pages."""
    said = "The user jane@shop.example has no access, see https://ads.example/help?user=jane."
    ads.server.fail(Fault("INVALID_ARGUMENT", [error("request_error", "UNKNOWN", said)]), FOREVER)
    told = trouble_of(ads.live).said
    assert "has no access" in told
    assert "jane" not in told
