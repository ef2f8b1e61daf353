"""Meta's amounts: whole numbers of a unit of the account's currency that is Meta's own choice.

Budgets, caps and bids are in that unit; what insights report is in whole currency units with decimals.
"""

import re
from decimal import Decimal

from common.domain.money import MICROS

# developers.facebook.com/docs/marketing-api/currencies: the currencies of ad accounts by their offset, 1 or 100. It is
# not ISO 4217: forints, pesos of Colombia, colones, rupiahs and Taiwan dollars have no hundredths here, and dinars of
# Bahrain and Jordan no thousandths.
_WHOLE = "CLP COP CRC HUF IDR ISK JPY KRW PYG TWD VND"
_HUNDREDTHS = (
    "AED ARS AUD BDT BHD BOB BRL CAD CHF CNY CZK DKK DZD EGP EUR GBP GTQ HKD HNL ILS INR JOD KES MOP MXN MYR NGN "
    "NIO NOK NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TRY UAH USD UYU VES ZAR"
)
UNITS: dict[str, int] = {
    code: MICROS // offset for offset, codes in ((1, _WHOLE), (100, _HUNDREDTHS)) for code in codes.split()
}
"""The unit of Meta's amounts in micros, by currency. Of another currency nothing is known, so nothing is done."""

NUMBER = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")
"""How insights write one."""

MOST = 922_337_203_685_478
"""What Meta takes, and shows, for a cap that is not set (reference of ad campaigns, `spend_cap`)."""


def to_units(micros: int, currency: str) -> int | None:
    """An amount as Meta holds it; `None`: it can't be held without rounding."""
    units, rest = divmod(micros, UNITS[currency])
    return None if rest or units >= MOST else units


def from_units(units: int, currency: str) -> int:
    """What Meta holds, in micros."""
    return units * UNITS[currency]


def in_micros(amount: str) -> int | None:
    """An amount with decimals, as insights report it, in micros rounded half to even; `None`: it is no such amount."""
    value = Decimal(amount) if NUMBER.fullmatch(amount) else Decimal(-1)
    return int((value * MICROS).to_integral_value()) if 0 <= value < 2**42 else None
