# pyright: basic
"""What the errors of the GA4 Data API mean. Quotas that ran out differ in nothing but their text."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from google.api_core import exceptions as google
from google.auth import exceptions as auth

from common.domain.trouble import Trouble, TroubleKind

PACIFIC = ZoneInfo("America/Los_Angeles")
"""Daily quotas begin anew at midnight there (developers.google.com/analytics/devguides/reporting/data/v1/quotas)."""
_CONCURRENT, _SERVER_ERRORS = timedelta(seconds=10), timedelta(hours=1)
_UNNAMED = timedelta(minutes=1)
_QUOTA = re.compile(r"exhausted|quota exceeded|exceeded.{0,20}quota|rate limit", re.IGNORECASE)
"""Not `quota` alone: a project for quotas may be what is missing."""
_DISABLED = re.compile(r"has not been used in project|it is disabled|SERVICE_DISABLED", re.IGNORECASE)
_NO_PERMISSION = re.compile(
    r"sufficient permissions|SCOPE_INSUFFICIENT|insufficient authentication scopes", re.IGNORECASE
)
_NO_METRIC = re.compile(r"keyEvents:\S+ is not a valid metric", re.IGNORECASE)
_NO_PROPERTY = re.compile(r"property id", re.IGNORECASE)


def judge(error: Exception, property_id: str, now: datetime) -> Trouble | None:
    """What it means; `None`: it is none of GA4's."""
    if isinstance(error, auth.GoogleAuthError):
        return _of_credentials(error, property_id)
    if isinstance(error, google.RetryError | google.GatewayTimeout):
        return _later("timed_out", f"GA4 property {property_id} did not answer in time")
    if not isinstance(error, google.GoogleAPICallError):
        return None
    text = " ".join((error.message or "", *_reasons(error)))
    if "invalid_grant" in text or isinstance(error, google.Unauthorized):
        return _key_refused(property_id)
    return _of_answer(error, text, property_id, now)


def _of_answer(error: google.GoogleAPICallError, text: str, property_id: str, now: datetime) -> Trouble:
    if isinstance(error, google.TooManyRequests) or (_QUOTA.search(text) and not _DISABLED.search(text)):
        return _of_quota(text, property_id, now)
    match error:
        case google.Forbidden():
            return _of_permission(text, property_id)
        case google.NotFound():
            return _no_such_property(property_id)
        case google.BadRequest():
            return _of_request(text, property_id)
        case _ if "deserializing" in text:
            return bad_answer(property_id, "is no answer of this API")
        case _:
            return _later("unavailable", f"GA4 does not answer for property {property_id} ({type(error).__name__})")


def bad_answer(property_id: str, what: str, code: str = "bad_answer") -> Trouble:
    """An answer that can't be taken for what it should be."""
    return Trouble(TroubleKind.OURS, code, f"what GA4 says of property {property_id} {what}: it is not used")


def next_hour(now: datetime) -> timedelta:
    """Until an hourly quota is back: at the latest within an hour, wherever it began."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1) - now


def next_day(now: datetime) -> timedelta:
    """Until the daily quotas are back: midnight in California."""
    local = now.astimezone(PACIFIC)
    midnight = datetime(local.year, local.month, local.day, tzinfo=PACIFIC) + timedelta(days=1)
    return midnight.astimezone(UTC) - now


def _of_quota(text: str, property_id: str, now: datetime) -> Trouble:
    lowered = text.casefold()
    where = f"GA4 property {property_id}"
    if "concurrent" in lowered:
        return _later("rate_limited", f"{where} has ten requests under way, as many as it takes", _CONCURRENT)
    if "server error" in lowered:
        return _later("quota_exhausted", f"{where} takes no more requests after its server errors", _SERVER_ERRORS)
    if "per hour" in lowered or "thresholded" in lowered:
        return _later("quota_exhausted", f"{where} has no tokens left in this hour", next_hour(now))
    if "per day" in lowered or "24 hours" in lowered or "daily" in lowered:
        return _later("quota_exhausted", f"{where} has no tokens left today", next_day(now))
    return _later("rate_limited", f"{where} takes no more requests for now", _UNNAMED)


def _of_permission(text: str, property_id: str) -> Trouble:
    if _DISABLED.search(text):
        said = (
            "the Google Analytics Data API is not enabled in the project that the credentials belong to: "
            "an owner of the project enables analyticsdata.googleapis.com"
        )
        return Trouble(TroubleKind.PERSON, "api_disabled", said)
    if _NO_PERMISSION.search(text):
        said = (
            f"the credentials may not read GA4 property {property_id}, or there is none of this number: an "
            "administrator of the property makes their account a Viewer of it"
        )
        return Trouble(TroubleKind.PERSON, "permission_missing", said)
    return _later("unavailable", f"GA4 refuses to answer for property {property_id} and does not say why")


def _of_request(text: str, property_id: str) -> Trouble:
    if _NO_METRIC.search(text):
        said = f"GA4 property {property_id} has no such key event: an editor of the property marks the event as one"
        return Trouble(TroubleKind.PERSON, "key_event_missing", said)
    if _NO_PROPERTY.search(text):
        return _no_such_property(property_id)
    return Trouble(TroubleKind.OURS, "invalid_value", f"GA4 does not take what property {property_id} was asked for")


def _of_credentials(error: auth.GoogleAuthError, property_id: str) -> Trouble:
    if isinstance(error, auth.DefaultCredentialsError):
        said = f"there are no credentials of its own here with which GA4 property {property_id} could be read"
        return Trouble(TroubleKind.PERSON, "secret_missing", said)
    if "invalid_grant" in str(error):
        return _key_refused(property_id)
    return _later("unavailable", f"Google gave no token with which to read GA4 property {property_id}")


def _key_refused(property_id: str) -> Trouble:
    said = (
        f"Google does not take the credentials for GA4 property {property_id} any more: "
        "the key or its service account was removed; put a new key into the secret"
    )
    return Trouble(TroubleKind.PERSON, "token_expired", said)


def _no_such_property(property_id: str) -> Trouble:
    said = f"there is no GA4 property {property_id}: `ga4_property` is the number under Admin, Property details"
    return Trouble(TroubleKind.PERSON, "account_missing", said)


def _later(code: str, said: str, after: timedelta | None = None) -> Trouble:
    return Trouble(TroubleKind.LATER, code, said, after=after)


def _reasons(error: google.GoogleAPICallError) -> Iterator[str]:
    """What its details say, as `ErrorInfo` has it: SERVICE_DISABLED and the like."""
    for detail in error.details or ():
        reason = getattr(detail, "reason", None)
        if isinstance(reason, str):
            yield reason
