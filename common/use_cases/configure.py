"""Change a tenant's configuration: the epoch goes up, and each track learns it. Or turn a kill switch, at once."""

from collections.abc import Callable

from common.domain import paths
from common.domain.errors import Refused
from common.domain.event import EventType
from common.domain.log_entry import EntryKind
from common.domain.manifest import Manifest
from common.domain.model import parse
from common.domain.paths import Track
from common.domain.tenant import GlobalControl, KillSwitch, Tenant
from common.ports.documents import Conflict, Create, Replace, Write
from common.use_cases.ledger import Ledger, Telling
from common.use_cases.load import decode, hold, read_one
from common.use_cases.ports import Ports
from common.use_cases.publish import publish

_ENTERED = (
    EventType.ATTRIBUTION_DEGRADED,
    "Without GA4: platform and CRM signals only, and the tighter limits, until it is connected.",
)
_LEFT = (EventType.ATTRIBUTION_RESTORED, "GA4 is connected again: the usual limits hold.")


def configure(ports: Ports, tenant_id: str, change: Callable[[Tenant], Tenant], *, by: str = "trimtab") -> Tenant:
    """Rewrite a tenant at the next epoch, and the epoch in each of its manifests, in one commit.

    Where that takes the tenant into degraded mode, or out of it, the same commit holds an entry for each track's log,
    and one event for the tenant, with the entry of its first track.

    Args:
        by: who changes it: `trimtab` or a person's e-mail address.

    Raises:
        NotFound: no such tenant.
        InvalidInput: the change makes it a tenant that can't be; with every fault.
        Refused: the change would rename it or move its currency or time zone under a running flight.
    """
    while True:
        path = paths.tenant(tenant_id)
        held = read_one(ports.documents, Tenant, path)
        changed = change(held.value).but(config_epoch=held.value.config_epoch + 1)
        _must_keep(held.value, changed)
        wanted = parse(Tenant, changed.body(), f"tenant {tenant_id}")
        ledgers = _told(ports, held.value, wanted, by)
        writes: list[Write] = [Replace(path, wanted.body(), held.version)]
        writes += [write for ledger in ledgers for write in ledger.writes()]
        try:
            ports.documents.commit(*writes)
        except Conflict:
            continue
        publish(ports, tenant_id, [event for ledger in ledgers for event in ledger.events])
        return wanted


def _told(ports: Ports, old: Tenant, new: Tenant, by: str) -> list[Ledger]:
    """Each track's part of the commit: the epoch, and what its log has to say of it."""
    tracks = [Track(new.tenant_id, track_id) for track_id in new.tracks]
    documents = ports.documents.read(*(track.manifest for track in tracks))
    ledgers: list[Ledger] = []
    for track, document in zip(tracks, documents, strict=True):
        ledger = Ledger(track, hold(Manifest, document, track.manifest), ports.clock.now())
        ledger.move(config_epoch=new.config_epoch, degraded=new.degraded_attribution)
        if new.degraded_attribution != old.degraded_attribution:
            event, why = _ENTERED if new.degraded_attribution else _LEFT
            ledger.record(EntryKind.NOTE, Telling(by=by, why=why, event=None if ledgers else event))
        ledgers.append(ledger)
    return ledgers


def _must_keep(old: Tenant, new: Tenant) -> None:
    for name in ("tenant_id", "currency", "time_zone", "tracks"):
        if getattr(old, name) != getattr(new, name):
            raise Refused(f"{name} of {old.tenant_id} can't change while it runs; take on a new tenant instead")


def switch_tenant(ports: Ports, tenant_id: str, *, on: bool, by: str, reason: str) -> Tenant:
    """Turn a tenant's kill switch on or off: one write, however many tracks it has and whatever they are doing.

    The epoch stays: who obeys the switch reads it, and nobody goes by what is remembered of it.

    Raises:
        NotFound: no such tenant.
    """
    path, switch = paths.tenant(tenant_id), KillSwitch(on=on, by=by, since=ports.clock.now(), reason=reason)
    while True:
        held = read_one(ports.documents, Tenant, path)
        switched = held.value.but(kill_switch=switch)
        try:
            ports.documents.commit(Replace(path, switched.body(), held.version))
        except Conflict:
            continue
        return switched


def switch_global(ports: Ports, *, on: bool, by: str, reason: str) -> GlobalControl:
    """Turn the kill switch for everybody on or off."""
    wanted = GlobalControl(kill_switch=KillSwitch(on=on, by=by, since=ports.clock.now(), reason=reason))
    while True:
        document = ports.documents.read(paths.GLOBAL_CONTROL)[0]
        write = (
            Create(paths.GLOBAL_CONTROL, wanted.body())
            if document is None
            else Replace(paths.GLOBAL_CONTROL, wanted.body(), document.version)
        )
        try:
            ports.documents.commit(write)
        except Conflict:
            continue
        return wanted


def tenant_of(ports: Ports, tenant_id: str) -> Tenant:
    """A tenant as it is now."""
    return read_one(ports.documents, Tenant, paths.tenant(tenant_id)).value


def control_of(ports: Ports) -> GlobalControl:
    """The global control document; everything off where it was never written."""
    document = ports.documents.read(paths.GLOBAL_CONTROL)[0]
    return GlobalControl() if document is None else decode(GlobalControl, document)
