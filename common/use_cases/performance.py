"""What each source says of a track's days: asked once a day and written down, then read for reports and drift."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from common.decisions.kpi import Kpis, Yardstick, kpis
from common.decisions.lag import LagCurve
from common.decisions.recorded_days import curves_of, rows_of, source_that_counts
from common.domain import paths
from common.domain.calendar import TenantCalendar
from common.domain.paths import Track
from common.domain.performance import CRM, GA4, LOOKED_BACK, Answer, Performance, months, platform_source
from common.domain.track_days import EntityDay, TrackDays
from common.ports.ad_platform import PlatformUnavailable
from common.ports.analytics import AnalyticsUnavailable
from common.ports.crm import CrmUnavailable
from common.ports.documents import Conflict, Create, Document, Query, Replace
from common.use_cases.day_sources import bearing_budgets, day_sources
from common.use_cases.load import Held, LoadedTrack, hold
from common.use_cases.ports import Ports
from common.use_cases.queries import every

BEFORE_FLIGHT = timedelta(days=28)
"""From how long before the flight days are recorded: what is usual is known from them."""
_DAY = timedelta(days=1)

Known = dict[str, Held[Performance] | None]
"""Records by path as a run has them already, `None` for one that there is not: nothing is read twice."""


def record_days(ports: Ports, loaded: LoadedTrack, known: Known | None = None) -> tuple[str, ...]:
    """Ask each source once for the days that may have changed or are not known yet, and write down what is new.

    Doing it again at once writes nothing more. A source that does not answer keeps what it has, and the gap is asked
    for next time. Days are recorded once they are over; a flight's until no day of it changes any more.

    Args:
        known: gets what was read and written, for who reads records afterwards.

    Returns:
        The sources that did not answer: `ga4`, `crm`, or `platform-` and its name.
    """
    calendar = TenantCalendar.of(loaded.tenant.time_zone)
    today, flight = calendar.day_of(ports.clock.now()), loaded.plan.flight
    start = flight.start - BEFORE_FLIGHT
    if not start < today <= flight.end + LOOKED_BACK + _DAY:
        return ()
    asks, silent, known = day_sources(ports, loaded), list[str](), {} if known is None else known
    recent = max(start, today - LOOKED_BACK)
    found = _read(ports, loaded.track, asks, months(recent, today), known)
    for source, ask in asks.items():
        heard = _heard(held.value for held in found.values() if held.value.source == source)
        first = start if heard is None else max(start, min(recent, calendar.day_of(heard)))
        try:
            answer = ask(first)
        except (PlatformUnavailable, AnalyticsUnavailable, CrmUnavailable):
            silent.append(source)
            continue
        if answer is not None:
            _write(ports, loaded, source, answer, known)
    return tuple(silent)


def track_days(ports: Ports, loaded: LoadedTrack, since: date, until: date) -> TrackDays:
    """What is recorded of the days from `since` to `until`, both inclusive. Asks no source."""
    return Recorded.read(ports, loaded, since, until).days(since, until)


def kpis_of(ports: Ports, loaded: LoadedTrack, since: date, until: date) -> Kpis:
    """The KPI of the track and of its channels over these days, from what is recorded. Asks no source."""
    return Recorded.read(ports, loaded, since, until).kpis(since, until)


@dataclass(frozen=True)
class Recorded:
    """The records of a track over some time, read once: any days and KPIs within it come from memory."""

    loaded: LoadedTrack
    documents: tuple[Performance, ...]

    @staticmethod
    def read(ports: Ports, loaded: LoadedTrack, since: date, until: date, known: Known | None = None) -> "Recorded":
        """All sources in one round trip; also the days before, from which is learned how late conversions come."""
        platforms = sorted({one.platform for one in bearing_budgets(loaded.manifest.value)})
        sources = [*map(platform_source, platforms), GA4, CRM]
        wanted = months(min(since, until - LOOKED_BACK), until)
        found = _read(ports, loaded.track, sources, wanted, {} if known is None else known)
        return Recorded(loaded, tuple(held.value for held in found.values()))

    def days(self, since: date, until: date) -> TrackDays:
        """The days from `since` to `until`, both inclusive."""
        source = source_that_counts(self.loaded.tenant, self.documents)
        rows = [row for row in self._rows if since <= row.day <= until]
        return TrackDays(since, until, source, tuple(rows))

    def kpis(self, since: date, until: date) -> Kpis:
        """The KPI over the days from `since` to `until`, both inclusive."""
        yardstick = Yardstick.of(self.loaded.tenant, self.loaded.plan.slice(self.loaded.track.track_id))
        return kpis(self.days(since, until), yardstick, self.curves, self._calendar)

    @cached_property
    def curves(self) -> Mapping[str, LagCurve]:
        """How late the conversions of each channel come."""
        return curves_of(self.documents, self.loaded.manifest.value, self._calendar)

    @cached_property
    def _rows(self) -> list[EntityDay]:
        return rows_of(self.documents, self.loaded.manifest.value, self._calendar)

    @property
    def _calendar(self) -> TenantCalendar:
        return TenantCalendar.of(self.loaded.tenant.time_zone)


def _read(
    ports: Ports, track: Track, sources: Iterable[str], wanted: Sequence[str], known: Known
) -> dict[str, Held[Performance]]:
    """The records that exist of these sources and months, by path; those not known yet in one round trip.

    They are asked for by a range of ids: of most months before the flight, and of a CRM that nobody has, there is no
    record, and to look for one by its path costs as much as to read it.
    """
    month_of = {paths.performance(track, month, source): month for source in sources for month in wanted}
    unknown = {path: month for path, month in month_of.items() if path not in known}
    if unknown:
        start, end = paths.performance_ids(track, min(unknown.values()), max(unknown.values()))
        query = Query(paths.performances(track.tenant_id), start=start, end=end)
        found = {document.path: document for document in every(ports, query)}
        known.update({path: _found(found.get(path), path) for path in unknown})
    return {path: held for path in month_of if (held := known[path]) is not None}


def _heard(records: Iterable[Performance]) -> datetime | None:
    """Until when their source has told what happened."""
    return max((until for one in records if (until := one.heard()) is not None), default=None)


def _write(ports: Ports, loaded: LoadedTrack, source: str, answer: Answer, known: Known) -> None:
    """Append to each month what is new of it, on top of what somebody else may write meanwhile."""
    track, day_of = loaded.track, TenantCalendar.of(loaded.tenant.time_zone).day_of
    for month in months(answer.first, day_of(answer.until)):
        path = paths.performance(track, month, source)
        if path not in known:
            known[path] = _found(ports.documents.read(path)[0], path)
        while True:
            held = known[path]
            empty = Performance(tenant_id=track.tenant_id, track_id=track.track_id, month=month, source=source)
            before = empty if held is None else held.value
            after = before.appended(answer, day_of)
            if after is before:
                break
            try:
                body = after.body()
                write = Create(path, body) if held is None else Replace(path, body, held.version)
                known[path] = Held(after, ports.documents.commit(write)[0])
            except Conflict:
                known[path] = _found(ports.documents.read(path)[0], path)
                continue
            break


def _found(document: Document | None, path: str) -> Held[Performance] | None:
    return None if document is None else hold(Performance, document, path)
