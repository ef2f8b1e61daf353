"""A delivery of a CRM that came as a message on the topic, signed in its attributes as a request is in its headers.

What can never be taken is set aside with the reasons, and without what it held: that may be somebody's address. Its
sender has it still.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from common.domain import paths
from common.domain.canonical import canonical
from common.domain.errors import InvalidInput
from common.domain.ingest_body import JSON, Unreadable, read_body
from common.domain.ingest_rows import RowFault
from common.domain.model import Name
from common.domain.tenant import Tenant
from common.ports.identity import Unauthenticated
from common.ports.keys import NoKey
from common.ports.senders import Senders
from common.use_cases.dead_letters import handling, set_aside
from common.use_cases.deliveries import Delivery, delivery_of
from common.use_cases.ingest import Taken, ingest
from common.use_cases.load import decode
from common.use_cases.ports import Ports

TOPIC = "conversions"
"""Where senders publish, with the attributes `tenant`, the three of a signature, and `content-type` if it is CSV."""
SHOWN = 200
"""Faults that are kept with what was set aside."""
_NAME: TypeAdapter[str] = TypeAdapter(Name)


def take_message(ports: Ports, senders_at: Callable[[datetime], Senders], payload: object) -> None:
    """Take one pushed message.

    Args:
        senders_at: who vouches for senders, for a message that was published at this time.

    Raises:
        Busy, Unavailable: it must come again.
    """
    try:
        delivery = delivery_of(payload)
    except InvalidInput:
        _set_aside(ports, "", "it is no message", ())
        return
    with handling(delivery.attributes), ports.tracer.message("conversions", delivery.attributes):
        _admit(ports, senders_at, delivery)


def _admit(ports: Ports, senders_at: Callable[[datetime], Senders], delivery: Delivery) -> None:
    headers = {name.lower(): value for name, value in delivery.attributes.items()}
    tenant = tenant_named(ports, headers.get("tenant", ""))
    try:
        senders_at(delivery.published).admit(tenant, headers, delivery.data)
        assert tenant is not None
        _take(ports, tenant, delivery, headers.get("content-type", JSON))
    except (Unauthenticated, Unreadable) as error:
        _set_aside(ports, delivery.message_id, str(error), ())
    except NoKey as error:
        _set_aside(ports, delivery.message_id, f"{error.code}: {error}", ())


def tenant_named(ports: Ports, tenant_id: str) -> Tenant | None:
    """The tenant of this name, if there is one; what is no name leads nowhere."""
    try:
        _NAME.validate_python(tenant_id)
    except ValidationError:
        return None
    document = ports.documents.read(paths.tenant(tenant_id))[0]
    return None if document is None else decode(Tenant, document)


def _take(ports: Ports, tenant: Tenant, delivery: Delivery, media_type: str) -> None:
    taken = ingest(ports, tenant, read_body(delivery.data, media_type))
    note_taken(ports, tenant, taken, via="topic")
    if taken.faults:
        reason = f"{taken.refused} rows of a delivery for {tenant.tenant_id} were refused; the others were taken"
        _set_aside(ports, delivery.message_id, reason, taken.faults)


def note_taken(ports: Ports, tenant: Tenant, taken: Taken, *, via: str) -> None:
    """Keep in the journal what became of a delivery, in numbers."""
    ports.journal.write("ingested", tenant=tenant.tenant_id, via=via, refused=taken.refused, **dict(taken.outcomes))


def _set_aside(ports: Ports, message_id: str, reason: str, faults: tuple[RowFault, ...]) -> None:
    shown = [asdict(fault) for fault in faults[:SHOWN]]
    body = {"message_id": message_id, "faults": shown, "faults_not_shown": max(0, len(faults) - SHOWN)}
    set_aside(ports, TOPIC, canonical(body), reason)
