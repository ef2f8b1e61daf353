"""The structured log as lines of JSON on standard output, in the form that Cloud Logging reads."""

import sys
from typing import Any

import structlog


class JsonJournal:
    """Writes a line of JSON for each event: `severity`, `message`, `time` and the fields."""

    def __init__(self) -> None:
        self._log: Any = structlog.wrap_logger(
            structlog.PrintLogger(sys.stdout),
            processors=[
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
                structlog.processors.EventRenamer("message"),
                structlog.processors.JSONRenderer(sort_keys=True, default=str),
            ],
        )

    def write(self, event: str, **fields: object) -> None:
        """Write a line; a field `severity` other than INFO marks what a person should look at."""
        self._log.msg(event, **{"severity": "INFO", **fields})
