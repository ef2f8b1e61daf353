"""Work on some tracks of a tenant, begun by hand: one pacing tick, or one deep review."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from common.domain.calendar import TenantCalendar
from common.domain.errors import TrimtabError
from common.domain.paths import Track
from common.domain.tenant import Tenant
from common.domain.tick import Cadence, window_of
from common.use_cases.pace import Tick, pace
from common.use_cases.ports import Ports
from common.use_cases.queries import change_set_of
from common.use_cases.review import Reviewed, review
from trimtab.progress import watched

D = TypeVar("D", Tick, Reviewed)


class SomeTracksFailed(TrimtabError):
    """What went wrong, track by track; the other tracks were run."""


def tick_tracks(ports: Ports, tracks: Sequence[Track]) -> tuple[list[Tick], SomeTracksFailed | None]:
    """Run each track's tick of the current window; one that fails does not stop the others.

    Returns:
        The ticks, with what became of their change sets; and the failures, if there are any.
    """
    window = window_of(Cadence.PACING, ports.clock.now())
    return _each(ports, tracks, "ticking", window, pace)


def review_tracks(
    ports: Ports, tenant: Tenant, tracks: Sequence[Track]
) -> tuple[list[Reviewed], SomeTracksFailed | None]:
    """Run each track's deep review of the tenant's day, whatever its hour; otherwise as `tick_tracks`."""
    calendar = TenantCalendar.of(tenant.time_zone)
    window = calendar.bounds(calendar.day_of(ports.clock.now()))[0]
    return _each(ports, tracks, "reviewing", window, review)


def _each(
    ports: Ports,
    tracks: Sequence[Track],
    what: str,
    window: datetime,
    work: Callable[[Ports, Track, datetime, str], D],
) -> tuple[list[D], SomeTracksFailed | None]:
    done: list[D] = []
    failures: list[str] = []
    for track in watched(tracks, len(tracks), what):
        try:
            done.append(_as_it_ended(ports, work(ports, track, window, ports.new_run())))
        except TrimtabError as error:
            failures.append(f"{track.track_id} was not run: {error}")
    return done, SomeTracksFailed("\n".join(failures)) if failures else None


def _as_it_ended(ports: Ports, one: D) -> D:
    """A run tells what it decided; by now that is applied, or not."""
    ended = (change_set_of(ports, one.track.tenant_id, each.change_set_id) for each in one.change_sets)
    return replace(one, change_sets=tuple(ended))
