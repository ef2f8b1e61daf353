"""Follow a track's signals: freeze increases where they can't be trusted, end it where they can be again.

Entering and leaving are an entry in the log and an event, in the commit that writes the state. Doing it again at once
changes nothing more.
"""

from collections.abc import Iterator, Sequence

from common.decisions.facts import Facts
from common.decisions.safeguards.freezing import Followed, followed
from common.decisions.safeguards.signals import DAY, LOOKED_BACK, Signals
from common.domain.calendar import TenantCalendar
from common.domain.change import Reason
from common.domain.event import EventType
from common.domain.figures import Upload
from common.domain.log_entry import EntryKind
from common.domain.state import Freeze
from common.domain.tenant import Tenant
from common.ports.analytics import AnalyticsRevoked, AnalyticsUnavailable
from common.ports.crm import CrmUnavailable
from common.ports.documents import Conflict, Create, Replace
from common.use_cases.attribution import follow_ga4
from common.use_cases.calls import refs_of
from common.use_cases.day_sources import bearing_budgets
from common.use_cases.ledger import Ledger, Telling
from common.use_cases.load import LoadedTrack, load_track
from common.use_cases.performance import BEFORE_FLIGHT, Known, Recorded
from common.use_cases.ports import Ports
from common.use_cases.publish import publish
from common.web.words import freeze_over, freeze_said


def check_signals(ports: Ports, loaded: LoadedTrack, recorded: Recorded) -> tuple[LoadedTrack, tuple[Reason, ...]]:
    """Bring degraded mode and freezes up to what the sources say now.

    Args:
        recorded: the track's days, from `LOOKED_BACK` before today on as far as they are recorded.

    Returns the track as it is then, and why increases are frozen. Before the flight's days are recorded, and once it
    is over, nothing is judged.
    """
    today = TenantCalendar.of(loaded.tenant.time_zone).day_of(ports.clock.now())
    if not loaded.plan.flight.start - BEFORE_FLIGHT < today <= loaded.plan.flight.end:
        return loaded, tuple(_reasons(loaded))
    loaded = _follow_ga4(ports, loaded)
    uploads = _uploads(ports, loaded)
    rows = recorded.days(today - LOOKED_BACK, today - DAY).rows
    while True:
        manifest, now = loaded.manifest.value, ports.clock.now()
        facts = Facts(now, loaded.tenant, loaded.plan, manifest, loaded.memory)
        found = followed(Signals(facts, rows, recorded.curves, uploads))
        try:
            loaded = _written(ports, loaded, found)
        except Conflict:
            loaded = load_track(ports, loaded.track)
            continue
        return loaded, tuple(_reasons(loaded))


def recorded_by_now(ports: Ports, loaded: LoadedTrack, known: Known | None = None) -> Recorded:
    """The track's days, as far back as a safeguard looks."""
    today = TenantCalendar.of(loaded.tenant.time_zone).day_of(ports.clock.now())
    return Recorded.read(ports, loaded, today - LOOKED_BACK, today - DAY, known)


def _follow_ga4(ports: Ports, loaded: LoadedTrack) -> LoadedTrack:
    """The track with its tenant in degraded mode, or not, as GA4 is connected or not; unchanged if that is unknown."""
    try:
        connected = ports.analytics(loaded.track.tenant_id).realtime(timeout=ports.timeout) is not None
    except AnalyticsRevoked:
        connected = False
    except AnalyticsUnavailable:
        return loaded
    return load_track(ports, loaded.track) if follow_ga4(ports, loaded.tenant, connected=connected) else loaded


def _uploads(ports: Ports, loaded: LoadedTrack) -> Sequence[Upload] | None:
    refs = refs_of(bearing_budgets(loaded.manifest.value))
    try:
        since = ports.clock.now() - LOOKED_BACK
        return ports.crm(loaded.track.tenant_id).uploads(refs, since, timeout=ports.timeout)
    except CrmUnavailable:
        return None


def _written(ports: Ports, loaded: LoadedTrack, found: Followed) -> LoadedTrack:
    """The track with its freezes as they are now; the same object where none was entered or left."""
    if not found.entered and not found.left:
        return loaded
    track, body, held = loaded.track, found.state.body(), loaded.state
    ledger = Ledger(track, loaded.manifest, ports.clock.now())
    for event, freezes in ((EventType.SAFEGUARD_ENTERED, found.entered), (EventType.SAFEGUARD_LEFT, found.left)):
        for freeze in freezes:
            ledger.record(EntryKind.NOTE, _telling(event, freeze, loaded.tenant, found.state.freezes))
    ledger.also(Create(track.state, body) if held is None else Replace(track.state, body, held.version))
    ledger.commit(ports)
    publish(ports, track.tenant_id, ledger.events)
    return load_track(ports, track)


def _telling(event: EventType, freeze: Freeze, tenant: Tenant, standing: Sequence[Freeze]) -> Telling:
    if event is EventType.SAFEGUARD_ENTERED:
        why = freeze_said(freeze, tenant.currency)
    else:
        others = " Other freezes stand." if standing else ""
        why = f"{freeze_over(freeze, tenant.currency, TenantCalendar.of(tenant.time_zone))}{others}"
    return Telling("trimtab", why, event, reasons=(freeze.reason,), data={"safeguard": freeze})


def _reasons(loaded: LoadedTrack) -> Iterator[Reason]:
    """Of each freeze that stands; with the campaigns of its channel, where it is about one."""
    for freeze in loaded.memory.freezes:
        if freeze.channel is None:
            yield freeze.reason
        for one in bearing_budgets(loaded.manifest.value):
            if one.channel == freeze.channel:
                yield freeze.reason.but(entity_id=one.entity_id)
