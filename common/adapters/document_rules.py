"""What every adapter of `Documents` does alike: which paths, bodies and queries it refuses, and how a page continues.

The rules are Firestore's, so that nothing which the embedded store accepts fails in the cloud. They are checked before
anything is written, and all faults are reported at once. Where Firestore's limits page
(https://firebase.google.com/docs/firestore/quotas) and its emulator differ, the stricter of the two is kept.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from typing import Any, cast

from pydantic_core import PydanticSerializationError, to_json

from common.domain.errors import Fault, InvalidInput
from common.ports.documents import KEPT_UNTIL, Create, Delete, Document, Page, Query, Replace, Write

MAX_NAME_BYTES = 1_500
"""Of a document's id, a collection's, a field's."""
MAX_PATH_BYTES = 6 * 1024
MAX_DEPTH = 20
"""How deep lists and dicts may be nested in a body."""
MAX_DOCUMENT_BYTES = 1024 * 1024 - 89
"""What one field may take of the 1 MiB of a document. Held for the whole document, one bound serves both limits."""
MAX_COMMIT_BYTES = 3 * 1024 * 1024
"""Of a commit's bodies as JSON. Firestore takes a request of 10 MiB, its emulator 4, in a slightly longer encoding."""

_type_of: Callable[[object], type[object]] = type  # which says less to the type checker, and that is better here
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_STORED_PER_JSON_BYTE = 11  # at most: an empty dict in a list has 3 bytes in JSON, and counts 32


def check_paths(paths: Iterable[str]) -> None:
    """Raises InvalidInput with every path that can't be a document's."""
    if faults := [fault for path in paths for fault in _path_faults(path)]:
        raise InvalidInput("a read", faults)


def check_query(query: Query) -> None:
    """Raises InvalidInput with all that is wrong with a query."""
    faults = [*_place_faults(query), *_order_faults(query)]
    for name, value in query.where.items():
        if what := _name_fault(name) or _kept_fault(name) or _filter_fault(value):
            faults.append(Fault(f"where.{name}", what))
    for kind, one in (("holding", query.holding), ("up_to", query.up_to)):
        if one is not None and (what := _name_fault(one[0]) or _kept_fault(one[0]) or _text_fault(one[1])):
            faults.append(Fault(f"{kind}.{one[0]}", what))
    if query.limit < 1:
        faults.append(Fault("limit", f"is {query.limit}; a page has at least one document"))
    if faults:
        raise InvalidInput(f"a query on {query.collection!r}", faults)


def _place_faults(query: Query) -> Iterator[Fault]:
    if query.group:
        what = "is a path, not a name alone" if "/" in query.collection else _id_fault(query.collection)
        found = [what] if what else []
    else:
        found = [fault.what for fault in _path_faults(query.collection, is_document=False)]
    yield from (Fault("collection", what) for what in found)
    for name, bound in (("start", query.start), ("end", query.end)):
        if bound is None:
            continue
        if query.group:
            yield from (Fault(name, fault.what) for fault in _path_faults(bound))
        elif what := "is a path, not an id" if "/" in bound else _id_fault(bound):
            yield Fault(name, what)


def _order_faults(query: Query) -> Iterator[Fault]:
    if query.descending and (query.holding is not None or not query.where):
        what = "needs a filter in `where`, and none in `holding`"
        yield Fault("descending", f"{what}: Firestore reads ids backwards only in the index of a field")
    if query.up_to is not None and (query.descending or query.start is not None or query.end is not None):
        yield Fault("up_to", "goes neither with `descending` nor with `start` or `end`: its field orders the answer")
    if query.after is None:
        return
    text, path = query.after
    if query.up_to is None:
        yield Fault("after", "goes only with `up_to`")
    if what := _text_fault(text):
        yield Fault("after", what)
    yield from () if path is None else (Fault("after", fault.what) for fault in _path_faults(path))


def _kept_fault(name: str) -> str | None:
    return f"is {KEPT_UNTIL!r}, which is for the store to go by" if name == KEPT_UNTIL else None


def encode(writes: Sequence[Write]) -> list[str]:
    """Each write's body as compact JSON, `""` for a deletion, once every write has passed.

    Raises:
        InvalidInput: with every fault of every write.
    """
    faults = list(_address_faults(writes))
    bodies: list[str] = []
    for write in writes:
        found, body = _encode(write)
        faults += found
        bodies.append(body)
    if (total := sum(map(len, bodies))) > MAX_COMMIT_BYTES:
        faults.append(Fault("", f"bodies of {total:,} bytes as JSON; one commit takes at most {MAX_COMMIT_BYTES:,}"))
    if faults:
        raise InvalidInput("a commit", faults)
    return bodies


def page(query: Query, found: Sequence[Document]) -> Page:
    """The page of a query whose adapter fetched up to `limit + 1` documents: the one too many says that more follow."""
    documents, more = tuple(found[: query.limit]), found[query.limit :]
    if not more:
        return Page(documents, None)
    last = documents[-1]
    if query.up_to is not None:
        return Page(documents, replace(query, after=(last.data[query.up_to[0]], last.path)))
    if query.descending:
        return Page(documents, replace(query, end=_place(last, query)))
    return Page(documents, replace(query, start=_place(more[0], query)))


def _place(document: Document, query: Query) -> str:
    return document.path if query.group else document.path.rpartition("/")[2]


def _address_faults(writes: Sequence[Write]) -> Iterator[Fault]:
    seen: set[str] = set()
    for write in writes:
        yield from _path_faults(write.path)
        if write.path in seen:
            yield Fault(write.path, "is written twice; one commit writes a document once")
        seen.add(write.path)
        if isinstance(write, Replace | Delete) and write.version == "":
            yield Fault(write.path, "is to be at version '', which is that of a deleted document; create it instead")


def _path_faults(path: str, *, is_document: bool = True) -> Iterator[Fault]:
    names = path.split("/")
    for what in filter(None, map(_id_fault, names)):
        yield Fault(path, what)
    if len(names) % 2 == is_document:
        kind = "document: collection/id[/collection/id ...]" if is_document else "collection"
        yield Fault(path, f"has {len(names)} parts, which is not the path of a {kind}")
    if len(path) * 4 > MAX_PATH_BYTES and len(path.encode(errors="replace")) > MAX_PATH_BYTES:
        yield Fault(path, f"is longer than {MAX_PATH_BYTES:,} bytes")


def _id_fault(name: str) -> str | None:
    what = "is a relative path" if name in {".", ".."} else _name_fault(name)
    return f"can't be: an id of it {what}" if what else None


@lru_cache(maxsize=4096, typed=True)
def _name_fault(name: object) -> str | None:
    """What makes `name` no name for a field, a document or a collection."""
    if type(name) is not str:
        return f"{name!r} is a {type(name).__name__}, not a str"
    if not name:
        return "is empty"
    if len(name) >= 4 and name.startswith("__") and name.endswith("__"):
        return f"{name!r} is reserved by Firestore (__...__)"
    if not _is_unicode(name):
        return f"{name!r} is not valid Unicode"
    if (size := len(name.encode())) > MAX_NAME_BYTES:
        return f"{name[:20]!r}... has {size:,} bytes; at most {MAX_NAME_BYTES:,} are allowed"
    return None


def _encode(write: Write) -> tuple[list[Fault], str]:
    if isinstance(write, Delete):
        return [], ""
    names: set[Any] = set(write.data)
    if not _is_plain(write.data.values(), 0, names) or any(map(_name_fault, names)):
        return list(_body_faults(write.data, write.path, 0)), ""
    if not _is_instant_or_none(write.data.get(KEPT_UNTIL)):
        return [Fault(f"{write.path}.{KEPT_UNTIL}", "must be an instant, as 2026-05-04T09:00:00Z is one, or null")], ""
    try:
        # A manifest of 20 kB takes 0.1 ms here and 0.3 ms with the standard library.
        body = to_json(write.data)
    except PydanticSerializationError:
        return [Fault(write.path, "holds text that is not valid Unicode (a lone surrogate)")], ""
    if len(body) * _STORED_PER_JSON_BYTE > MAX_DOCUMENT_BYTES and (size := _size(write)) > MAX_DOCUMENT_BYTES:
        return [Fault(write.path, f"takes {size:,} bytes; a document takes at most {MAX_DOCUMENT_BYTES:,}")], ""
    return [], body.decode()


def _is_instant_or_none(value: object) -> bool:
    """Whether a store that keeps it as a timestamp gives the same text back."""
    if value is None:
        return True
    try:
        return type(value) is str and instant_text(datetime.fromisoformat(value)) == value
    except ValueError:
        return False


def instant_text(instant: datetime) -> str:
    """An instant as bodies hold it: UTC, with as many decimals of a second as it needs.

    Raises:
        ValueError: it has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def _is_plain(items: Iterable[Any], depth: int, names: set[Any], *, in_list: bool = False) -> bool:
    """Whether `_body_faults` would find nothing, at a third of its cost. Collects the fields' names for a last look."""
    for item in items:
        kind = _type_of(item)
        if kind is str or kind is bool or item is None:
            continue
        if kind is int:
            if item < _INT64_MIN or item > _INT64_MAX:
                return False
        elif kind is dict:
            names.update(item)
            if depth == MAX_DEPTH or not _is_plain(item.values(), depth + 1, names):
                return False
        elif kind is list:
            if in_list or depth == MAX_DEPTH or not _is_plain(item, depth + 1, names, in_list=True):
                return False
        elif kind is not float or not isfinite(item):
            return False
    return True


def _body_faults(container: Any, where: str, depth: int) -> Iterator[Fault]:
    """All that can't be stored in a body, or in a dict or list within it."""
    in_list = _is_list(container)
    if not in_list:
        yield from (Fault(where, f"has a field whose name {what}") for what in map(_name_fault, container) if what)
    for step, item in enumerate(container) if in_list else container.items():
        below = f"{where}.{step}"
        if type(item) is dict or (_is_list(item) and not in_list):
            if depth == MAX_DEPTH:
                yield Fault(below, f"is nested deeper than {MAX_DEPTH} levels")
            else:
                yield from _body_faults(item, below, depth + 1)
        elif what := _value_fault(item):
            yield Fault(below, what)


def _is_list(value: object) -> bool:
    return type(value) is list


def _value_fault(value: object) -> str | None:
    if type(value) is int:
        return None if _INT64_MIN <= value <= _INT64_MAX else "is an integer of more than 64 bits"
    if type(value) is float:
        return None if isfinite(value) else f"is {value}; numbers must be finite"
    if type(value) is list:
        return "is a list directly in a list; put a dict between them"
    if type(value) is str or type(value) is bool or value is None:
        return None
    return f"is a {type(value).__name__}; a body holds str, int, float, bool, None, and lists and dicts of these"


def _filter_fault(value: object) -> str | None:
    if type(value) not in {str, int, bool}:
        return f"is a {type(value).__name__}; a filter is a str, int or bool"
    return "is not valid Unicode" if type(value) is str and not _is_unicode(value) else _value_fault(value)


def _text_fault(value: object) -> str | None:
    return f"is a {type(value).__name__}, not a str" if type(value) is not str else _filter_fault(value)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _size(write: Create | Replace) -> int:
    """What Firestore counts, in bytes: https://firebase.google.com/docs/firestore/storage-size."""
    return 16 + sum(_text_size(name) for name in write.path.split("/")) + _value_size(write.data)


def _value_size(value: Any) -> int:
    if isinstance(value, str):
        return _text_size(value)
    if isinstance(value, bool) or value is None:
        return 1
    if isinstance(value, int | float):
        return 8
    if isinstance(value, list):
        return sum(map(_value_size, cast("list[Any]", value)))
    return 32 + sum(_text_size(key) + _value_size(item) for key, item in value.items())


def _text_size(text: str) -> int:
    return len(text.encode()) + 1
