"""What was set aside, as whoever looks after it finds it: taken on loan, then done with or given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from common.ports.bus import Message


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that was set aside. It is on loan: nobody else is given it for ten minutes."""

    loan: str
    message_id: str
    published: datetime
    """When it was set aside."""
    message: Message


class DeadLetters(Protocol):
    """The dead-letter subscriptions, each named like its dead-letter topic.

    Every call may raise Unavailable where Pub/Sub does not answer, or does not let us.
    """

    def take(self, topic: str, most: int) -> Sequence[Letter]:
        """Some of what was set aside of a topic; nothing where there is none by now.

        Raises:
            NotFound: the topic has no dead-letter subscription.
        """
        ...

    def done(self, topic: str, letters: Sequence[Letter]) -> None:
        """Have these removed for good."""
        ...

    def give_back(self, topic: str, letters: Sequence[Letter]) -> None:
        """Have these wait again, for whoever looks next."""
        ...
