"""Whether the account is the tenant's: its number, its currency, its time zone. Otherwise nothing it says is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from common.adapters.calls import CallFailed
from common.adapters.platforms.google_ads.rows import BadAnswer, Row, identity, text
from common.domain.trouble import Trouble, TroubleKind

_MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the tenant's document says of the account."""

    account_id: str
    currency: str
    time_zone: str

    def check(self, rows: Sequence[Row], now: datetime) -> None:
        """Look whose these rows are.

        Raises:
            CallFailed: not this account's, or in another currency or time zone than the tenant.
            BadAnswer: they do not say.
        """
        told = {(row.customer.resource_name, row.customer.currency_code, row.customer.time_zone): row for row in rows}
        for row in told.values():
            trouble = self.trouble(row.customer, now)
            if trouble is not None:
                raise CallFailed(trouble)

    def trouble(self, customer: Row, now: datetime) -> Trouble | None:
        """What does not fit, if anything."""
        found = identity(customer), text(customer, "currency_code"), text(customer, "time_zone")
        number, currency, zone = found
        if number != self.account_id:
            return _person("wrong_account", f"google_ads answered for account {number}, not {self.account_id}")
        if currency != self.currency:
            said = f"account {number} is in {currency}, the tenant in {self.currency}: nothing is read or written there"
            return _person("wrong_currency", said)
        if not same_zone(zone, self.time_zone, now):
            said = (
                f"account {number} is on the clock of {zone}, the tenant on that of {self.time_zone}: days don't match"
            )
            return _person("wrong_time_zone", said)
        return None


def same_zone(one: str, other: str, now: datetime) -> bool:
    """Whether two zones have the same clock, whatever they are called, for a year back and a year ahead.

    Raises:
        BadAnswer: there is no such zone.
    """
    if one == other:
        return True
    try:
        zones = ZoneInfo(one), ZoneInfo(other)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadAnswer("the account's time zone is not known") from None
    instants = [now + _MONTH * number for number in range(-12, 13)]
    return all(
        instant.astimezone(zones[0]).utcoffset() == instant.astimezone(zones[1]).utcoffset() for instant in instants
    )


def _person(code: str, said: str) -> Trouble:
    return Trouble(TroubleKind.PERSON, code, f"{said}; name another account in the tenant")
