"""Every five minutes, where it is needed: leftovers in the outbox, approvals past their time, leases that ran out.

And once a day for every tenant, in its sweep hour: all that is looked at daily.
"""

import functions_framework
from cloudevents.http import CloudEvent

from common.bootstrap import process_ports
from common.domain.tick import Cadence
from common.use_cases.daily_visit import housekeep
from common.use_cases.deliveries import handle


@functions_framework.cloud_event
def housekeeping(event: CloudEvent) -> None:
    """Handle one Pub/Sub message. Raising makes it come again; what can't be handled goes to the dead-letter topic."""
    ports = process_ports()
    handle(ports, Cadence.HOUSEKEEPING, event.data, lambda tick: housekeep(ports, tick))
