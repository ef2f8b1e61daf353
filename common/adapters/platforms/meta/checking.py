"""What an ad account needs before Trimtab works with it, asked of Meta itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from common.adapters.opening import Opening
from common.adapters.platforms.meta.account import REASONS, SHUT, STATUSES, AdAccount, misfits
from common.adapters.platforms.meta.bodies import listed, objects
from common.adapters.platforms.meta.budgets import budget_needs
from common.adapters.platforms.meta.caller import Caller, Deadline
from common.adapters.platforms.meta.money import from_units
from common.adapters.platforms.meta.tracking import conversions_need
from common.domain.connection import Need
from common.domain.money import show
from common.domain.trouble import TroubleKind
from common.ports.ad_platform import PlatformUnavailable

T = TypeVar("T")

_SOON = timedelta(days=7)
_NEARLY_SPENT = 0.9
_RIGHTS = {
    "ads_read": ("Reading campaigns and figures", True),
    "ads_management": ("Changing campaigns", False),
}
"""The rights of the token, what each is for, and whether the account can't be used without it."""


@dataclass(frozen=True, slots=True)
class Token:
    """What Meta says of our token."""

    scopes: frozenset[str] | None
    ends: datetime | None
    """`None`: it does not run out."""


def needs(opening: Opening, timeout: float) -> tuple[Need, ...]:
    """Everything that the account needs, each met or not.

    Raises:
        PlatformUnavailable: it does not answer, which says nothing of what is missing.
    """
    caller, until = Caller(opening), Deadline(timeout)
    try:
        account = caller.read_account(until)
        token = _asked(lambda: caller.token(until, _token_of))
        granted = _granted(caller, token, until)
    except PlatformUnavailable as error:
        if error.trouble is None or error.trouble.kind is not TroubleKind.PERSON:
            raise
        return (Need(code=error.trouble.code, what="Access to the ad account", met=False, said=error.trouble.said),)
    found = [*_rights(caller, granted), *([] if token is None else [_lasts(caller, token)])]
    found += [*_fit(caller, account), _open(caller, account), *_cap(caller, account)]
    if all(need.met for need in found if need.required):
        found += [*budget_needs(caller, until), conversions_need(caller, until)]
    return tuple(found)


def _rights(caller: Caller, granted: frozenset[str] | None) -> Iterator[Need]:
    for right, (what, required) in _RIGHTS.items():
        if granted is None:
            said = f"Meta does not say whether the token for {caller.called} has {right}: see it in Business settings"
        elif right in granted:
            said = f"{caller.called}: granted"
        else:
            said = f"the token for {caller.called} lacks {right}: make a new one with it in Business settings"
        met = granted is not None and right in granted
        yield Need(
            code=f"permission_{right}",
            what=f"{what} ({right})",
            met=met,
            said=said,
            required=required and granted is not None,
        )


def _granted(caller: Caller, token: Token | None, until: Deadline) -> frozenset[str] | None:
    """The token's rights; `None`: Meta does not tell."""
    if token is not None and token.scopes is not None:
        return token.scopes
    return _asked(lambda: caller.get("me/permissions", {}, until, _permissions))


def _permissions(body: Any) -> frozenset[str]:
    rows = [objects(one, "a permission") for one in listed(body, "permissions")]
    return frozenset(str(one.get("permission")) for one in rows if one.get("status") == "granted")


def _asked(ask: Callable[[], T]) -> T | None:
    """What Meta says where it tells this token; where it is down nothing is known at all."""
    try:
        return ask()
    except PlatformUnavailable as error:
        if error.trouble is None or error.trouble.kind is TroubleKind.LATER:
            raise
    return None


def _lasts(caller: Caller, token: Token) -> Need:
    """Whether it runs out soon."""
    ends = token.ends
    soon = ends is not None and ends < caller.opening.clock.now() + _SOON
    said = "it does not run out" if ends is None else f"it runs out on {ends:%d %B %Y}"
    if soon:
        said += f": make a new one for {caller.called} before, best for a system user, whose tokens need not run out"
    return Need(code="token_lasts", what="A token that lasts", met=not soon, said=said, required=False)


def _fit(caller: Caller, account: AdAccount) -> Iterator[Need]:
    """Currency and time zone."""
    wrong = {trouble.code: trouble.said for trouble in misfits(account, caller.opening, caller.opening.clock.now())}
    tenant = caller.opening.tenant
    for codes, what, found in (
        (("wrong_account",), "The account that was meant", caller.called),
        (("wrong_currency", "unknown_unit"), "The tenant's currency", tenant.currency),
        (("wrong_time_zone",), "The tenant's time zone", tenant.time_zone),
    ):
        code = next((one for one in codes if one in wrong), None)
        yield Need(code=code or codes[0], what=what, met=code is None, said=wrong[code] if code else found)


def _open(caller: Caller, account: AdAccount) -> Need:
    """Whether anything runs in it."""
    status = STATUSES.get(account.status, f"in a state that is not known here ({account.status})")
    if account.status == 1:
        return Need(code="account_disabled", what="An account that is active", met=True, said=status)
    reason = REASONS.get(account.disable_reason, "for a reason that is not known here")
    why = f", {reason}" if account.status in SHUT else ""
    return Need(
        code="account_disabled",
        what="An account that is active",
        met=False,
        said=f"{caller.called} is {status}{why}: see Account quality and Billing in Business settings",
        required=account.status in SHUT,
    )


def _cap(caller: Caller, account: AdAccount) -> Iterator[Need]:
    """Room under the account's own spending limit, where it has one."""
    if account.spend_cap is None or account.spent is None:
        return
    units = account.spend_cap - account.spent
    nearly = account.spent >= _NEARLY_SPENT * account.spend_cap
    unit = from_units(1, account.currency)
    left = show(max(0, units) * unit, account.currency)
    said = f"{left} are left of the spending limit of {caller.called}"
    if nearly:
        said += ": raise or reset it in Billing, or all its ads stop"
    yield Need(
        code="spend_limit", what="Room under the account's spending limit", met=not nearly, said=said, required=False
    )


def _token_of(body: Any) -> Token:
    """What Meta says of a token.

    Raises:
        MetaFailure: it is not such an answer.
    """
    told = objects(objects(body, "a token").get("data"), "a token")
    stamps = [told.get(field) for field in ("expires_at", "data_access_expires_at")]
    times = [stamp for stamp in stamps if isinstance(stamp, int) and 0 < stamp < 2**33]
    scopes = told.get("scopes")
    return Token(
        frozenset(map(str, cast("list[object]", scopes))) if isinstance(scopes, list) else None,
        datetime.fromtimestamp(min(times), UTC) if times else None,
    )
