"""A delivery of rows, in JSON or CSV, down to rows that are not looked at yet."""

import csv
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from common.domain.errors import Fault, InvalidInput
from common.domain.ingest_columns import CONVERSION, MATCH_RATE
from common.domain.ingest_rows import unknown

LONGEST_BODY = 4 * 1024 * 1024
"""Bytes."""
MOST_ROWS = 5_000
"""Of a delivery, conversions and match rates together."""
JSON, CSV = "application/json", "text/csv"
_SUBJECT = "the delivery"


class Unreadable(InvalidInput):
    """A delivery that can't be read as rows. No fault of it repeats what was sent."""


@dataclass(frozen=True, slots=True)
class Body:
    """The rows of a delivery, as they were sent. One without any says that its sender looked and found nothing new."""

    conversions: Sequence[object] = ()
    match_rates: Sequence[object] = field(default=())


def read_body(data: bytes, media_type: str) -> Body:
    """The rows of a body.

    Raises:
        Unreadable: it is longer than may be, or nothing that can be read as rows; with every fault.
    """
    if len(data) > LONGEST_BODY:
        raise _refused("", f"has {len(data):,} bytes; send at most {LONGEST_BODY:,} at once")
    if media_type not in (JSON, CSV):
        raise _refused("content-type", f"must be {JSON} or {CSV}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("", "is not in UTF-8") from error
    body = _json(text) if media_type == JSON else _csv(text)
    count = len(body.conversions) + len(body.match_rates)
    if count > MOST_ROWS:
        raise _refused("", f"has {count:,} rows; send at most {MOST_ROWS:,} at once")
    return body


def _json(text: str) -> Body:
    try:
        found: Any = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        raise _refused("", "is not JSON, or has NaN, a key twice, or too many levels") from error
    if not isinstance(found, dict):
        raise _refused("", "must be an object with `conversions`, `match_rates` or both")
    given = cast("dict[str, object]", found)
    names = ("conversions", "match_rates")
    faults = [Fault(*_named(name)) for name in given if name not in names]
    faults += [Fault(name, "must be a list of rows") for name in names if not isinstance(given.get(name, []), list)]
    if not faults and not given:
        faults.append(Fault("conversions", "required, but missing; an empty list says that there is nothing new"))
    if faults:
        raise Unreadable(_SUBJECT, faults)
    rows = [cast("list[object]", given.get(name, [])) for name in names]
    return Body(*rows)


def _no_constant(_: str) -> object:
    raise ValueError("a number must be finite")


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _csv(text: str) -> Body:
    lines = re.split(r"(?<=\n)", text)
    delimiter = ";" if ";" in lines[0] and "," not in lines[0] else ","
    try:
        header, *rows = [row for row in csv.reader(lines, delimiter=delimiter, strict=True) if row] or [[]]
    except csv.Error as error:
        raise _refused("", "is not CSV with its columns' names in the first line") from error
    names = [name.strip().lower() for name in header]
    columns = MATCH_RATE if "matched" in names or "total" in names else CONVERSION
    if faults := list(_header_faults(names, columns)):
        raise Unreadable(_SUBJECT, faults)
    found = [dict(zip(names, row, strict=True)) if len(row) == len(names) else None for row in rows]
    return Body(match_rates=found) if columns is MATCH_RATE else Body(found)


def _header_faults(names: Sequence[str], columns: Iterable[str]) -> Iterable[Fault]:
    known = set(columns)
    if not known & set(names):
        yield Fault("", "has no line with the columns' names at its top, or none of them is known")
        return
    for name in names:
        if name not in known:
            yield Fault(*_named(name))
    for name in sorted(known):
        if names.count(name) > 1:
            yield Fault(name, "is a column twice")


def _named(name: str) -> tuple[str, str]:
    column, what = unknown(name)
    return column or "", what


def _refused(where: str, what: str) -> Unreadable:
    return Unreadable(_SUBJECT, [Fault(where, what)])
