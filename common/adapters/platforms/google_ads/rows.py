"""What a row of an answer says. A field that was asked for and is not there is no zero: it is not understood."""

import re
from math import isfinite
from typing import Any

from common.domain.errors import TrimtabError

Row = Any
"""A `GoogleAdsRow` of the official client, or a message in one."""


class BadAnswer(TrimtabError):
    """An answer that can't be understood: nothing is concluded from it."""


def amount(message: Row, field: str) -> int:
    """A whole number, zero or more.

    Raises:
        BadAnswer: there is none.
    """
    value = _held(message, field)
    if value < 0:
        raise BadAnswer(f"{field} is {value}, under zero")
    return int(value)


def number(message: Row, field: str) -> int:
    """A whole number, zero or more, where none stands for zero.

    Raises:
        BadAnswer: it is negative.
    """
    if getattr(message, field) < 0:
        raise BadAnswer(f"{field} is {getattr(message, field)}, under zero")
    return int(getattr(message, field))


def quantity(message: Row, field: str) -> float:
    """A number that may be fractional, zero or more.

    Raises:
        BadAnswer: there is none.
    """
    value = float(_held(message, field))
    if not isfinite(value) or value < 0:
        raise BadAnswer(f"{field} is {value}, no number from zero up")
    return value


def text(message: Row, field: str) -> str:
    """What is written there.

    Raises:
        BadAnswer: nothing.
    """
    value = str(_held(message, field))
    if not value:
        raise BadAnswer(f"{field} is empty")
    return value


def identity(message: Row) -> str:
    """The number at the end of a resource's name: `customers/1/campaigns/22` → `22`, `.../adGroupAds/3~4` → `3~4`.

    Raises:
        BadAnswer: it has no name, or one that says otherwise than its id.
    """
    named = re.fullmatch(r"(?:customers/\d+/)?[A-Za-z]+/(\d+(?:~\d+)?)", message.resource_name)
    if named is None:
        raise BadAnswer(f"{message.DESCRIPTOR.name} has no resource name")
    if "id" in message.DESCRIPTOR.fields_by_name and message.HasField("id") and str(message.id) != named[1]:
        raise BadAnswer(f"{message.DESCRIPTOR.name} has the id {message.id} and is named {named[1]}")
    return named[1]


def choice(message: Row, field: str) -> str:
    """The name of an enumeration's value: `ENABLED`; `UNSPECIFIED` where it says nothing."""
    value = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number.get(getattr(message, field))
    return "UNKNOWN" if value is None else value.name


def _held(message: Row, field: str) -> Any:
    if message.DESCRIPTOR.fields_by_name[field].has_presence and not message.HasField(field):
        raise BadAnswer(f"{message.DESCRIPTOR.name} has no {field}")
    return getattr(message, field)
