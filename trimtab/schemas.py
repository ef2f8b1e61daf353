"""Files that describe what Trimtab publishes: the schemas of its events and reports, and the document of its API."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from common.domain.event import Event
from common.domain.json_schema import DIALECT, schema_of
from common.domain.report import Report
from functions.approval.api_document import document

FILES: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "approval-api.openapi.json": document,
    "optimization-event.schema.json": lambda: {"$schema": DIALECT, **schema_of(Event)},
    "report.schema.json": lambda: {"$schema": DIALECT, **schema_of(Report)},
}
"""By file name, what it holds."""


def write_schemas(folder: Path) -> Iterator[Path]:
    """Write each file into the folder, which is made where it is missing. Yields the files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in FILES.items():
        file = folder / name
        file.write_text(f"{json.dumps(content(), indent=2, ensure_ascii=False)}\n")
        yield file
