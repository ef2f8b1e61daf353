"""Every fifteen minutes. A root tick fans out into a message for each tenant; a tenant's message checks its tracks."""

import functions_framework
from cloudevents.http import CloudEvent

from common.bootstrap import process_ports
from common.domain.tick import Cadence
from common.use_cases.deliveries import handle
from common.use_cases.watch_tracks import watch_tracks


@functions_framework.cloud_event
def anomaly_pause(event: CloudEvent) -> None:
    """Handle one Pub/Sub message. Raising makes it come again; what can't be handled goes to the dead-letter topic."""
    ports = process_ports()
    handle(ports, Cadence.ANOMALY_PAUSE, event.data, lambda tick: watch_tracks(ports, tick))
