"""Rows that a sender tells: conversions and match rates, each read whole, or refused with everything that is wrong.

A fault names its row, its column and what was wanted, never the value: that may be somebody's address.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from common.domain.ingest_columns import CONVERSION, MATCH_RATE, Column, Wrong
from common.domain.tenant import Tenant
from common.domain.verticals import VERTICALS

OLDEST = timedelta(days=90)
"""What happened longer ago is refused: nothing looks back farther, and its id may be forgotten by then."""
AHEAD = timedelta(minutes=10)
"""How far a sender's clock may be ahead of ours."""

Target = tuple[str, ...]
"""What a conversion belongs to: `("entity", id)`, `("campaign", platform or "", external id)` or `("click", id)`."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """One thing that is wrong with one row, counted from 1; `column` is `None` where it is the row as a whole."""

    row: int
    column: str | None
    what: str
    of: str = "conversions"
    """The list that the row is in: `conversions` or `match_rates`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for the rows of one tenant at one instant."""

    tenant_id: str
    currency: str
    kinds: frozenset[str]
    now: datetime

    @classmethod
    def of(cls, tenant: Tenant, now: datetime) -> "Rules":
        """A tenant's: its KPI's event counts, as its vertical or its GA4 mapping names it, else a `conversion`."""
        events = {tenant.ga4.key_event, VERTICALS[tenant.vertical].ga4_event}
        kinds = frozenset(name for name in events if name) or frozenset({"conversion"})
        return cls(tenant.tenant_id, tenant.currency, kinds, now)


@dataclass(frozen=True, slots=True)
class ConversionRow:
    """A conversion as its sender knows it at a revision; withdrawn, it has neither `happened_at` nor `target`."""

    row: int
    id: str = field(repr=False)
    revision: int
    withdrawn: bool
    happened_at: datetime | None
    target: Target | None = field(repr=False)
    micros: int = 0


@dataclass(frozen=True, slots=True)
class MatchRow:
    """How many records of an upload at `at` matched."""

    row: int
    at: datetime
    revision: int
    matched: int
    total: int


R = TypeVar("R")


def conversion_row(number: int, raw: object, rules: Rules) -> ConversionRow | list[RowFault]:
    """One row of conversions."""
    read, faults = _read(number, raw, CONVERSION, rules)
    faults += [RowFault(number, column, what) for column, what in _conversion_faults(read, rules, _wrong(faults))]
    if faults:
        return faults
    withdrawn: bool = read.get("withdrawn", False)
    happened, target = (None, None) if withdrawn else (read["happened_at"], _target(read))
    micros = 0 if withdrawn else read.get("value", 0)
    return ConversionRow(number, read["id"], _revision(read), withdrawn, happened, target, micros)


def match_row(number: int, raw: object, rules: Rules) -> MatchRow | list[RowFault]:
    """One row of match rates."""
    read, faults = _read(number, raw, MATCH_RATE, rules)
    faults += [RowFault(number, column, what) for column, what in _match_faults(read, rules, _wrong(faults))]
    if faults:
        return [replace(fault, of="match_rates") for fault in faults]
    return MatchRow(number, read["at"], _revision(read), read["matched"], read["total"])


def _read(
    number: int, raw: object, columns: Mapping[str, Column], rules: Rules
) -> tuple[dict[str, Any], list[RowFault]]:
    """The columns that could be read, and the faults of the others and of what concerns every kind of row.

    Blank and null are the same as absent.
    """
    if not isinstance(raw, Mapping):
        return {}, [
            RowFault(number, None, "is no row: an object in JSON, or as many cells as the first line of CSV has")
        ]
    given: dict[str, object] = {str(name): value for name, value in raw.items() if not _is_blank(value)}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    read: dict[str, Any] = {}
    faults = [RowFault(number, *unknown(name)) for name in given if name not in columns]
    for name, column in columns.items():
        if name in given:
            try:
                read[name] = column.read(given[name])
            except Wrong:
                faults.append(RowFault(number, name, f"must be {column.wanted}"))
    if read.get("tenant", rules.tenant_id) != rules.tenant_id:
        faults.append(RowFault(number, "tenant", "names another tenant than the one that this was sent for"))
    if read.get("updated_at", rules.now) > rules.now + AHEAD:
        faults.append(RowFault(number, "updated_at", "must not be in the future"))
    if "revision" in given and "updated_at" in given:
        faults.append(RowFault(number, "updated_at", "give it or a revision, not both"))
    return read, faults


def unknown(name: str) -> tuple[str | None, str]:
    """A column that there is not, by its name where that can't be a value that went astray."""
    if len(name) <= 40 and name.isascii() and name.replace("_", "").replace("-", "").isalpha():
        return name, "there is no such column; nothing of it is kept"
    return None, "has a column that there is not; its name is not repeated here, since it may be a value"


def _wrong(faults: list[RowFault]) -> set[str | None]:
    return {fault.column for fault in faults}


def _conversion_faults(read: Mapping[str, Any], rules: Rules, wrong: set[str | None]) -> Iterator[tuple[str, str]]:
    """What is wrong between columns; those in `wrong` were given but could not be read."""
    if None in wrong and not read:
        return
    needed = ("id",) if read.get("withdrawn") else ("id", "happened_at", "kind")
    yield from _missing(read, needed, wrong)
    yield from _of_its_time("happened_at", read, rules)
    if "kind" in read and read["kind"] not in rules.kinds:
        yield "kind", f"must be {' or '.join(sorted(rules.kinds))}: nothing else is counted for this tenant"
    if read.get("currency", rules.currency) != rules.currency:
        yield "currency", f"must be {rules.currency}, the tenant's: amounts are not converted"
    if "value" in read:
        yield from _missing(read, ("currency",), wrong)
    if "entity" in read and "campaign" in read:
        yield "campaign", "give it or the entity, not both"
    if "platform" in read and "campaign" not in read and "campaign" not in wrong:
        yield "campaign", "required beside a platform, but missing"
    if not read.get("withdrawn") and not {"entity", "campaign", "click_id"} & (read.keys() | wrong):
        yield "campaign", "required, but missing; an entity or a click_id will do instead"


def _match_faults(read: Mapping[str, Any], rules: Rules, wrong: set[str | None]) -> Iterator[tuple[str, str]]:
    if None in wrong and not read:
        return
    yield from _missing(read, ("at", "matched", "total"), wrong)
    yield from _of_its_time("at", read, rules)
    if read.get("total") == 0:
        yield "total", "must be at least 1: of no records no share matched"
    elif read.get("matched", 0) > read.get("total", read.get("matched", 0)):
        yield "matched", "must not be more than the total"


def _missing(read: Mapping[str, Any], needed: tuple[str, ...], wrong: set[str | None]) -> Iterator[tuple[str, str]]:
    for name in needed:
        if name not in read and name not in wrong:
            yield name, "required, but missing"


def _of_its_time(column: str, read: Mapping[str, Any], rules: Rules) -> Iterator[tuple[str, str]]:
    moment: datetime = read.get(column, rules.now)
    if moment > rules.now + AHEAD:
        yield column, "must not be in the future"
    elif moment < rules.now - OLDEST:
        yield column, f"must be of the last {OLDEST.days} days"


def _target(read: Mapping[str, Any]) -> Target:
    if "entity" in read:
        return "entity", read["entity"]
    if "campaign" in read:
        return "campaign", read.get("platform", ""), read["campaign"]
    return "click", read["click_id"]


def _revision(read: Mapping[str, Any]) -> int:
    """The revision that was given, or the time of the update in microseconds; 0 for a row that has neither."""
    if "updated_at" in read:
        return int(read["updated_at"].timestamp() * 1_000_000)
    return read.get("revision", 0)


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
