"""Every five minutes: leftovers in the outbox, approvals past their time, change sets whose lease ran out."""

import functions_framework
from cloudevents.http import CloudEvent

from common.bootstrap import process_ports
from common.domain.tick import Cadence
from common.use_cases.deliveries import handle
from common.use_cases.housekeeping import sweep


@functions_framework.cloud_event
def housekeeping(event: CloudEvent) -> None:
    """Handle one Pub/Sub message. Raising makes it come again; what can't be handled goes to the dead-letter topic."""
    ports = process_ports()
    handle(ports, Cadence.HOUSEKEEPING, event.data, lambda tick: sweep(ports, tick.tenant_id, run=ports.new_run()))
