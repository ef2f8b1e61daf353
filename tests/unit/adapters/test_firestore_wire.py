# pyright: basic
"""How a document lies in Firestore: flat fields as they are, for queries and people; the rest as JSON text."""

from typing import Any

import pytest
from google.cloud.firestore_v1.types import document as documents

from common.adapters.firestore_wire import Names, document_of, wire_write
from common.ports.documents import Create, Data

NAMES = Names("shop", "(default)")

FLAT: Data = {"slot": 7, "state": "pending", "people": ["ana", "bo"], "due": None, "caps": {"meta": 2.5}, "none": {}}
DEEP: Data = {"entities": {"search": {"status": "enabled"}}, "lines": [{"at": 1}], "taken for json": {"json": "1"}}


def stored(data: Data) -> Any:
    """The document that a write sends."""
    return wire_write(Create("a/1", data), NAMES).update


def text_of(field: Any) -> str:
    """The JSON of a field that is stored as such."""
    assert set(field.map_value.fields) == {"json"}
    return field.map_value.fields["json"].string_value


def test_what_queries_and_people_look_at_lies_as_it_is() -> None:
    fields = stored(FLAT).fields
    assert (fields["slot"].integer_value, fields["state"].string_value) == (7, "pending")
    assert [one.string_value for one in fields["people"].array_value.values] == ["ana", "bo"]
    assert fields["caps"].map_value.fields["meta"].double_value == 2.5
    assert fields["due"].WhichOneof("value_type") == "null_value"


def test_until_when_a_document_is_kept_is_a_timestamp_or_firestore_would_keep_it_for_ever() -> None:
    field = stored({"kept_until": "2026-05-04T12:00:00.5Z", "due": "2026-05-04T12:00:00.5Z"}).fields
    assert field["kept_until"].timestamp_value.ToJsonString() == "2026-05-04T12:00:00.500Z"
    assert field["due"].string_value == "2026-05-04T12:00:00.5Z"
    assert stored({"kept_until": None}).fields["kept_until"].WhichOneof("value_type") == "null_value"


def test_a_field_of_more_levels_is_json_text() -> None:
    fields = stored(DEEP).fields
    assert text_of(fields["entities"]) == '{"search":{"status":"enabled"}}'
    assert text_of(fields["lines"]) == '[{"at":1}]'
    assert text_of(fields["taken for json"]) == '{"json":"1"}'


@pytest.mark.parametrize("data", [FLAT, DEEP])
def test_it_is_read_as_it_was_written(data: Data) -> None:
    assert document_of(stored(data), NAMES).data == data


def test_fields_of_more_levels_that_lie_as_they_are_can_be_read() -> None:
    """Whoever writes one by hand, or restores an old database, need not know of the text."""
    wire = documents.Document.pb()(name=NAMES.full("a/1"))
    search = wire.fields["entities"].map_value.fields["search"].map_value
    search.fields["status"].string_value = "enabled"
    assert document_of(wire, NAMES).data == {"entities": {"search": {"status": "enabled"}}}
