"""The Google Ads Query Language, as far as it goes here: select, from, where, order by, limit.

Rows are mappings of whole field names (`campaign.id`) to values. What is not understood is refused, never ignored.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Any

Row = Mapping[str, Any]
Literal = str | int | float | bool

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)"""
    r"""|(?P<word>[A-Za-z_][\w.]*)|(?P<sign><=|>=|!=|=|<|>|\(|\)|,))"""
)
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


class QueryError(Exception):
    """A query that is refused: `code` is a value of `QueryErrorEnum`."""

    def __init__(self, code: str, said: str) -> None:
        self.code = code
        super().__init__(said)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a field must be. `sign` is one of `= != < <= > >= IN NOT IN BETWEEN IS NULL IS NOT NULL`."""

    field: str
    sign: str
    values: tuple[Literal, ...] = ()

    def holds(self, row: Row) -> bool:
        """Whether a row has it so. One that is of all days together was made of those that were asked for."""
        if self.field == "segments.date" and self.field not in row:
            return True
        found = row.get(self.field)
        if self.sign in ("IS NULL", "IS NOT NULL"):
            return (found is None) == (self.sign == "IS NULL")
        if found is None:
            return self.sign in ("!=", "NOT IN")
        values = [_as(found, value, self.field) for value in self.values]
        if self.sign == "BETWEEN":
            return values[0] <= found <= values[1]
        if self.sign in ("IN", "NOT IN"):
            return (found in values) == (self.sign == "IN")
        return _COMPARED[self.sign](found, values[0])


@dataclass(frozen=True, slots=True)
class Query:
    """A query, taken apart."""

    fields: tuple[str, ...]
    resource: str
    conditions: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    """Fields, and whether they descend."""
    limit: int | None = None

    @property
    def named(self) -> set[str]:
        """Every field that it names."""
        return {*self.fields, *(one.field for one in self.conditions), *(field for field, _ in self.order)}

    def bounds(self, field: str) -> tuple[str | None, str | None]:
        """The least and the greatest text that a field may have; `None`: there is no such bound."""
        first: list[str] = []
        last: list[str] = []
        for one in self.conditions:
            if one.field == field:
                values = [str(value) for value in one.values]
                first += values[:1] if one.sign in ("=", ">", ">=", "BETWEEN") else []
                last += values[-1:] if one.sign in ("=", "<", "<=", "BETWEEN") else []
        return max(first, default=None), min(last, default=None)

    def of(self, rows: Iterable[Row]) -> list[Row]:
        """Those of the rows that it asks for, in its order."""
        found = [row for row in rows if all(one.holds(row) for one in self.conditions)]
        for field, descends in reversed(self.order):
            found.sort(key=lambda row: row[field], reverse=descends)
        return found[: self.limit]


def parsed(text: str) -> Query:
    """A query.

    Raises:
        QueryError: it can't be read.
    """
    tokens = _Tokens(_tokens(text))
    tokens.word("SELECT")
    fields = tokens.listed(tokens.name)
    tokens.word("FROM")
    resource = tokens.name()
    conditions: list[Condition] = []
    if tokens.has("WHERE"):
        conditions.append(_condition(tokens))
        while tokens.has("AND"):
            conditions.append(_condition(tokens))
    order: tuple[tuple[str, bool], ...] = ()
    if tokens.has("ORDER"):
        tokens.word("BY")
        order = tokens.listed(lambda: (tokens.name(), tokens.has("DESC") or (tokens.has("ASC") and False)))
    limit = int(tokens.literal()) if tokens.has("LIMIT") else None
    tokens.end()
    return Query(fields, resource, tuple(conditions), order, limit)


def _condition(tokens: "_Tokens") -> Condition:
    field = tokens.name()
    if tokens.has("BETWEEN"):
        first = tokens.literal()
        tokens.word("AND")
        return Condition(field, "BETWEEN", (first, tokens.literal()))
    if tokens.has("IS"):
        absent = not tokens.has("NOT")
        tokens.word("NULL")
        return Condition(field, "IS NULL" if absent else "IS NOT NULL")
    within = tokens.has("IN")
    if within or tokens.has("NOT"):
        if not within:
            tokens.word("IN")
        tokens.sign("(")
        values = tokens.listed(tokens.literal)
        tokens.sign(")")
        return Condition(field, "IN" if within else "NOT IN", values)
    return Condition(field, tokens.sign(*_COMPARED), (tokens.literal(),))


def _as(found: Any, value: Literal, field: str) -> Any:
    """The literal as the field has its values."""
    try:
        if isinstance(found, bool) or not isinstance(value, str):
            return value
        return type(found)(value)
    except ValueError:
        raise QueryError("INVALID_VALUE_WITH_STRING_OPERATOR", f"{field} can't be {value!r}") from None


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            raise QueryError("UNEXPECTED_INPUT", f"can't be read from {text[place : place + 20]!r} on")
        tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
        place = found.end()
    return tokens


class _Tokens:
    """Read from the left."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self._tokens, self._place = [*tokens, ("end", "")], 0

    def _next(self, kind: str) -> str:
        found, text = self._tokens[self._place]
        if found != kind:
            raise QueryError("UNEXPECTED_INPUT", f"{kind} is expected, not {text!r}")
        self._place += 1
        return text

    def has(self, word: str) -> bool:
        """Take a word if it comes next."""
        kind, text = self._tokens[self._place]
        here = kind == "word" and text.upper() == word
        self._place += here
        return here

    def word(self, word: str) -> None:
        if not self.has(word):
            raise QueryError("UNEXPECTED_INPUT", f"{word} is expected, not {self._tokens[self._place][1]!r}")

    def name(self) -> str:
        return self._next("word")

    def sign(self, *signs: str) -> str:
        found = self._next("sign")
        if found not in signs:
            raise QueryError("BAD_OPERATOR", f"one of {' '.join(signs)} is expected, not {found}")
        return found

    def literal(self) -> Any:
        kind, text = self._tokens[self._place]
        self._place += 1
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "word":
            return {"TRUE": True, "FALSE": False}.get(text.upper(), text)
        raise QueryError("BAD_VALUE", f"a value is expected, not {text!r}")

    def listed(self, one: Callable[[], Any]) -> tuple[Any, ...]:
        found = [one()]
        while self._tokens[self._place] == ("sign", ","):
            self._place += 1
            found.append(one())
        return tuple(found)

    def end(self) -> None:
        self._next("end")
