"""A bus that keeps what was published."""

import json
from typing import Any

from common.domain.errors import Unavailable
from common.ports.bus import Message


class KeptBus:
    """Keeps messages in order; `down` makes it refuse."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, Message]] = []
        self.down = False

    def publish(self, topic: str, *messages: Message) -> None:
        """As the port says."""
        if self.down:
            raise Unavailable("the bus is down")
        self.messages += [(topic, message) for message in messages]

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every message's data, decoded."""
        return [json.loads(message.data) for _, message in self.messages]

    @property
    def types(self) -> list[str]:
        """The type of every event, in order."""
        return [event["type"] for event in self.events]
