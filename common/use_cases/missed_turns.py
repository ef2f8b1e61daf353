"""Turns that nobody took, each with its line: what Scheduler never sent leaves no other trace.

The daily visit looks at every cadence. It comes by a job of the tenant's time zone, as all daily work does, so where
that job is missing nobody would say so: pacing, which does not come by it, looks at the daily cadences once a day.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from common.decisions.missed import WATCHED, missed
from common.domain.calendar import TenantCalendar
from common.domain.log_entry import LogEntry
from common.domain.paths import Track
from common.domain.plan import MediaPlan
from common.domain.tenant import Tenant
from common.domain.tick import Cadence
from common.use_cases.load import LoadedTrack, read_one
from common.use_cases.ports import Ports

DAILY = frozenset(cadence for cadence in WATCHED if cadence.by_zone)
_AFTER_SWEEP = timedelta(hours=12)
"""When pacing looks, after the hour of the tenant's sweep: by then the day's work is done, or late."""


def tell_missed(
    ports: Ports,
    tenant: Tenant,
    plan: MediaPlan,
    track: Track,
    windows: Mapping[str, datetime],
    cadences: Collection[Cadence] = WATCHED,
) -> tuple[Cadence, ...]:
    """Write a line for each of these cadences that is behind on a track; none before its flight, or after it."""
    now, calendar = ports.clock.now(), TenantCalendar.of(tenant.time_zone)
    if not plan.flight.start <= calendar.day_of(now) <= plan.flight.end:
        return ()
    begun = calendar.bounds(plan.flight.start)[0]
    behind = missed(tenant, windows, begun, now)
    if any(cadence.value not in windows for cadence in behind if cadence in cadences):
        behind = missed(tenant, windows, max(begun, _taken_on(ports, track)), now)
    found = tuple(cadence for cadence in behind if cadence in cadences)
    for cadence in found:
        where = {"cadence": cadence.value, "tenant": track.tenant_id, "track": track.track_id}
        ports.journal.write("tick_missed", severity="WARNING", **where, since=behind[cadence].isoformat())
    return found


def tell_missed_daily(ports: Ports, loaded: LoadedTrack, window: datetime) -> tuple[Cadence, ...]:
    """What pacing tells of the daily cadences, in one hour of the tenant's day."""
    tenant = loaded.tenant
    local = TenantCalendar.of(tenant.time_zone).local(window)
    if (local - _AFTER_SWEEP).hour != tenant.cadences.sweep_hour:
        return ()
    return tell_missed(ports, tenant, loaded.plan, loaded.track, loaded.memory.windows, DAILY)


def _taken_on(ports: Ports, track: Track) -> datetime:
    """When the track's log begins, which matters where a cadence never had a turn."""
    return read_one(ports.documents, LogEntry, track.log_entry(0)).value.at
