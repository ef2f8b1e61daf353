"""A function that only reads what was pushed to it: what the others would be given, or why they could not use it."""

import functions_framework
from cloudevents.http import CloudEvent
from flask import request

from common.domain.errors import InvalidInput
from common.use_cases.deliveries import delivery_of

READ = "trimtab.delivery"
"""In the request's environment: a list that gets the `Delivery`, or the `InvalidInput`."""


@functions_framework.cloud_event
def delivered(event: CloudEvent) -> None:
    """Leave with who sent the request what came of it."""
    try:
        request.environ[READ].append(delivery_of(event.data))
    except InvalidInput as error:
        request.environ[READ].append(error)
