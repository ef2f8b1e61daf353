"""The ad account itself: whether it is the one that was meant, and in the tenant's currency and time zone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from common.adapters.opening import Opening
from common.adapters.platforms.meta.bodies import Json, objects
from common.adapters.platforms.meta.failure import unreadable
from common.adapters.platforms.meta.money import UNITS
from common.domain.tenant import Tenant
from common.domain.trouble import Trouble, TroubleKind

FIELDS = "id,account_id,name,currency,timezone_name,account_status,disable_reason,spend_cap,amount_spent"
STATUSES = {
    1: "active",
    2: "disabled",
    3: "unsettled: a payment is due",
    7: "under a review of risk",
    8: "waiting for a settlement",
    9: "in a period of grace for a payment",
    100: "about to be closed",
    101: "closed",
}
"""`account_status` (reference of ad accounts)."""
_WORD = re.compile(r"[A-Za-z0-9/_+-]{1,40}")
SHUT = frozenset({2, 100, 101})
"""Nothing runs in these, and nothing can be changed."""
REASONS = {
    0: "no reason given",
    1: "for its ads' integrity",
    2: "over its ads' intellectual property",
    3: "over a risky payment",
    4: "as a grey account that was shut down",
    5: "after a review of its ads",
    6: "for its business's integrity",
    7: "permanently closed",
    8: "unused reseller account",
    9: "unused account",
}
"""`disable_reason` (the same reference)."""


@dataclass(frozen=True, slots=True)
class AdAccount:
    """What Meta says of an account. Amounts are in its units."""

    account_id: str
    """Without `act_`."""
    name: str
    currency: str
    time_zone: str
    status: int
    disable_reason: int
    spend_cap: int | None
    spent: int | None


def parsed(body: Any) -> AdAccount:
    """The account of this body.

    Raises:
        MetaFailure: it is not what was asked for.
    """
    node = objects(body, "the account")
    account_id, currency, zone = (_text(node, field) for field in ("account_id", "currency", "timezone_name"))
    status, reason = node.get("account_status"), node.get("disable_reason", 0)
    if not isinstance(status, int) or isinstance(status, bool):
        raise unreadable("account_status is missing")
    name = node.get("name")
    return AdAccount(
        account_id=account_id,
        name=name if isinstance(name, str) else "",
        currency=currency,
        time_zone=zone,
        status=status,
        disable_reason=reason if isinstance(reason, int) else 0,
        spend_cap=_amount(node.get("spend_cap")) or None,
        spent=_amount(node.get("amount_spent")),
    )


def misfits(found: AdAccount, opening: Opening, now: datetime) -> Iterator[Trouble]:
    """Why this account can't be the tenant's; with any of these nothing of it is used."""
    tenant, wanted = opening.tenant, opening.account.account_id
    if found.account_id != digits(wanted):
        yield _trouble(
            "wrong_account", f"asked for {wanted}, Meta answered for another account: check the tenant's account"
        )
    if found.currency != tenant.currency:
        yield _trouble(
            "wrong_currency",
            f"Meta {wanted} is in {_short(found.currency)}, the tenant in {tenant.currency}: name another account",
        )
    elif found.currency not in UNITS:
        yield _trouble(
            "unknown_unit", f"how Meta writes amounts in {tenant.currency} is not known: {wanted} can't be used"
        )
    if not _same_clock(found.time_zone, tenant, now):
        yield _trouble(
            "wrong_time_zone",
            f"Meta {wanted} keeps the days of {_short(found.time_zone)}, the tenant those of {tenant.time_zone}: "
            "name another account, or change the tenant's time zone",
        )


def digits(account_id: str) -> str:
    """An account's number without `act_`."""
    return account_id.removeprefix("act_")


def _same_clock(zone: str, tenant: Tenant, now: datetime) -> bool:
    """Whether two zones show the same time all year: many have several names."""
    if zone == tenant.time_zone:
        return True
    try:
        other = ZoneInfo(zone)
    except (OSError, ValueError, LookupError):
        return False
    mine, start = ZoneInfo(tenant.time_zone), now.astimezone(UTC)
    days = (start + timedelta(days=number) for number in range(-366, 367))
    return all(day.astimezone(mine).utcoffset() == day.astimezone(other).utcoffset() for day in days)


def _trouble(code: str, said: str) -> Trouble:
    return Trouble(TroubleKind.PERSON, code, said)


def _short(said: str) -> str:
    """What another account calls itself, if it is a word that such a thing may be called."""
    return said if _WORD.fullmatch(said) else "another"


def _text(node: Json, field: str) -> str:
    value = node.get(field)
    if not isinstance(value, str) or not value:
        raise unreadable(f"the account's {field} is missing")
    return value


def _amount(value: Any) -> int | None:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18 else None
