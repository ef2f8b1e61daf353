# pyright: basic
"""The structured log as lines of JSON on standard output, in the form that Cloud Logging reads.

What Google and other libraries say through Python's own `logging` goes the same way. The special fields are those of
https://cloud.google.com/logging/docs/structured-logging; a stack in `stack_trace` is what Error Reporting groups by:
https://cloud.google.com/error-reporting/docs/formatting-error-messages.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, MutableMapping
from typing import Any, NamedTuple

import structlog

from common.ports.journal import told_about

_SEVERITIES = {"warn": "WARNING", "exception": "ERROR", "notset": "DEFAULT"}
_QUERY = re.compile(r"(?<=[\w/%.~-])\?[^\s'\"<>)]+")
"""What follows the question mark of a URL, where tokens stand; a sentence's question mark has a space after it."""


class Place(NamedTuple):
    """The step of a trace that is under way."""

    trace: str
    """32 digits of hex."""
    span: str
    """16 digits of hex."""
    sampled: bool


def nowhere() -> None:
    """There is no trace."""


class StructuredLog:
    """Writes a line of JSON for each event: `severity`, `message`, `time`, the fields, and what it is about.

    Args:
        project: whose traces the lines belong to.
        place: the step that is under way.
    """

    def __init__(self, project: str | None = None, place: Callable[[], Place | None] = nowhere) -> None:
        self._project, self._place = project, place
        self._shared = [
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            self._where,
            structlog.processors.ExceptionRenderer(),
            _as_cloud_logging_has_it,
        ]
        self._log = structlog.wrap_logger(
            _Output(), [_about, *self._shared, structlog.processors.JSONRenderer(_json, sort_keys=True)]
        )

    def write(self, event: str, **fields: object) -> None:
        """Write a line; an exception among the fields, as `exc_info`, is written with its stack."""
        self._log.info(event, **fields)

    def hear_libraries(self) -> None:
        """From now on what libraries log as a warning or worse are lines too, without the queries of URLs."""
        handler = logging.StreamHandler(_Output())
        handler.setLevel(logging.WARNING)
        handler.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(_json, sort_keys=True),
                ],
                foreign_pre_chain=[structlog.stdlib.add_logger_name, _severity, _about, *self._shared],
            )
        )
        root = logging.getLogger()
        others = [one for one in root.handlers if type(one) is not logging.StreamHandler]  # whose lines are plain text
        root.handlers = [*others, handler]
        # Google's first client would cut its libraries' loggers off from ours, unless somebody has configured them.
        google = logging.getLogger("google")
        google.setLevel(logging.WARNING)
        google.propagate = True
        logging.captureWarnings(capture=True)

    def _where(self, _logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        place = self._place()
        if place is not None and self._project is not None:
            line["logging.googleapis.com/trace"] = f"projects/{self._project}/traces/{place.trace}"
            line["logging.googleapis.com/spanId"] = place.span
            line["logging.googleapis.com/trace_sampled"] = place.sampled
        return line


class _Output:
    """Whatever standard output is at the moment of the line; each in one piece, for threads write at once."""

    def info(self, line: str) -> None:
        self.write(line + "\n")
        self.flush()

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


def _about(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {**told_about(), **line}


def _severity(_logger: object, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {"severity": _SEVERITIES.get(method, method.upper()), **line}


def _as_cloud_logging_has_it(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    message, stack = line.pop("event"), line.pop("exception", None)
    line = {"severity": "INFO", "message": message, **line}
    if stack is not None:
        line["stack_trace"] = stack
    return {key: _QUERY.sub("?...", text) if isinstance(text, str) else text for key, text in line.items()}


def _json(line: object, **options: Any) -> str:
    return json.dumps(line, **{**options, "default": str})
