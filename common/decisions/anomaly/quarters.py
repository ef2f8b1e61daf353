"""GA4's realtime is noted by the quarter of an hour until the clicks of its hour are known, and judged with them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from common.domain.figures import Realtime

KEEP_QUARTERS = timedelta(hours=30)
"""How long realtime waits for the clicks of its hour; a platform that is later is judged by its own counts."""


def kept(watching: Mapping[str, Any]) -> Mapping[str, Sequence[float]]:
    """What was noted and is not judged yet: sessions and conversions by quarter-hour. `watching`: as it is stored."""
    return _site(watching).get("quarters", {})


def was_connected(watching: Mapping[str, Any]) -> bool:
    """Whether the tenant had GA4 at the last check that judged."""
    return _site(watching).get("connected", True)


def _site(watching: Mapping[str, Any]) -> Mapping[str, Any]:
    return watching.get("site", {})


def noted(watching: Mapping[str, Any], realtime: Realtime, now: datetime) -> dict[str, Any]:
    """What a watch remembers, as it is stored, with GA4's last quarter-hours; nothing of it is judged."""
    oldest = (now - KEEP_QUARTERS).isoformat()
    old = {start: counts for start, counts in kept(watching).items() if start >= oldest}
    new = {quarter.start.isoformat(): (quarter.sessions, quarter.conversions) for quarter in realtime.quarters}
    return {**watching, "site": {**_site(watching), "quarters": {**old, **new}}}
