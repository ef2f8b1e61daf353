"""Once a day. A root tick fans out into a message for each tenant whose turn it is; its tracks are reviewed."""

import functions_framework
from cloudevents.http import CloudEvent

from common.bootstrap import process_ports
from common.domain.tick import Cadence
from common.use_cases.deliveries import handle
from common.use_cases.review_tracks import review_tracks


@functions_framework.cloud_event
def deep_review(event: CloudEvent) -> None:
    """Handle one Pub/Sub message. Raising makes it come again; what can't be handled goes to the dead-letter topic."""
    ports = process_ports()
    handle(ports, Cadence.DEEP_REVIEW, event.data, lambda tick: review_tracks(ports, tick))
