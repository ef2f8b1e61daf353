"""The schemas of what is published: up to date in the documentation, and open to what a later release adds."""

import json
from pathlib import Path
from typing import Any

import pytest

from common.domain.event import Event, EventType
from tests.unit.trimtab.command import trimtab

ROOT = Path(__file__).parents[3]
EVENT = "optimization-event.schema.json"


def test_the_schemas_in_the_documentation_are_those_that_the_command_writes(tmp_path: Path) -> None:
    written = trimtab("schemas", tmp_path / "new")
    assert written.code == 0
    files = sorted((tmp_path / "new").iterdir())
    assert written.out.splitlines() == [str(file) for file in files]
    committed = sorted((ROOT / "docs" / "schemas").glob("*.json"))
    assert [file.name for file in files] == [file.name for file in committed]
    for file, other in zip(files, committed, strict=True):
        assert file.read_text() == other.read_text(), f"run: python -m trimtab schemas {other.parent}"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    written = trimtab("schemas", taken)
    assert (written.code, written.out) == (2, "")
    assert f"{taken}: File exists" in written.err


@pytest.fixture
def schema() -> dict[str, Any]:
    """The event's schema as it is committed."""
    return json.loads((ROOT / "docs" / "schemas" / EVENT).read_text())


def test_the_schema_names_every_type_and_asks_for_every_field_of_a_cloud_event(schema: dict[str, Any]) -> None:
    assert schema["$defs"]["EventType"]["enum"] == [one.value for one in EventType]
    assert {"specversion", "id", "source", "type", "time", "subject", "data"} <= {*schema["required"]}
    for one in (schema, schema["$defs"]["EventData"]):
        assert {*one["required"]} == {*one["properties"]}
    change = schema["$defs"]["LoggedChange"]
    assert {*change["properties"]} - {*change["required"]} == {"request_id"}, "left out where there is none"


def test_an_event_has_exactly_the_fields_of_its_schema(schema: dict[str, Any]) -> None:
    assert {*Event.model_fields} == {*schema["properties"]}


def test_consumers_are_not_told_to_refuse_fields_that_a_later_release_adds(schema: dict[str, Any]) -> None:
    assert "additionalProperties" not in json.dumps(schema)
