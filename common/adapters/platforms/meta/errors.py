"""What Meta's errors mean, by their code and subcode. Never by their message: it comes in the reader's language.

Sources: the Graph API's page on handling errors, the Marketing API's error reference and page on rate limits; where
those are silent, what developers reported: 613/1487632, 100/1885272, 31/3858385, and 1/2853001.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from common.adapters.platforms.meta.failure import How, MetaFailure
from common.domain.trouble import Trouble, TroubleKind

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LATER, PERSON, OURS, UNKNOWN = TroubleKind.LATER, TroubleKind.PERSON, TroubleKind.OURS, TroubleKind.UNKNOWN
_AGAIN = "make a new token for {account} and store it as its secret"
_ASK = "give the token's user that right on {account} in Business settings, and the token ads_read and ads_management"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an error comes to, and whether the call may have done something all the same."""

    kind: TroubleKind
    code: str
    said: str
    after: timedelta | None = None
    may_have_landed: bool = False


def _token(why: str) -> Meaning:
    return Meaning(PERSON, "token_expired", f"Meta does not take the access token: {why}")


def _later(code: str, what: str, after: timedelta | None) -> Meaning:
    return Meaning(LATER, code, f"Meta's limit {what} for {{account}} is reached", after)


_DOWN = Meaning(LATER, "unavailable", "Meta failed on a call for {account}", may_have_landed=True)
_ALLOWED = Meaning(PERSON, "permission_missing", f"Meta does not allow this for {{account}}: {_ASK}")
_INVALID = Meaning(OURS, "invalid_value", "Meta does not take this value or call for {account}")
_BUSY = _later("rate_limited", "of calls in a short time", 5 * MINUTE)
_HOURLY = _later("quota_exhausted", "of calls in an hour", HOUR)

MEANINGS: dict[tuple[int, int | None], Meaning] = {
    (1, None): _DOWN,
    (1, 99): _DOWN,
    (1, 2853001): Meaning(
        PERSON,
        "permission_missing",
        "Meta wants the profile and the Page behind {account} linked: link them in Business settings",
    ),
    (2, None): _DOWN,
    (3, None): Meaning(
        PERSON, "permission_missing", "the app behind the token of {account} lacks the Marketing API: add that use case"
    ),
    (4, None): _HOURLY,
    (10, None): _ALLOWED,
    (17, None): _BUSY,
    (31, None): Meaning(
        PERSON,
        "account_restricted",
        "Meta waits for the token's user of {account} to act: open Ads Manager, it says what",
    ),
    (32, None): _HOURLY,
    (100, None): _INVALID,
    (100, 33): Meaning(OURS, "entity_missing", "{account} has no such object, or the token does not see it"),
    (100, 1487534): Meaning(OURS, "too_much_data", "Meta wants less asked of {account} at once"),
    (100, 1885272): Meaning(OURS, "budget_below_minimum", "the budget is below what Meta takes for {account}"),
    (102, None): _token(f"its session is over: {_AGAIN}"),
    (104, None): Meaning(
        PERSON, "secret_unreadable", "the app secret of {account} is not that of the token's app: store the right one"
    ),
    (190, None): _token(f"it is not valid: {_AGAIN}"),
    (190, 458): _token("its user removed the app: have them connect {account} again"),
    (190, 459): _token("its user must log in at facebook.com and clear a checkpoint for {account} first"),
    (190, 460): _token(f"its user's password was changed: {_AGAIN}"),
    (190, 463): _token(f"it ran out: {_AGAIN}"),
    (190, 464): _token("its user must confirm their Facebook account at facebook.com for {account} first"),
    (190, 467): _token(f"its user logged out, or it was revoked: {_AGAIN}"),
    (190, 492): _token("its user has no role on the Page any more: give it back for {account}, then make a new token"),
    (294, None): _ALLOWED,
    (368, None): Meaning(
        PERSON,
        "account_restricted",
        "Meta blocks {account} for a while over its policies: see facebook.com/accountquality",
    ),
    (613, None): _HOURLY,
    (613, 1996): _BUSY,
    (613, 1487632): _later("quota_exhausted", "of four budget changes an hour per ad set", HOUR),
    (613, 1487742): _BUSY,
    (613, 5044001): _later("rate_limited", "of changes in a second", MINUTE),
    (960, None): Meaning(LATER, "timed_out", "Meta broke off a part of a call for {account}", may_have_landed=True),
    (2500, None): _token(f"none came with the call: {_AGAIN}"),
    (2635, None): Meaning(
        OURS, "api_version_gone", "Meta has retired the version of its API that is spoken to {account}"
    ),
    (3018, None): Meaning(OURS, "too_far_back", "Meta keeps no figures of {account} from that long ago (37 months)"),
}
"""By code and subcode; a subcode that is not listed means what its code does."""


def meaning_of(failure: MetaFailure) -> Meaning:
    """What an error that Meta answered with comes to."""
    code = failure.code
    if code is None:
        return _by_status(failure)
    known = MEANINGS.get((code, failure.subcode)) or MEANINGS.get((code, None))
    if known is not None:
        return known
    if code < 0:
        return _DOWN
    if 200 <= code <= 299:
        return _ALLOWED
    if 80000 <= code <= 80014:
        return _HOURLY
    return _by_status(failure)


def _by_status(failure: MetaFailure) -> Meaning:
    """An error that nobody has listed: by what Meta says of it, then by how the call was answered."""
    status = failure.http_status or 0
    if status == 429:
        return _BUSY
    if failure.transient or status >= 500:
        return _DOWN
    if status == 401:
        return MEANINGS[190, None]
    if status == 403:
        return _ALLOWED
    if failure.transient is None and failure.code is None:
        return Meaning(LATER, "bad_answer", "Meta answered for {account} without saying what", may_have_landed=True)
    return Meaning(OURS, "refused", "Meta refused a call for {account}")


_HOW = {
    How.TIMED_OUT: Meaning(LATER, "timed_out", "Meta did not answer in time for {account}", may_have_landed=True),
    How.NO_CONNECTION: Meaning(LATER, "unavailable", "Meta can't be reached for {account}"),
    How.CUT_OFF: Meaning(LATER, "unavailable", "Meta broke off while it answered for {account}", may_have_landed=True),
    How.UNREADABLE: Meaning(
        OURS, "bad_answer", "Meta's answer for {account} can't be understood", may_have_landed=True
    ),
}


def trouble_of(failure: MetaFailure, account: str, *, write: bool) -> Trouble:
    """The trouble of a failed call. A write that may have landed is `unknown`, whatever the reason."""
    meaning = meaning_of(failure) if failure.how is How.ANSWERED else _HOW[failure.how]
    said = meaning.said.format(account=account)
    numbers = "/".join(str(one) for one in (failure.code, failure.subcode) if one is not None)
    details = [part for part in (failure.what, f"Meta's code {numbers}" if numbers else None) if part]
    if details:
        said = f"{said} ({', '.join(details)})"
    kind = UNKNOWN if write and meaning.may_have_landed else meaning.kind
    after = max(filter(None, (failure.after, meaning.after)), default=None) if meaning.kind is LATER else None
    return Trouble(kind, meaning.code, said, after, failure.request_id)


def judge(account: str, *, write: bool = False) -> Callable[[Exception], Trouble | None]:
    """Judges the failures of calls for an account."""
    return lambda error: trouble_of(error, account, write=write) if isinstance(error, MetaFailure) else None
