# pyright: basic
"""Documents, versions, writes and queries as Firestore's protocol buffers, and back.

The plain messages are used, not the client library's wrappers of them: to build the write of a manifest of 20 kB takes
those 30 ms, and these 3. A field that holds more than one level is stored as JSON text, which takes a fraction of that;
nothing asks for what is inside of one (docs/decisions/0037).
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud.firestore_v1.field_path import FieldPath
from google.cloud.firestore_v1.types import document as documents
from google.cloud.firestore_v1.types import query as queries
from google.cloud.firestore_v1.types import write as writes
from pydantic_core import from_json, to_json

from common.adapters.document_rules import instant_text
from common.domain.errors import Fault, InvalidInput
from common.ports.documents import KEPT_UNTIL, Create, Delete, Document, Query, Write

_Value: Any = documents.Value.pb()
_Document: Any = documents.Document.pb()
_Write: Any = writes.Write.pb()
_Query: Any = queries.StructuredQuery.pb()
_Comparison: Any = _Query.FieldFilter

_JSON = "json"
"""The one field of the map that stands for a field with more than one level."""
_VERSION = re.compile(r"(\d{1,12})\.(\d{9})")


class Names:
    """Between paths here and the full names of documents in one Firestore database."""

    def __init__(self, project: str, database: str) -> None:
        self.database = f"projects/{project}/databases/{database}"
        self._root = f"{self.database}/documents"

    def full(self, path: str) -> str:
        """The full name of a document."""
        return f"{self._root}/{path}"

    def path(self, name: str) -> str:
        """The path of a document by its full name."""
        return name[len(self._root) + 1 :]

    def parent(self, collection: str) -> tuple[str, str]:
        """The full name of what a collection, or all of one name, is under, and the collection's own id."""
        parent, _, collection_id = collection.rpartition("/")
        return (self.full(parent) if parent else self._root), collection_id


def wire_write(write: Write, names: Names) -> Any:
    """A write with its precondition."""
    name = names.full(write.path)
    if isinstance(write, Delete):
        wire = _Write(delete=name)
        if write.version is not None:
            _set_version(wire, write.path, write.version)
        return wire
    wire = _Write(update=_Document(name=name))
    for key, value in write.data.items():
        if key == KEPT_UNTIL and value is not None:
            wire.update.fields[key].timestamp_value.FromDatetime(datetime.fromisoformat(value))
        elif _is_deep(value):
            wire.update.fields[key].map_value.fields[_JSON].string_value = to_json(value)
        else:
            _fill(wire.update.fields[key], value)
    if isinstance(write, Create):
        wire.current_document.exists = False
    else:
        _set_version(wire, write.path, write.version)
    return wire


def wire_query(query: Query, names: Names) -> Any:
    """A query for one document more than its limit, which tells whether a page follows."""
    direction = _Query.DESCENDING if query.descending else _Query.ASCENDING
    wire = _Query(limit={"value": query.limit + 1})
    wire.from_.add(collection_id=names.parent(query.collection)[1], all_descendants=query.group)
    if query.up_to is not None:
        wire.order_by.add(field={"field_path": FieldPath(query.up_to[0]).to_api_repr()}, direction=_Query.ASCENDING)
    wire.order_by.add(field={"field_path": "__name__"}, direction=direction)
    if query.after is not None:
        _begin_after(wire, *query.after, names)
    comparisons = [
        (FieldPath(name).to_api_repr(), _Comparison.EQUAL, _fill(_Value(), value))
        for name, value in query.where.items()
    ]
    if query.holding is not None:
        name, text = query.holding
        comparisons.append((FieldPath(name).to_api_repr(), _Comparison.ARRAY_CONTAINS, _fill(_Value(), text)))
    if query.up_to is not None:
        name, text = query.up_to
        comparisons.append((FieldPath(name).to_api_repr(), _Comparison.LESS_THAN_OR_EQUAL, _fill(_Value(), text)))
    for bound, operator in ((query.start, _Comparison.GREATER_THAN_OR_EQUAL), (query.end, _Comparison.LESS_THAN)):
        if bound is not None:
            reference = names.full(bound if query.group else f"{query.collection}/{bound}")
            comparisons.append(("__name__", operator, _Value(reference_value=reference)))
    for field_path, operator, value in comparisons:
        comparison = wire.where.composite_filter.filters.add().field_filter
        comparison.field.field_path = field_path
        comparison.op = operator
        comparison.value.CopyFrom(value)
    if comparisons:
        wire.where.composite_filter.op = _Query.CompositeFilter.AND
    return wire


def _begin_after(wire: Any, text: str, path: str | None, names: Names) -> None:
    wire.start_at.values.add(string_value=text)
    if path is not None:
        wire.start_at.values.add(reference_value=names.full(path))
    wire.start_at.before = False


def document_of(wire: Any, names: Names) -> Document:
    """A document as it was read."""
    data = {name: _field(value) for name, value in wire.fields.items()}
    return Document(names.path(wire.name), data, version_of(wire.update_time))


def version_of(update_time: Any) -> str:
    """The version is the time of the last update, exactly: seconds since 1970 and nanoseconds."""
    return f"{update_time.seconds}.{update_time.nanos:09}"


def _set_version(wire: Any, path: str, version: str) -> None:
    parts = _VERSION.fullmatch(version)
    if parts is None:
        raise InvalidInput("a commit", [Fault(path, f"is to be at version {version!r}, which Firestore never gave")])
    wire.current_document.update_time.seconds, wire.current_document.update_time.nanos = map(int, parts.groups())


def _fill(wire: Any, value: Any) -> Any:
    """Set a Value to `value`, which the rules for bodies have passed."""
    if value is None:
        wire.null_value = 0
    elif isinstance(value, str):
        wire.string_value = value
    elif isinstance(value, bool):  # before int, which it is too
        wire.boolean_value = value
    elif isinstance(value, int):
        wire.integer_value = value
    elif isinstance(value, float):
        wire.double_value = value
    elif isinstance(value, list):
        wire.array_value.SetInParent()  # an empty list is a list too
        for item in value:
            _fill(wire.array_value.values.add(), item)
    else:
        wire.map_value.SetInParent()
        for key, item in value.items():
            _fill(wire.map_value.fields[key], item)
    return wire


def _is_deep(value: Any) -> bool:
    """Whether a field is stored as JSON: it holds dicts or lists, or it would be taken for JSON."""
    if isinstance(value, dict):
        return value.keys() == {_JSON} or any(isinstance(item, dict | list) for item in value.values())
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)


def _field(wire: Any) -> Any:
    if wire.WhichOneof("value_type") == "map_value" and wire.map_value.fields.keys() == {_JSON}:
        return from_json(wire.map_value.fields[_JSON].string_value)
    return _value(wire)


def _value(wire: Any) -> Any:
    kind = wire.WhichOneof("value_type")
    if kind == "null_value":
        return None
    if kind == "array_value":
        return [_value(item) for item in wire.array_value.values]
    if kind == "timestamp_value":
        since_1970 = timedelta(seconds=wire.timestamp_value.seconds, microseconds=wire.timestamp_value.nanos // 1000)
        return instant_text(datetime(1970, 1, 1, tzinfo=UTC) + since_1970)
    if kind == "map_value":
        return {key: _value(item) for key, item in wire.map_value.fields.items()}
    return getattr(wire, kind)
