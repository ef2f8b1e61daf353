"""What GA4's errors mean: who ends them, and when."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.api_core import exceptions as google
from google.auth import exceptions as auth

from common.adapters.calls import CallFailed, Calls, Judge
from common.adapters.ga4 import connect
from common.adapters.ga4.troubles import judge
from common.adapters.opening import Opening
from common.domain.trouble import Trouble, TroubleKind
from common.ports.analytics import AnalyticsRevoked
from sandbox.servers.ga4 import Failure
from tests.unit.adapters.ga4.property_rig import TIMEOUT, property_rig

NOW = datetime(2026, 6, 2, 12, 20, tzinfo=UTC)
LATER, PERSON, OURS = TroubleKind.LATER, TroubleKind.PERSON, TroubleKind.OURS
NO_GRANT = "User does not have sufficient permissions for this property. To learn more about Property ID, see the docs."
NOT_ENABLED = (
    "Google Analytics Data API has not been used in project 42 before or it is disabled. Enable it by visiting."
)
DAY = "Exhausted property tokens per day. These quota tokens will return in under 24 hours."
HOUR = "Exhausted property tokens for a project per hour."
CASES: dict[str, tuple[Exception, TroubleKind, str, timedelta | None]] = {
    "concurrent": (
        google.ResourceExhausted("Exhausted concurrent requests quota."),
        LATER,
        "rate_limited",
        timedelta(seconds=10),
    ),
    "hour": (google.ResourceExhausted(HOUR), LATER, "quota_exhausted", timedelta(minutes=40)),
    "hour of the property": (
        google.TooManyRequests("Exhausted property tokens per hour."),
        LATER,
        "quota_exhausted",
        timedelta(minutes=40),
    ),
    "thresholded": (
        google.ResourceExhausted("Exhausted potentially thresholded requests quota."),
        LATER,
        "quota_exhausted",
        timedelta(minutes=40),
    ),
    "server errors": (
        google.ResourceExhausted("Exhausted server errors quota."),
        LATER,
        "quota_exhausted",
        timedelta(hours=1),
    ),
    "day": (google.ResourceExhausted(DAY), LATER, "quota_exhausted", timedelta(hours=18, minutes=40)),
    "day as 403": (google.PermissionDenied(DAY), LATER, "quota_exhausted", timedelta(hours=18, minutes=40)),
    "hour as 403": (google.Forbidden(HOUR), LATER, "quota_exhausted", timedelta(minutes=40)),
    "another 429": (google.ResourceExhausted("no"), LATER, "rate_limited", timedelta(minutes=1)),
    "no grant": (google.PermissionDenied(NO_GRANT), PERSON, "permission_missing", None),
    "scope": (
        google.PermissionDenied("Request had insufficient authentication scopes."),
        PERSON,
        "permission_missing",
        None,
    ),
    "not enabled": (google.PermissionDenied(NOT_ENABLED), PERSON, "api_disabled", None),
    "no project for quotas": (
        google.PermissionDenied("The API requires a quota project, which is not set by default."),
        LATER,
        "unavailable",
        None,
    ),
    "a 403 without a reason": (
        google.PermissionDenied("The caller does not have permission"),
        LATER,
        "unavailable",
        None,
    ),
    "a dead key": (
        google.ServiceUnavailable("Getting metadata from plugin failed with error: ('invalid_grant: gone',)"),
        PERSON,
        "token_expired",
        None,
    ),
    "a dead key at once": (
        auth.RefreshError("invalid_grant: Invalid JWT Signature.", {}),
        PERSON,
        "token_expired",
        None,
    ),
    "no token for now": (auth.TransportError("connection reset"), LATER, "unavailable", None),
    "unauthenticated": (
        google.Unauthenticated("Request had invalid authentication credentials."),
        PERSON,
        "token_expired",
        None,
    ),
    "no credentials": (auth.DefaultCredentialsError("none"), PERSON, "secret_missing", None),
    "no property": (google.NotFound("Requested entity was not found."), PERSON, "account_missing", None),
    "no number": (
        google.InvalidArgument("A property ID must be a number. See where to find your Property ID."),
        PERSON,
        "account_missing",
        None,
    ),
    "no key event": (
        google.InvalidArgument("Did you mean keyEvents? Field keyEvents:book is not a valid metric."),
        PERSON,
        "key_event_missing",
        None,
    ),
    "incompatible": (
        google.InvalidArgument("The request's dimensions & metrics are incompatible."),
        OURS,
        "invalid_value",
        None,
    ),
    "time is over": (google.DeadlineExceeded("Deadline Exceeded"), LATER, "timed_out", None),
    "down": (google.ServiceUnavailable("try later"), LATER, "unavailable", None),
    "broken": (google.InternalServerError("An internal error has occurred."), LATER, "unavailable", None),
    "no answer of this API": (
        google.InternalServerError("Exception deserializing response!"),
        OURS,
        "bad_answer",
        None,
    ),
}


@pytest.mark.parametrize("case", list(CASES))
def test_an_error_says_who_ends_it(case: str) -> None:
    error, kind, code, after = CASES[case]
    trouble = judge(error, "123", NOW)
    assert trouble is not None
    assert (trouble.kind, trouble.code, trouble.after) == (kind, code, after)
    assert str(error) not in trouble.said


def test_what_is_not_gas_is_raised_as_it_is() -> None:
    assert judge(KeyError("x"), "123", NOW) is None


def test_the_reason_in_an_errors_details_is_read_too() -> None:
    """The text may be another, and in another language."""
    with property_rig() as rig:
        rig.conduct.failures = [Failure(grpc.StatusCode.PERMISSION_DENIED, "nicht aktiviert", "SERVICE_DISABLED")]
        assert rig.refused("realtime").code == "api_disabled"


@pytest.mark.parametrize("secret", ["", "{}", "[]", "Default", '{"type": "service_account", "private_key": "s3cr3t"}'])
def test_a_secret_that_holds_no_key_is_told_without_being_shown(secret: str) -> None:
    with property_rig() as rig:
        opening = Opening(
            rig.opening.tenant, rig.opening.account, lambda: secret, rig.opening.clock, rig.opening.calls, None
        )
        with pytest.raises(AnalyticsRevoked) as silent:
            connect(opening).realtime(timeout=TIMEOUT)
    assert silent.value.trouble is not None
    assert silent.value.trouble.code == "secret_unreadable"
    assert "s3cr3t" not in repr(silent.value)


def test_a_secret_that_is_not_there_is_told() -> None:
    def missing() -> str:
        raise CallFailed(Trouble(PERSON, "secret_missing", "there is no secret ga4"))

    with property_rig() as rig:
        opening = Opening(rig.opening.tenant, rig.opening.account, missing, rig.opening.clock, rig.opening.calls, None)
        with pytest.raises(AnalyticsRevoked, match="no secret"):
            connect(opening).days(rig.both, rig.start.date(), timeout=TIMEOUT)


class Dead(Calls):
    """Calls that reach nobody: whatever is asked, the token is dead."""

    def read(self, call: Callable[[Any], Any], judge: Judge, *, timeout: float, cost: int = 1) -> Any:
        with suppress(Exception):
            call("no time at all")
        raise CallFailed(Trouble(PERSON, "token_expired", "Google does not take the credentials any more"))


def test_credentials_that_are_not_taken_are_read_again_before_the_next_call() -> None:
    """A process lives for days: what a person put right in the secret must reach it."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    secret = json.dumps({"client_email": "a@b.example", "private_key": pem, "token_uri": "http://127.0.0.1:1"})
    read = list[str]()

    def credentials() -> str:
        read.append(secret)
        return secret

    with property_rig() as rig:
        calls = Dead("ga4 1", rig.opening.clock)
        reader = connect(replace(rig.opening, server=None, credentials=credentials, calls=calls))
        for _ in range(2):
            with pytest.raises(AnalyticsRevoked):
                reader.realtime(timeout=TIMEOUT)
    assert len(read) == 2
