"""Messages to people, by the channels that their tenant named."""

from dataclasses import dataclass
from typing import Protocol

from common.domain.errors import TrimtabError
from common.domain.notifications import NotificationChannel


@dataclass(frozen=True, slots=True)
class Note:
    """What is told. Its text may hold names from outside: each channel escapes it in its own way."""

    note_id: str
    """The same for every attempt: receivers drop what they have seen."""
    subject: str
    lines: tuple[str, ...]
    link: str | None = None
    """Where more is to be seen. It carries no power: opening it changes nothing."""


class Undeliverable(TrimtabError):
    """The channel will never take this as it is: a wrong address, a secret that is missing, a refusal."""


class Notifier(Protocol):
    """Sends notes."""

    def send(self, channel: NotificationChannel, note: Note) -> None:
        """Send it; returns once the receiver took it.

        Raises:
            Unavailable: not now; try again later, under the same id.
            Undeliverable: not as it is, ever.
        """
        ...


class NoNotifier:
    """Has no way to send anything."""

    def send(self, channel: NotificationChannel, note: Note) -> None:
        """Refuse."""
        raise Undeliverable(f"{channel.name}: nothing is set up to send with")
