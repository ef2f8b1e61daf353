# pyright: basic
"""What arrives on a topic from now on, whoever else listens: a subscription of its own, gone when its owner is done."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from uuid import uuid4

import grpc
from google.api_core import exceptions
from google.pubsub_v1.services.subscriber import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from common.adapters.google_credentials import credentials_needed
from common.domain.errors import Unavailable
from common.ports.bus import Message

_CALL_SECONDS = 20.0
_FORGOTTEN_AFTER = "86400s"
"""The least that Pub/Sub allows: one that its owner could not remove is gone after a day."""


class TopicWatch:
    """A subscription that nobody else takes from."""

    def __init__(self, api: SubscriberClient, subscription: str) -> None:
        self._api, self._subscription = api, subscription

    def arrived(self) -> list[Message]:
        """What came since it was last asked. Waits a moment where there is nothing.

        Raises:
            Unavailable: Pub/Sub does not answer.
        """
        try:
            found = self._api.pull(subscription=self._subscription, max_messages=100, timeout=1.0).received_messages
            if found:
                ids = [one.ack_id for one in found]
                self._api.acknowledge(subscription=self._subscription, ack_ids=ids, timeout=_CALL_SECONDS)
        except exceptions.DeadlineExceeded:
            return []
        except exceptions.GoogleAPICallError as error:
            raise Unavailable(f"Pub/Sub did not answer at {self._subscription}: {error}") from error
        return [Message(one.message.data, dict(one.message.attributes)) for one in found]


@contextmanager
def watching(project: str, topic: str, *, emulator: str | None = None) -> Generator[TopicWatch]:
    """Watch a topic for as long as the block lasts.

    Args:
        emulator: `host:port`; by default, what `PUBSUB_EMULATOR_HOST` says, which Google's own clients heed too.

    Raises:
        Refused: this machine has no credentials for Google Cloud.
        Unavailable: there is no such topic, or it may not be listened to.
    """
    emulator = emulator or os.environ.get("PUBSUB_EMULATOR_HOST")
    channel = grpc.insecure_channel(emulator) if emulator else None
    with credentials_needed():
        api = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
    name = f"projects/{project}/subscriptions/trimtab-watch-{uuid4().hex[:16]}"
    request = {
        "name": name,
        "topic": f"projects/{project}/topics/{topic}",
        "expiration_policy": {"ttl": _FORGOTTEN_AFTER},
        "message_retention_duration": "600s",
    }
    try:
        api.create_subscription(request=request, timeout=_CALL_SECONDS)
    except exceptions.GoogleAPICallError as error:
        raise Unavailable(f"{topic} in {project} can't be watched: {error.message}") from error
    try:
        yield TopicWatch(api, name)
    finally:
        api.delete_subscription(subscription=name, timeout=_CALL_SECONDS)
