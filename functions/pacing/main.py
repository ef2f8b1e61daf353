"""Hourly pacing. A root tick fans out into a message for each tenant; a tenant's message runs its tracks."""

import functions_framework
from cloudevents.http import CloudEvent

from common.bootstrap import process_ports
from common.domain.tick import Cadence
from common.use_cases.deliveries import handle
from common.use_cases.pace_tracks import pace_tracks


@functions_framework.cloud_event
def pacing(event: CloudEvent) -> None:
    """Handle one Pub/Sub message. Raising makes it come again; what can't be handled goes to the dead-letter topic."""
    ports = process_ports()
    handle(ports, Cadence.PACING, event.data, lambda tick: pace_tracks(ports, tick))
