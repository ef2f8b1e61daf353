# pyright: basic
"""What an exception of the Google Ads client means, and what a single error of a `GoogleAdsFailure` does.

The client turns most failures into a `GoogleAdsException`, but leaves RESOURCE_EXHAUSTED and INTERNAL as they come from
gRPC, so the failure is always read from the trailing metadata, of whatever API version it is.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from common.adapters.platforms.google_ads.error_codes import CODES, MINIMUM, Meaning
from common.domain.text import one_line
from common.domain.trouble import Trouble, TroubleKind

LONG = timedelta(minutes=5)
"""From here on a limit is no matter of this run: nobody sleeps that long."""
_AFTER = re.compile(r"[Rr]etry in (\d{1,7}) seconds?")
_ADDRESS = re.compile(r"\S*://\S*|\S+@\S+")
_FAILURE = "googleadsfailure-bin"
_UNSURE = frozenset({"unavailable", "timed_out", "internal_error"})


def judge(error: Exception) -> Trouble | None:
    """What a failed read means; `None`: the exception is none of the client's."""
    import grpc
    from google.ads.googleads.errors import GoogleAdsException
    from google.auth.exceptions import GoogleAuthError, RefreshError

    if isinstance(error, RefreshError):
        return _not_refreshed(str(error), retryable=bool(error.retryable))
    if isinstance(error, GoogleAuthError):
        return Trouble(
            TroubleKind.LATER, "unavailable", "Google's sign-in is down or can't be reached; it is asked again"
        )
    if isinstance(error, GoogleAdsException):
        error = error.error
    return _of_call(error) if isinstance(error, grpc.RpcError) else None


def judge_write(error: Exception) -> Trouble | None:
    """The same for a write: where the call broke off, nobody can say whether it landed. It needs a token first."""
    from google.auth.exceptions import GoogleAuthError

    trouble = judge(error)
    if isinstance(error, GoogleAuthError):
        return trouble
    if trouble is not None and trouble.kind is TroubleKind.LATER and trouble.code in _UNSURE:
        return replace(trouble, kind=TroubleKind.UNKNOWN)
    return trouble


def of_errors(errors: Sequence[Any], request_id: str | None) -> Trouble:
    """What the errors of one operation, or of a whole call, come to; the first decides."""
    first = errors[0]
    group, name = code_of(first)
    meaning = CODES.get((group, name)) or CODES.get((group, "*")) or Meaning(TroubleKind.OURS, "unknown_error", "")
    after = _after(first)
    code = "quota_exhausted" if meaning.code == "rate_limited" and after and after >= LONG else meaning.code
    said = _ADDRESS.sub("", one_line(first.message)).strip()[:300]
    sentence = meaning.said or f"google_ads refused it as {group} {name}"
    return Trouble(meaning.kind, code, _joined(sentence, _least(first), said), after, request_id)


def code_of(error: Any) -> tuple[str, str]:
    """An error's group and name: `quota_error`, `RESOURCE_EXHAUSTED`."""
    group = error.error_code.WhichOneof("error_code")
    if group is None:
        return "error", "UNKNOWN"
    value = error.error_code.DESCRIPTOR.fields_by_name[group].enum_type.values_by_number.get(
        getattr(error.error_code, group)
    )
    return group, "UNKNOWN" if value is None else value.name


def request_id_of(call: Any) -> str | None:
    """The call's name at Google, from whichever metadata carries it."""
    for metadata in (call.trailing_metadata(), call.initial_metadata()):
        for key, value in metadata or ():
            if key == "request-id":
                return str(value)
    return None


def failure_of(call: Any) -> Any:
    """The `GoogleAdsFailure` of a call that failed; `None`: it has none that can be read."""
    from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure
    from google.protobuf.message import DecodeError

    for key, value in call.trailing_metadata() or ():
        if key.endswith(_FAILURE):
            try:
                return GoogleAdsFailure.pb().FromString(value)
            except DecodeError:
                return None
    return None


def _of_call(call: Any) -> Trouble:
    status, details, request_id = call.code().name, call.details() or "", request_id_of(call)
    failure = failure_of(call)
    if failure is not None and failure.errors:
        return of_errors(failure.errors, request_id or failure.request_id or None)
    if "invalid_grant" in details:
        return replace(_not_refreshed(details, retryable=False), request_id=request_id)
    if status == "PERMISSION_DENIED" and ("SERVICE_DISABLED" in details or "has not been used in project" in details):
        status = "SERVICE_DISABLED"
    meaning = CODES.get(("status", status)) or Meaning(
        TroubleKind.OURS, "unknown_error", f"google_ads refused it: {status}"
    )
    return Trouble(meaning.kind, meaning.code, meaning.said, _stated(details), request_id)


def _not_refreshed(details: str, *, retryable: bool) -> Trouble:
    if retryable:
        return Trouble(
            TroubleKind.LATER, "unavailable", "Google's sign-in is down or can't be reached; it is asked again"
        )
    said = "the grant was revoked or ran out (invalid_grant): sign in again and put the new refresh token in the secret"
    if "invalid_client" in details or "unauthorized_client" in details:
        said = "Google does not know the OAuth client of the secret: put its client_id and client_secret right"
    return Trouble(TroubleKind.PERSON, "token_expired", said)


def _after(error: Any) -> timedelta | None:
    """How long the service wants to be left alone: its own field, or else what its sentence says."""
    delay = error.details.quota_error_details.retry_delay
    seconds = delay.seconds + delay.nanos / 1e9
    return timedelta(seconds=seconds) if seconds > 0 else _stated(error.message)


def _stated(message: str) -> timedelta | None:
    found = _AFTER.search(message)
    return timedelta(seconds=int(found[1])) if found else None


def _least(error: Any) -> str:
    """The least budget, where the platform tells it."""
    found = error.details.budget_per_day_minimum_error_details
    least = found.minimum_budget_amount_micros or found.budget_per_day_minimum_micros
    return MINIMUM.format(least / 1e6, found.currency_code) if least else ""


def _joined(*sentences: str) -> str:
    return "; ".join(one.rstrip(".") for one in sentences if one)
