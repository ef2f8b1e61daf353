# pyright: basic
"""What HubSpot's refusals mean. Its errors hold the token's headers and the body; none of that is repeated."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from common.domain.trouble import Trouble, TroubleKind

PARSING = (AttributeError, TypeError, ValueError, LookupError, ArithmeticError, RecursionError)
"""What its client's parsing raises for a body that is not as documented."""
_SCOPE = re.compile(r"[a-z][a-z0-9_.-]{2,80}")
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
READ = "crm.objects.deals.read"
PERSONS = {
    401: (
        "token_expired",
        "HubSpot does not take the token of the private app: make a new one there, and put it into the secret",
    ),
    403: ("permission_missing", "the private app in HubSpot lacks scopes: give it {scopes}"),
    404: ("account_missing", "HubSpot has nothing there: is the token that of the right portal?"),
}
"""What a person must mend, by status."""
_BAD, _LOCKED, _MANY, _MOVING, _DOWN = 400, 423, 429, 477, 500
_TEN_SECONDS = timedelta(seconds=10)
_LATER_TODAY = timedelta(hours=1)
"""A daily limit says no time: it ends at midnight of the account's zone, which is not told."""


def judge(error: Exception) -> Trouble | None:
    """What an exception of HubSpot's client means."""
    from hubspot.crm.deals.exceptions import ApiException
    from urllib3.exceptions import HTTPError, NewConnectionError
    from urllib3.exceptions import TimeoutError as TooSlow

    if isinstance(error, ApiException):
        return _refused(error)
    if isinstance(error, HTTPError):
        reason = getattr(error, "reason", None) or error
        slow = isinstance(reason, TooSlow) and not isinstance(reason, NewConnectionError)
        code = "timed_out" if slow else "unavailable"
        return Trouble(TroubleKind.LATER, code, "HubSpot does not answer; it is asked again")
    if isinstance(error, PARSING):
        before = error.__context__
        return _refused(before) if isinstance(before, ApiException) else bad_answer()
    return None


def bad_answer() -> Trouble:
    """An answer that can't be understood: nothing is known by it."""
    return Trouble(TroubleKind.OURS, "bad_answer", "HubSpot's answer can't be read as what it documents")


def _refused(error: Any) -> Trouble:
    status, body, headers = error.status or 0, _body(error.body), error.headers or {}
    request_id = body.get("correlationId")
    request_id = request_id if isinstance(request_id, str) and _ID.fullmatch(request_id) else None
    kind, code, said, after = _meaning(status, str(error.reason), body, headers)
    return Trouble(kind, code, said, after, request_id)


def _meaning(
    status: int, reason: str, body: dict[str, Any], headers: Any
) -> tuple[TroubleKind, str, str, timedelta | None]:
    after = _retry_after(headers)
    if status in PERSONS:
        code, said = PERSONS[status]
        meaning = TroubleKind.PERSON, code, said.format(scopes=", ".join(_scopes(body)) or READ), None
    elif status == _MANY:
        meaning = _limited(body, headers, after)
    elif status in (_LOCKED, _MOVING) or status >= _DOWN:
        meaning = TroubleKind.LATER, "unavailable", f"HubSpot can't answer now ({status})", after
    elif status == 0 and not reason.startswith("Failed to parse"):
        meaning = TroubleKind.LATER, "unavailable", "HubSpot can't be reached over TLS", None
    elif status >= _BAD:
        meaning = TroubleKind.OURS, "invalid_value", f"HubSpot refuses the question ({status})", None
    else:
        trouble = bad_answer()
        meaning = trouble.kind, trouble.code, trouble.said, None
    return meaning


def _limited(
    body: dict[str, Any], headers: Any, after: timedelta | None
) -> tuple[TroubleKind, str, str, timedelta | None]:
    daily = headers.get("X-HubSpot-RateLimit-Daily-Remaining") == "0"
    if daily or "DAILY" in str(body.get("policyName", "")).upper():
        said = "HubSpot's calls of this day are used up: it is asked again later"
        return TroubleKind.LATER, "quota_exhausted", said, after or _LATER_TODAY
    return TroubleKind.LATER, "rate_limited", "HubSpot asks to be asked less often", after or _TEN_SECONDS


def _scopes(body: dict[str, Any]) -> Iterator[str]:
    """The scopes that a refusal names."""
    errors = body.get("errors")
    for one in errors if isinstance(errors, list) else ():
        context = one.get("context") if isinstance(one, dict) else None
        found = context.get("requiredGranularScopes") if isinstance(context, dict) else None
        if isinstance(found, list):
            yield from (scope for scope in found if isinstance(scope, str) and _SCOPE.fullmatch(scope))


def _retry_after(headers: Any) -> timedelta | None:
    text = str(headers.get("Retry-After", ""))
    return timedelta(seconds=min(int(text), 86_400)) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _body(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
