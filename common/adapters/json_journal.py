"""The structured log as lines of JSON on standard output, in the form that Cloud Logging reads."""

import json
import sys
from datetime import UTC, datetime


class JsonJournal:
    """Writes a line of JSON for each event: `severity`, `message`, `time` and the fields."""

    def write(self, event: str, **fields: object) -> None:
        """Write a line; a field `severity` other than INFO marks what a person should look at."""
        time = datetime.now(UTC).isoformat()
        line = {"severity": "INFO", "message": event, "time": time, **fields}
        print(json.dumps(line, sort_keys=True, default=str), file=sys.stdout, flush=True)  # noqa: T201 - the log itself
