"""Every event on the topic: people are told what they must know, at once or once a day."""

import functions_framework
from cloudevents.http import CloudEvent

from common.bootstrap import process_ports
from common.use_cases.deliveries import handle_event
from common.use_cases.notify import notify as tell


@functions_framework.cloud_event
def notify(event: CloudEvent) -> None:
    """Handle one event. Raising makes it come again; what can't be handled goes to the dead-letter topic."""
    ports = process_ports()
    handle_event(ports, event.data, lambda found: tell(ports, found))
