# pyright: basic
"""Topics and subscriptions on the Pub/Sub emulator, for tests and for a run on one machine.

In the cloud Terraform makes them.
"""

from collections.abc import Collection
from contextlib import suppress
from typing import Any

import grpc
from google.api_core import exceptions
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from common.decisions.notices import Importance
from common.domain.event import IMPORTANCE, TYPE, EventType
from common.ports.bus import DeadLetter

_CALL_SECONDS = 30.0


def only(types: Collection[EventType]) -> str:
    """The filter of a subscription to events of these types, in Pub/Sub's own language: at most 256 bytes."""
    return " OR ".join(f'attributes.{TYPE} = "{one.value}"' for one in sorted(types))


def told() -> str:
    """The filter of a subscription to events that somebody is told of, and to what does not say."""
    return f'NOT attributes.{IMPORTANCE} = "{Importance.SILENT.value}"'


class EmulatedTopology:
    """Makes what is not there yet, in one project of the emulator at `host:port`. Names have at least 3 characters."""

    def __init__(self, project: str, emulator: str) -> None:
        channel = grpc.insecure_channel(emulator)
        self._project = f"projects/{project}"
        self._publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        self._subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))

    def topic(self, name: str) -> None:
        """Have a topic."""
        with suppress(exceptions.AlreadyExists):
            self._publisher.create_topic(name=self._topic(name), timeout=_CALL_SECONDS)

    def subscription(
        self,
        name: str,
        topic: str,
        *,
        push_to: str | None = None,
        picked: str = "",
        ack_seconds: int = 10,
        dead_letter: DeadLetter | None = None,
    ) -> None:
        """Have a subscription to a topic, and the topics that it needs. An existing one is left as it is.

        Args:
            push_to: URL that each message is posted to; without it, messages wait until they are pulled.
            picked: a filter, as `only` makes it. The emulator keeps it, but delivers everything all the same.
            ack_seconds: how long a delivery may take (10 to 600) before the message comes again.
        """
        self.topic(topic)
        request: dict[str, Any] = {
            "name": f"{self._project}/subscriptions/{name}",
            "topic": self._topic(topic),
            "ack_deadline_seconds": ack_seconds,
        }
        if picked:
            request["filter"] = picked
        if push_to is not None:
            request["push_config"] = {"push_endpoint": push_to}
        if dead_letter is not None:
            self.topic(dead_letter.topic)
            request["dead_letter_policy"] = {
                "dead_letter_topic": self._topic(dead_letter.topic),
                "max_delivery_attempts": dead_letter.max_attempts,
            }
        with suppress(exceptions.AlreadyExists):
            self._subscriber.create_subscription(request=request, timeout=_CALL_SECONDS)

    def _topic(self, name: str) -> str:
        return f"{self._project}/topics/{name}"
