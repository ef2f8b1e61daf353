"""Send what waits in the outbox, and remove it once it was sent. Sending twice is allowed; losing is not."""

from collections.abc import Mapping, Sequence
from typing import Any

from common.decisions.notices import importance
from common.domain import paths
from common.domain.canonical import canonical
from common.domain.errors import InvalidInput
from common.domain.event import IMPORTANCE, TOPIC, TYPE, Event
from common.domain.model import parse
from common.ports.bus import Message
from common.ports.documents import Delete, Document, Query
from common.use_cases.dead_letters import set_aside
from common.use_cases.ports import Ports


def publish(ports: Ports, tenant_id: str, events: Sequence[Event]) -> None:
    """Publish these events and remove them from the outbox.

    A failure leaves them there; housekeeping sends them again under the same ids.
    """
    if not events:
        return
    messages = (_message(event.body(), tenant_id, {IMPORTANCE: importance(event).value}) for event in events)
    ports.bus.publish(TOPIC, *messages)
    ports.documents.commit(*(Delete(paths.outbox(tenant_id, event.id)) for event in events))


def publish_leftovers(ports: Ports, tenant_id: str, limit: int = 100) -> int:
    """Publish what earlier runs left in the tenant's outbox. Returns how many were sent.

    What is no event, or none that is known here, is set aside as it is, and keeps no other from going out.
    """
    page = ports.documents.query(Query(paths.outbox(tenant_id), limit=limit))
    found = [_event(ports, tenant_id, document) for document in page.documents]
    events = [event for event in found if event is not None]
    publish(ports, tenant_id, events)
    return len(events)


def _event(ports: Ports, tenant_id: str, document: Document) -> Event | None:
    try:
        return parse(Event, document.data, document.path)
    except InvalidInput as error:
        aside = _message(document.data, tenant_id, {})
        set_aside(ports, TOPIC, aside.data, str(error), aside.attributes)
        ports.documents.commit(Delete(document.path))
        return None


def _message(event: Mapping[str, Any], tenant_id: str, more: Mapping[str, str]) -> Message:
    attributes = {
        "content-type": "application/cloudevents+json",
        "ce-id": str(event.get("id", "")),
        TYPE: str(event.get("type", "")),
        "tenant": tenant_id,
        **more,
    }
    return Message(canonical(event), attributes)
