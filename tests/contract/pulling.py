# pyright: basic
"""Take messages from subscriptions of the Pub/Sub emulator."""

from collections.abc import Callable, Sequence

import grpc
from google.api_core.exceptions import DeadlineExceeded
from google.pubsub_v1.services.subscriber import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from google.pubsub_v1.types import ReceivedMessage

from common.ports.bus import Message

_ANY_SIZE = [("grpc.max_receive_message_length", -1)]


class Puller:
    """Pulls from the subscriptions of one project."""

    def __init__(self, project: str, emulator: str) -> None:
        transport = SubscriberGrpcTransport(channel=grpc.insecure_channel(emulator, _ANY_SIZE))
        self._api = SubscriberClient(transport=transport)
        self._project = project

    def deliver(self, name: str, taker: Callable[[Message], None]) -> None:
        """Hand what waits to `taker`; a message at which it raises comes again at once."""
        subscription = f"projects/{self._project}/subscriptions/{name}"
        taken: list[str] = []
        refused: list[str] = []
        for received in self._waiting(subscription):
            try:
                taker(Message(received.message.data, dict(received.message.attributes)))
            except RuntimeError:
                refused.append(received.ack_id)
            else:
                taken.append(received.ack_id)
        if taken:
            self._api.acknowledge(subscription=subscription, ack_ids=taken, timeout=60)
        if refused:
            again = {"subscription": subscription, "ack_ids": refused, "ack_deadline_seconds": 0}
            self._api.modify_ack_deadline(request=again, timeout=60)

    def _waiting(self, subscription: str) -> Sequence[ReceivedMessage]:
        try:
            return self._api.pull(subscription=subscription, max_messages=1000, timeout=0.5).received_messages
        except DeadlineExceeded:  # nothing waits
            return []
