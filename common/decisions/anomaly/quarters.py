"""GA4's realtime is noted by the quarter of an hour until the clicks of its hour are known, and judged with them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from common.domain.figures import Realtime

KEEP_QUARTERS = timedelta(hours=30)
"""How long realtime waits for the clicks of its hour; a platform that is later is judged by its own counts."""


def noted(watching: Mapping[str, Any], realtime: Realtime, now: datetime) -> dict[str, Any]:
    """What a watch remembers, as it is stored, with GA4's last quarter-hours; nothing of it is judged."""
    site: Mapping[str, Any] = watching.get("site", {})
    oldest = (now - KEEP_QUARTERS).isoformat()
    kept = {start: counts for start, counts in site.get("quarters", {}).items() if start >= oldest}
    new = {quarter.start.isoformat(): (quarter.sessions, quarter.conversions) for quarter in realtime.quarters}
    return {**watching, "site": {**site, "quarters": {**kept, **new}}}
