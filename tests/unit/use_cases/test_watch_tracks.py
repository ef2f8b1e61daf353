"""The tracks of one message share what GA4's realtime showed: it is written down once, and nobody knows less of it."""

from dataclasses import replace
from typing import Any, cast

from common.domain.figures import Realtime
from common.domain.paths import Track
from common.domain.tick import Cadence, TenantTick, window_of
from common.ports.analytics import Analytics
from common.ports.documents import Documents
from common.use_cases.configure import tenant_of
from common.use_cases.watch_tracks import watch_tracks
from tests.unit.sandbox.played_week import TENANT, Week, begun, calm_week

CHECKS = 4 * 14


class OneQuarter:
    """GA4 as a standard property is at most times: realtime shows one whole quarter of an hour."""

    def __init__(self, inner: Analytics) -> None:
        self._inner = inner

    def realtime(self, *, timeout: float) -> Realtime | None:
        """As the port says."""
        found = self._inner.realtime(timeout=timeout)
        return None if found is None else Realtime(found.quarters[-1:])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def checked(*, together: bool) -> tuple[Week, int]:
    """A played half-day and its commits: the tracks in one message, or each in its own."""
    week = begun(calm_week())

    def analytics(tenant_id: str) -> Analytics:
        return cast("Analytics", OneQuarter(week.ports.analytics(tenant_id)))

    ports = replace(week.ports, analytics=analytics)
    tracks = tenant_of(ports, TENANT).tracks
    commits = 0
    for _ in range(CHECKS):
        window = window_of(Cadence.ANOMALY_PAUSE, ports.clock.now())
        tick = TenantTick(cadence=Cadence.ANOMALY_PAUSE, window=window, tenant_id=TENANT, tracks=tracks)
        before = versions(ports.documents, tracks)
        for message in [tick] if together else [tick.but(tracks=(one,)) for one in tracks]:
            watch_tracks(ports, message)
        commits += sum(old != new for old, new in zip(before, versions(ports.documents, tracks), strict=True))
        week.player.go_on()
    return week, commits


def versions(documents: Documents, tracks: tuple[str, ...]) -> list[str | None]:
    """Of each track's state."""
    found = documents.read(*(Track(TENANT, one).state for one in tracks))
    return [None if one is None else one.version for one in found]


def judged(week: Week) -> list[dict[str, Any]]:
    """What each track has made of the property so far, less what it still keeps to judge."""
    tracks = tenant_of(week.ports, TENANT).tracks
    found = week.ports.documents.read(*(Track(TENANT, one).state for one in tracks))
    sites = [one.data["watching"]["site"] for one in found if one is not None]
    assert len(sites) == len(tracks)
    return [{key: value for key, value in site.items() if key != "quarters"} for site in sites]


def test_tracks_that_share_judge_as_each_alone_would_and_write_less() -> None:
    alone, wrote_alone = checked(together=False)
    together, wrote = checked(together=True)
    assert judged(together) == judged(alone)
    assert all(any(site["hourly_sessions"]) for site in judged(together)), "hours were compared"
    tracks = len(tenant_of(alone.ports, TENANT).tracks)
    assert wrote_alone == CHECKS * tracks
    assert CHECKS <= wrote < 0.75 * wrote_alone
