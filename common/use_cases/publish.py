"""Send what waits in the outbox, and remove it once it was sent. Sending twice is allowed; losing is not."""

from collections.abc import Sequence

from common.domain import paths
from common.domain.canonical import canonical
from common.domain.event import TOPIC, TYPE, Event
from common.domain.model import parse
from common.ports.bus import Message
from common.ports.documents import Delete, Query
from common.use_cases.ports import Ports


def publish(ports: Ports, tenant_id: str, events: Sequence[Event]) -> None:
    """Publish these events and remove them from the outbox.

    A failure leaves them there; housekeeping sends them again under the same ids.
    """
    if not events:
        return
    ports.bus.publish(TOPIC, *(_message(event, tenant_id) for event in events))
    ports.documents.commit(*(Delete(paths.outbox(tenant_id, event.id)) for event in events))


def publish_leftovers(ports: Ports, tenant_id: str, limit: int = 100) -> int:
    """Publish what earlier runs left in the tenant's outbox. Returns how many were sent."""
    page = ports.documents.query(Query(paths.outbox(tenant_id), limit=limit))
    events = [parse(Event, document.data, document.path) for document in page.documents]
    publish(ports, tenant_id, events)
    return len(events)


def _message(event: Event, tenant_id: str) -> Message:
    attributes = {
        "content-type": "application/cloudevents+json",
        "ce-id": event.id,
        TYPE: event.type.value,
        "tenant": tenant_id,
    }
    return Message(canonical(event.body()), attributes)
