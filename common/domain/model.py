"""The base of every document: frozen, no unknown keys, and one error that lists all faults."""

from collections.abc import Mapping
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from common.domain.errors import Fault, InvalidInput


class Frozen(BaseModel):
    """A value that never changes after it was made and that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False)

    def body(self) -> dict[str, Any]:
        """The body to store: JSON types only, instants as ISO 8601 strings."""
        return self.model_dump(mode="json")

    def but(self, **changes: Any) -> Self:
        """A copy with other values in some fields; the caller vouches for them (no validation)."""
        return self.model_copy(update=changes)


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,199}$")]
"""Names a document: letters, digits and `_ . : @ -`, at most 200, so that it fits into every store's path."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,79}$")]
"""An `Id` of at most 80: tenants and tracks, whose names ids of other documents are made of."""

M = TypeVar("M", bound=BaseModel)


def parse(model: type[M], data: Mapping[str, Any], subject: str) -> M:
    """Validate `data` as `model`.

    Raises:
        InvalidInput: with every fault by field; `subject` names the input for the person who wrote it.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InvalidInput(subject, faults_of(error)) from error


def parse_json(model: type[M], text: str | bytes, subject: str) -> M:
    """Like `parse`, from JSON text; text that is not JSON is one fault."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise InvalidInput(subject, faults_of(error)) from error


def faults_of(error: ValidationError) -> list[Fault]:
    """Each of pydantic's findings as a fault with a dotted path."""
    found = (one for one in error.errors() if not _follows(one))
    return [Fault(".".join(str(part) for part in one["loc"]), _sentence(one)) for one in found]


def _follows(found: ErrorDetails) -> bool:
    """Whether it only follows from other faults: a list is too short for pydantic once its faulty items are out."""
    return found["type"] == "too_short" and len(found["input"]) >= found.get("ctx", {})["min_length"]


def _sentence(found: ErrorDetails) -> str:
    if found["type"] == "extra_forbidden":
        return "unknown key; remove it or check its spelling"
    if found["type"] == "missing":
        return "required, but missing"
    message = found["msg"].removeprefix("Value error, ")
    given = found["input"]
    shown = f" (given: {given!r})" if isinstance(given, str | int | float | bool) else ""
    return f"{message}{shown}"
