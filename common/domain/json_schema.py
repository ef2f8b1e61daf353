"""JSON Schemas of what goes over the wire, made from the models that write it."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

Json = dict[str, "Json"] | list["Json"] | str | float | bool | None
Mode = Literal["read", "written"]
DIALECT = GenerateJsonSchema.schema_dialect


def schema_of(model: type[BaseModel]) -> dict[str, Json]:
    """A model's schema as it is written: every field is there, and a later release may add some."""
    return _open(model.model_json_schema(mode="serialization", schema_generator=_OnTheWire))


def components(models: Sequence[tuple[type[BaseModel], Mode]]) -> dict[str, Json]:
    """Schemas of several models and of all that they are made of, by name, each a part of `#/components/schemas/`.

    Args:
        models: each with whether we read it (unknown keys are refused) or write it.
    """
    read = _parts([model for model, how in models if how == "read"], "validation", GenerateJsonSchema)
    written = _parts([model for model, how in models if how == "written"], "serialization", _OnTheWire)
    return read | _open(written)


def _parts(
    models: Sequence[type[BaseModel]], mode: JsonSchemaMode, generator: type[GenerateJsonSchema]
) -> dict[str, Json]:
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, mode) for model in models]
    _, whole = models_json_schema(wanted, ref_template="#/components/schemas/{model}", schema_generator=generator)
    return whole.get("$defs", {})


class _OnTheWire(GenerateJsonSchema):
    """Every field is written, those with a default too."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Every one."""
        return True


def _open(schema: dict[str, Json]) -> dict[str, Json]:
    """The schema without the bans on further keys: a consumer lets them be."""
    return {key: _opened(item) for key, item in schema.items() if key != "additionalProperties" or item}


def _opened(schema: Json) -> Json:
    if isinstance(schema, list):
        return [_opened(item) for item in schema]
    return _open(schema) if isinstance(schema, dict) else schema
