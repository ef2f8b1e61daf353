# pyright: basic
"""Take messages from subscriptions of the Pub/Sub emulator."""

import time
import warnings
from collections.abc import Callable, Sequence

import grpc
from google.pubsub_v1.services.subscriber import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from google.pubsub_v1.types import ReceivedMessage

from common.ports.bus import Message

_CALL_SECONDS = 60
_PAUSE_SECONDS = 0.05
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
            self._api.acknowledge(subscription=subscription, ack_ids=taken, timeout=_CALL_SECONDS)
        if refused:
            again = {"subscription": subscription, "ack_ids": refused, "ack_deadline_seconds": 0}
            self._api.modify_ack_deadline(request=again, timeout=_CALL_SECONDS)

    def _waiting(self, subscription: str) -> Sequence[ReceivedMessage]:
        """What waits by now. A pull that this side gave up on would keep its messages from everybody until their lease
        is over: so the other side is told not to wait, and has all the time that a busy machine needs to answer."""
        request = {"subscription": subscription, "max_messages": 1000, "return_immediately": True}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # for programs that pull for long, which tests do not
            found = self._api.pull(request=request, timeout=_CALL_SECONDS).received_messages
        if not found:
            time.sleep(_PAUSE_SECONDS)
        return found
