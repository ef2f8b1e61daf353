# pyright: basic
"""Dead letters on Pub/Sub, pulled from their subscriptions."""

import os
import warnings
from collections.abc import Sequence

import grpc
from google.api_core import exceptions
from google.pubsub_v1.services.subscriber import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from common.adapters.google_credentials import credentials_needed
from common.domain.errors import NotFound, Unavailable
from common.domain.tick import dead_letter_topic
from common.ports.bus import Message
from common.ports.dead_letters import Letter

_CALL_SECONDS = 30.0
_TRIES = 3
"""Pub/Sub may answer that there is nothing where there is something."""
_LOAN_SECONDS = 600
"""The longest that Pub/Sub lends a message for: an operator may look at the list before saying yes."""


class PubSubDeadLetters:
    """Of one project.

    Args:
        emulator: `host:port`; by default, what `PUBSUB_EMULATOR_HOST` says, which Google's own clients heed too.

    Raises:
        Refused: this machine has no credentials for Google Cloud.
    """

    def __init__(self, project: str, *, emulator: str | None = None) -> None:
        emulator = emulator or os.environ.get("PUBSUB_EMULATOR_HOST")
        channel = grpc.insecure_channel(emulator) if emulator else None
        with credentials_needed():
            self._api = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        self._project = project

    def take(self, topic: str, most: int) -> Sequence[Letter]:
        """As the port says."""
        where = self._subscription(topic)
        # A pull that waits keeps what comes after this side gave up from everybody else until its loan is over.
        request = {"subscription": where, "max_messages": most, "return_immediately": True}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # for programs that pull all the time
                pulls = (self._api.pull(request=request, timeout=_CALL_SECONDS) for _ in range(_TRIES))
                found = next((pull.received_messages for pull in pulls if pull.received_messages), [])
        except exceptions.NotFound as error:
            raise NotFound(f"there is no {where}: is it a topic of ours, in this project?") from error
        except exceptions.GoogleAPICallError as error:
            raise Unavailable(f"Pub/Sub did not give what waits at {where}: {error}") from error
        letters = [_letter(one) for one in found]
        self._lend(topic, letters, _LOAN_SECONDS)
        return letters

    def done(self, topic: str, letters: Sequence[Letter]) -> None:
        """As the port says."""
        if not letters:
            return
        where, loans = self._subscription(topic), [one.loan for one in letters]
        try:
            self._api.acknowledge(subscription=where, ack_ids=loans, timeout=_CALL_SECONDS)
        except exceptions.GoogleAPICallError as error:
            raise Unavailable(f"Pub/Sub did not remove {len(letters)} messages at {where}: {error}") from error

    def give_back(self, topic: str, letters: Sequence[Letter]) -> None:
        """As the port says."""
        self._lend(topic, letters, 0)

    def _lend(self, topic: str, letters: Sequence[Letter], seconds: int) -> None:
        if not letters:
            return
        where, loans = self._subscription(topic), [one.loan for one in letters]
        request = {"subscription": where, "ack_ids": loans, "ack_deadline_seconds": seconds}
        try:
            self._api.modify_ack_deadline(request=request, timeout=_CALL_SECONDS)
        except exceptions.GoogleAPICallError as error:
            raise Unavailable(f"Pub/Sub did not lend {len(letters)} messages at {where}: {error}") from error

    def _subscription(self, topic: str) -> str:
        return f"projects/{self._project}/subscriptions/{dead_letter_topic(topic)}"


def _letter(received) -> Letter:
    """Attributes of Google's own, which nobody may publish, are left out."""
    message = received.message
    attributes = {key: value for key, value in message.attributes.items() if not key.startswith("goog")}
    return Letter(received.ack_id, message.message_id, message.publish_time, Message(message.data, attributes))
