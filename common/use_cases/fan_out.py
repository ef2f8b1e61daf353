"""From one root tick to a message for each tenant whose turn it is."""

from datetime import datetime

from common.domain.calendar import TenantCalendar
from common.domain.canonical import canonical
from common.domain.errors import InvalidInput
from common.domain.tenant import Tenant
from common.domain.tick import TRACKS_A_MESSAGE, Cadence, RootTick, TenantTick, daily_turn_of, turn_of, window_of
from common.ports.bus import Message
from common.ports.documents import Document, Query, Scalar
from common.use_cases.dead_letters import set_aside
from common.use_cases.load import decode
from common.use_cases.needy import in_need, name_expiring
from common.use_cases.ports import Ports


def fan_out(ports: Ports, root: RootTick, published: datetime) -> int:
    """Publish the ticks of the tenants in this minute's slots whose turn it is. Returns how many.

    Work is spread without delayed delivery: a root tick comes every minute, and picks the tenants whose slot it is. For
    daily work one comes for each time zone, in the hours in which its tenants have theirs, and picks them alone;
    without a zone it looks at those of every zone. Where clocks show an hour twice, both of its root ticks are taken
    for the first, since a scheduler may send only one of them. Sending a tick twice is harmless; a window is worked
    through once. A tenant whose document is broken is set aside with the reason, and the others go on.
    """
    if root.time_zone is not None:
        slot = root.cadence.slot_at(TenantCalendar.of(root.time_zone).first_time(published).minute)
        return _fan_out(ports, root, published, {"slot": slot, "time_zone": root.time_zone})
    if root.cadence is Cadence.HOUSEKEEPING:
        return _send_sweeps(ports, published)
    return sum(_fan_out(ports, root, published, {"slot": slot}) for slot in root.cadence.slots(published))


def _fan_out(ports: Ports, root: RootTick, published: datetime, where: dict[str, Scalar]) -> int:
    sent = 0
    query: Query | None = Query("tenants", where=where, limit=300)
    while query is not None:
        page = ports.documents.query(query)
        ticks = [tick for document in page.documents for tick in _ticks_of(ports, document, root, published)]
        if ticks:
            ports.bus.publish(root.cadence.topic, *(message(tick) for tick in ticks))
        sent += len(ticks)
        query = page.next
    return sent


def _send_sweeps(ports: Ports, published: datetime) -> int:
    """Housekeeping goes to the tenants that need it, wherever they are and whatever their slots."""
    window = window_of(Cadence.HOUSEKEEPING, published)
    found = in_need(ports, published)
    ticks = [TenantTick(cadence=Cadence.HOUSEKEEPING, window=window, tenant_id=one, due=window) for one in found]
    if ticks:
        ports.bus.publish(Cadence.HOUSEKEEPING.topic, *map(message, ticks))
    name_expiring(ports, published)
    return len(ticks)


def _ticks_of(ports: Ports, document: Document, root: RootTick, published: datetime) -> list[TenantTick]:
    try:
        tenant = decode(Tenant, document)
    except InvalidInput as error:
        ports.journal.write("tenant_set_aside", severity="ERROR", document=document.path, reason=str(error))
        set_aside(ports, root.cadence.topic, canonical({"document": document.path}), str(error))
        return []
    window = _window(tenant, root, published)
    return [] if window is None else _ticks(tenant, root, window, published.replace(second=0, microsecond=0))


def _window(tenant: Tenant, root: RootTick, published: datetime) -> datetime | None:
    if root.time_zone is None:
        return turn_of(tenant, root.cadence, published)
    return daily_turn_of(tenant, root.cadence, published, by_clocks=True)


def _ticks(tenant: Tenant, root: RootTick, window: datetime, due: datetime) -> list[TenantTick]:
    name, slot = tenant.tenant_id, tenant.slot or 0
    visit = root.cadence is Cadence.HOUSEKEEPING
    whole = TenantTick(cadence=root.cadence, window=window, tenant_id=name, slot=slot, due=due, daily=visit)
    if root.cadence.by_tenant:
        return [whole]
    starts = range(0, len(tenant.tracks), TRACKS_A_MESSAGE)
    return [whole.but(tracks=tenant.tracks[first : first + TRACKS_A_MESSAGE]) for first in starts]


def message(tick: TenantTick) -> Message:
    """A tick as it goes over the bus."""
    return Message(canonical(tick.body()), {"tenant": tick.tenant_id, "cadence": tick.cadence.value})
