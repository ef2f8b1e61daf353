"""The message bus: publish to a topic; whoever subscribes gets each message at least once, in no particular order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from common.domain.errors import Fault, InvalidInput

MAX_DATA_BYTES = 9_000_000
"""Of a message. A request to Pub/Sub may take 10 MB, in which attributes and framing need room too."""
MAX_ATTRIBUTES = 100
MAX_ATTRIBUTE_KEY_BYTES = 256
MAX_ATTRIBUTE_VALUE_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Message:
    """What is published. The limits are Pub/Sub's: https://cloud.google.com/pubsub/quotas#resource_limits.

    Raises:
        InvalidInput: it is empty, or exceeds a limit; with every fault.
    """

    data: bytes
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        """Refuse what no bus would take."""
        if faults := [*_data_faults(self), *_attribute_faults(self.attributes)]:
            raise InvalidInput("a message to publish", faults)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Where a message goes that a subscriber did not take in `max_attempts` deliveries (5 to 100 on Pub/Sub)."""

    topic: str
    max_attempts: int = 5


class Bus(Protocol):
    """Where messages are published."""

    def publish(self, topic: str, *messages: Message) -> None:
        """Publish all of them; returns once the bus has them.

        Raises:
            Unavailable: the bus did not take them all in time, or has no such topic. Some may have gone out: publish
                them again, consumers deduplicate.
        """
        ...


def _data_faults(message: Message) -> Sequence[Fault]:
    if len(message.data) > MAX_DATA_BYTES:
        return [Fault("data", f"has {len(message.data):,} bytes; a message takes at most {MAX_DATA_BYTES:,}")]
    if not message.data and not message.attributes:
        return [Fault("", "has neither data nor attributes; give it one of them")]
    return []


def _attribute_faults(attributes: Mapping[str, str]) -> Sequence[Fault]:
    faults: list[Fault] = []
    if len(attributes) > MAX_ATTRIBUTES:
        faults.append(Fault("attributes", f"are {len(attributes)}; a message takes at most {MAX_ATTRIBUTES}"))
    for key, value in attributes.items():
        where = f"attributes.{key}"
        if not key or len(key.encode()) > MAX_ATTRIBUTE_KEY_BYTES or key.startswith("goog"):
            faults.append(
                Fault(where, f"a key has 1 to {MAX_ATTRIBUTE_KEY_BYTES} bytes and does not start with `goog`")
            )
        if len(value.encode()) > MAX_ATTRIBUTE_VALUE_BYTES:
            faults.append(Fault(where, f"has {len(value.encode()):,} bytes; at most {MAX_ATTRIBUTE_VALUE_BYTES:,} go"))
    return faults
