"""What the log says of a drift: which changes caused it, and what was recommended since the plan version is active."""

from datetime import timedelta

from common.decisions.drift import drift_of, explained, explained_further, last_cause
from common.decisions.spend import spend_of
from common.domain import paths
from common.domain.calendar import TenantCalendar
from common.domain.drift import Drift
from common.domain.log_entry import EntryKind, LogEntry
from common.domain.manifest import DriftMark
from common.ports.documents import Query, Scalar
from common.use_cases.draft_case import draft_of
from common.use_cases.load import LoadedTrack, decode, read_one
from common.use_cases.performance import kpis_of
from common.use_cases.ports import Ports
from common.use_cases.queries import every


def explained_now(ports: Ports, loaded: LoadedTrack, drift: Drift) -> Drift:
    """The drift with its causes, and the KPI of each channel since the plan version became active.

    The KPI is of whole days of the flight: up to yesterday, or of the first day alone.
    """
    manifest = loaded.manifest.value
    began = read_one(ports.documents, LogEntry, loaded.track.log_entry(manifest.plan_seq)).value
    moves = _entries_since(ports, loaded, manifest.plan_seq, {"allocates": True})
    because = explained(drift, began, moves, manifest, loaded.plan.slice(loaded.track.track_id))
    calendar = TenantCalendar.of(loaded.tenant.time_zone)
    since = max(calendar.day_of(began.at), loaded.plan.flight.start)
    until = max(since, calendar.day_of(ports.clock.now()) - timedelta(days=1))
    kpis = kpis_of(ports, loaded, since, until).channels
    return because.but(channels=tuple(one.but(kpi=kpis.get(one.channel)) for one in because.channels))


def explained_since(ports: Ports, loaded: LoadedTrack, drift: Drift, mark: DriftMark) -> Drift:
    """The drift with its causes alone, of which the draft that people know has the first.

    The log has grown by a day's changes since, not by those of weeks.
    """
    track, manifest = loaded.track, loaded.manifest.value
    known = draft_of(ports, track.tenant_id, mark.draft_id).value.drift[track.track_id]
    moves = _entries_since(ports, loaded, max(manifest.plan_seq, last_cause(known)), {"allocates": True})
    return explained_further(drift, known, moves, manifest)


def recommendations(ports: Ports, loaded: LoadedTrack) -> list[str]:
    """Structural changes recommended since the version became active, each with its day: only a new one brings them."""
    day_of = TenantCalendar.of(loaded.tenant.time_zone).day_of
    found = _entries_since(ports, loaded, loaded.manifest.value.plan_seq, {"kind": EntryKind.RECOMMENDED.value})
    return [f"{day_of(one.at)}, {one.track_id}: {one.why}" for one in found if one.change_set_id is not None]


def _entries_since(ports: Ports, loaded: LoadedTrack, seq: int, where: dict[str, Scalar]) -> list[LogEntry]:
    """Log entries of the track after this one, oldest first."""
    track = loaded.track
    query = Query(
        paths.log(track.tenant_id),
        where={"track_id": track.track_id, **where},
        start=track.log_id(seq + 1),
        end=track.log_id(loaded.manifest.value.log_seq + 1),
    )
    return [decode(LogEntry, document) for document in every(ports, query)]


def measured(loaded: LoadedTrack) -> Drift:
    """How far a track is from its plan, with what is spent; without causes."""
    manifest = loaded.manifest.value
    piece = loaded.plan.slice(loaded.track.track_id)
    return drift_of(manifest, piece, loaded.tenant.guardrails, spend_of(manifest, loaded.memory))
