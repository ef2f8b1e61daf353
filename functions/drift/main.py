"""How far live is from the plan: after each event that may have moved money, and in a daily sweep of every track."""

import functions_framework
from cloudevents.http import CloudEvent

from common.bootstrap import process_ports
from common.domain.tick import Cadence
from common.use_cases.deliveries import handle, handle_event, is_event
from common.use_cases.drift import after_event
from common.use_cases.drift_tracks import sweep_tracks


@functions_framework.cloud_event
def drift(event: CloudEvent) -> None:
    """Handle one Pub/Sub message. Raising makes it come again; what can't be handled goes to its dead-letter topic."""
    ports = process_ports()
    if is_event(event.data):
        handle_event(ports, event.data, lambda found: after_event(ports, found))
    else:
        handle(ports, Cadence.DRIFT, event.data, lambda tick: sweep_tracks(ports, tick))
