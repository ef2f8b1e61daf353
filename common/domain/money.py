"""Money: integer micros (millionths of a currency unit) and the currencies that exist."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

MICROS = 1_000_000
"""Micros in one currency unit."""

Micros = Annotated[int, Field(strict=True, ge=0, lt=2**62)]
"""An amount that can't be negative or fractional."""

SignedMicros = Annotated[int, Field(strict=True, gt=-(2**62), lt=2**62)]
"""A difference between two amounts."""

# ISO 4217 active codes by their minor digits (SIX Financial Information, list one, 2026), without funds and metals.
_DIGITS_0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_DIGITS_3 = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS_2 = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP "
    "CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES "
    "KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK "
    "NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB "
    "TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
CURRENCIES: dict[str, int] = {
    code: digits for digits, codes in ((0, _DIGITS_0), (2, _DIGITS_2), (3, _DIGITS_3)) for code in codes.split()
}
"""ISO 4217 code to its number of minor digits."""


def _known(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError("not a currency code of ISO 4217, such as EUR or USD")
    return code


Currency = Annotated[str, AfterValidator(_known)]


def from_units(units: float | Decimal) -> int:
    """Whole currency units as micros, rounded half to even: 12.34 → 12_340_000."""
    return int((Decimal(str(units)) * MICROS).to_integral_value())


def minor_unit(currency: str) -> int:
    """The smallest amount that the currency can name, in micros: EUR → 10_000 (a cent)."""
    return 10 ** (6 - CURRENCIES[currency])


_WHOLE_UNITS, _HUNDREDTHS = ("COP", "CRC", "HUF", "IDR", "TWD"), ("BHD", "JOD")
"""Currencies whose smallest coins a platform does not know; Meta does not: it holds whole forints, and no fils.

developers.facebook.com/docs/marketing-api/currencies
"""
_STEPS = {**dict.fromkeys(_WHOLE_UNITS, MICROS), **dict.fromkeys(_HUNDREDTHS, MICROS // 100)}


def budget_step(currency: str) -> int:
    """What amounts that we choose are multiples of, in micros, so that every platform can hold them."""
    return _STEPS.get(currency) or minor_unit(currency)


def show(micros: int, currency: str) -> str:
    """An amount for a person: `1,234.56 EUR`."""
    digits = CURRENCIES[currency]
    return f"{Decimal(micros) / MICROS:,.{digits}f} {currency}"


def split(total: int, weights: Sequence[int]) -> list[int]:
    """`total` shared out by weight in whole micros that add up exactly; equally where all weights are zero."""
    if not sum(weights):
        weights = [1] * len(weights)
    marks = [total * passed // sum(weights) for passed in accumulate(weights, initial=0)]
    return [upper - lower for lower, upper in pairwise(marks)]
