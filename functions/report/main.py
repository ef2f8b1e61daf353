"""Each tenant's report, on its schedule. A root tick fans out into a message for each tenant whose hour it is."""

import functions_framework
from cloudevents.http import CloudEvent

from common.bootstrap import process_ports
from common.domain.tick import Cadence
from common.use_cases.deliveries import handle
from common.use_cases.report_tenant import report_tenant


@functions_framework.cloud_event
def report(event: CloudEvent) -> None:
    """Handle one Pub/Sub message. Raising makes it come again; what can't be handled goes to the dead-letter topic."""
    ports = process_ports()
    handle(ports, Cadence.REPORT, event.data, lambda tick: report_tenant(ports, tick))
