"""A notifier that keeps what it was given."""

from common.domain.errors import Unavailable
from common.domain.notifications import NotificationChannel
from common.ports.notifier import Note, Undeliverable


class KeptNotes:
    """Keeps notes by channel; `down` channels can't be reached, `gone` ones refuse for ever."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Note]] = []
        self.down: set[str] = set()
        self.gone: set[str] = set()

    def send(self, channel: NotificationChannel, note: Note) -> None:
        """As the port says."""
        if channel.name in self.down:
            raise Unavailable(f"{channel.name}: no answer")
        if channel.name in self.gone:
            raise Undeliverable(f"{channel.name}: answered 404")
        self.sent.append((channel.name, note))

    def of(self, channel: str) -> list[Note]:
        """What this channel got."""
        return [note for name, note in self.sent if name == channel]
