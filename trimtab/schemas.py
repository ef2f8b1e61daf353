"""JSON Schemas of what Trimtab publishes, made from the models that it publishes with."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from common.domain.event import Event
from common.domain.model import Frozen

Json = dict[str, "Json"] | list["Json"] | str | float | bool | None

SCHEMAS: dict[str, type[Frozen]] = {"optimization-event.schema.json": Event}
"""By file name, the model that it describes as it goes over the wire."""


def write_schemas(folder: Path) -> Iterator[Path]:
    """Write each schema into the folder, which is made where it is missing. Yields the files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, model in SCHEMAS.items():
        file = folder / name
        file.write_text(schema_text(model))
        yield file


def schema_text(model: type[Frozen]) -> str:
    """A model's schema as the file has it."""
    schema = model.model_json_schema(mode="serialization", schema_generator=_OnTheWire)
    whole = {"$schema": _OnTheWire.schema_dialect, **schema}
    text = json.dumps(_open(whole), indent=2, ensure_ascii=False)
    return f"{text}\n"


class _OnTheWire(GenerateJsonSchema):
    """Every field is written, those with a default too."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Every one."""
        return True


def _open(schema: Json) -> Json:
    """The schema without the bans on further keys: a later release may add some, and a consumer lets them be."""
    if isinstance(schema, list):
        return [_open(item) for item in schema]
    if isinstance(schema, dict):
        return {key: _open(item) for key, item in schema.items() if key != "additionalProperties" or item}
    return schema
