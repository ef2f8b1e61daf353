# pyright: basic
"""The message bus on Pub/Sub.

One call publishes many messages and answers once Pub/Sub has them. The client library's own publisher would collect
messages in threads of the background, which stand still as soon as a function has answered.
"""

import os
from collections.abc import Iterable, Iterator

import grpc
from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.auth.credentials import Credentials
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

from common.adapters.google_credentials import credentials_needed
from common.domain.errors import Unavailable
from common.ports.bus import MAX_DATA_BYTES, Message

_MAX_MESSAGES = 1_000  # in one request: https://cloud.google.com/pubsub/quotas#resource_limits
_ATTRIBUTE_BYTES = 40  # about what an attribute takes beside its text

_PASSING = (
    exceptions.ServerError,  # unavailable, deadline exceeded, internal, unknown
    exceptions.Cancelled,
    exceptions.Aborted,
    exceptions.ResourceExhausted,
)


class PubSubBus:
    """Publishes to the topics of a Google Cloud project. Threads may share it; no fork may come after it.

    Args:
        emulator: `host:port`; by default, what `PUBSUB_EMULATOR_HOST` says, which Google's own clients heed too.
        credentials: for Pub/Sub itself; by default, the environment's.
        call_seconds: how long one call may take.
        publish_seconds: for how long a call is sent again while the answer is one that may pass. The last call may go
            over it.

    Raises:
        Refused: this machine has no credentials for Google Cloud.
    """

    def __init__(
        self,
        project: str,
        *,
        emulator: str | None = None,
        credentials: Credentials | None = None,
        call_seconds: float = 10.0,
        publish_seconds: float = 20.0,
    ) -> None:
        emulator = emulator or os.environ.get("PUBSUB_EMULATOR_HOST")
        channel = grpc.insecure_channel(emulator) if emulator else None
        with credentials_needed():
            transport = PublisherGrpcTransport(credentials=credentials, channel=channel)
        self._api = PublisherClient(transport=transport)
        self._project = project
        self._call_seconds = call_seconds
        self._retry = Retry(if_exception_type(*_PASSING), initial=0.1, maximum=1.0, timeout=publish_seconds)

    def publish(self, topic: str, *messages: Message) -> None:
        """Publish all of them, in as few calls as they fit in."""
        for batch in _batches(messages):
            self._publish(topic, batch)

    def _publish(self, topic: str, batch: list[Message]) -> None:
        request = {
            "topic": f"projects/{self._project}/topics/{topic}",
            "messages": [{"data": message.data, "attributes": dict(message.attributes)} for message in batch],
        }
        publish = self._retry(self._api.publish)
        try:
            publish(request=request, retry=None, timeout=self._call_seconds)
        except exceptions.NotFound as error:
            raise Unavailable(f"there is no topic {topic} in {self._project}: create it") from error
        except (exceptions.RetryError, *_PASSING) as error:
            raise Unavailable(f"Pub/Sub did not take {len(batch)} messages for {topic}: {error}") from error


def _batches(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """The messages in runs that one request takes."""
    batch: list[Message] = []
    total = 0
    for message in messages:
        size = _size(message)
        if batch and (total + size > MAX_DATA_BYTES or len(batch) == _MAX_MESSAGES):
            yield batch
            batch, total = [], 0
        batch.append(message)
        total += size
    if batch:
        yield batch


def _size(message: Message) -> int:
    texts = (text for pair in message.attributes.items() for text in pair)
    return len(message.data) + len(message.attributes) * _ATTRIBUTE_BYTES + sum(len(text.encode()) for text in texts)
