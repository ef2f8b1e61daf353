"""The columns of what a sender tells, and how each is read. What is said of a wrong one never holds its value."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from common.domain.money import CURRENCIES, MICROS

LONGEST_TEXT = 256
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)")
_AMOUNT = re.compile(r"\d{1,10}(\.\d{1,6})?")
_WHOLE = re.compile(r"\d{1,18}")
_FLAGS = {"true": True, "false": False, "1": True, "0": False}


class Wrong(Exception):
    """A value that its column does not take."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how it is read, and what it must be, in words."""

    read: Callable[[object], Any]
    wanted: str


def _text(value: object) -> str:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not 0 < len(text) <= LONGEST_TEXT or not text.isprintable():
        raise Wrong
    return text


def _instant(value: object) -> datetime:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value.strip()):
        raise Wrong
    try:
        return datetime.fromisoformat(value.strip()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Wrong from error


def _micros(value: object) -> int:
    """Currency units as micros: six decimals are micros, and more would have to be rounded."""
    text = str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    if not _AMOUNT.fullmatch(text):
        raise Wrong
    return int(Decimal(text) * MICROS)


def _whole(value: object) -> int:
    if isinstance(value, float) and value.is_integer():
        value = f"{value:.0f}"
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _WHOLE.fullmatch(text):
        raise Wrong
    return int(text)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _FLAGS:
        return _FLAGS[value.strip().lower()]
    raise Wrong


def _currency(value: object) -> str:
    if not isinstance(value, str) or value.strip().upper() not in CURRENCIES:
        raise Wrong
    return value.strip().upper()


_ID = Column(_text, f"text of at most {LONGEST_TEXT} characters")
_MOMENT = Column(_instant, "an instant with its zone, as 2026-05-04T09:30:00+02:00 or 2026-05-04T07:30:00Z")
_COUNT = Column(_whole, "a whole number that is not negative")

SHARED: Mapping[str, Column] = {
    "tenant": _ID,
    "revision": _COUNT,
    "updated_at": _MOMENT,
}
CONVERSION: Mapping[str, Column] = {
    "id": _ID,
    "happened_at": _MOMENT,
    "kind": _ID,
    "entity": _ID,
    "platform": _ID,
    "campaign": _ID,
    "click_id": _ID,
    "value": Column(_micros, "an amount of the currency with a point and at most six decimals, as 1234.56"),
    "currency": Column(_currency, "a currency code of ISO 4217, as EUR"),
    "withdrawn": Column(_flag, "true or false"),
    **SHARED,
}
"""A conversion that happened, was corrected, or was withdrawn."""
MATCH_RATE: Mapping[str, Column] = {"at": _MOMENT, "matched": _COUNT, "total": _COUNT, **SHARED}
"""How many records of an upload to a platform matched."""
