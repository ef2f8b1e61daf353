"""Dead letters in memory."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from common.domain.errors import Unavailable
from common.ports.bus import Message
from common.ports.dead_letters import Letter


class KeptLetters:
    """One topic's. Each is given once until it is given back; `down` makes removal fail."""

    def __init__(self) -> None:
        self.waiting: list[Letter] = []
        self.lent: dict[str, Letter] = {}
        self.down = False
        self._ids = count(1)

    def put(self, published: datetime, data: bytes, **attributes: str) -> None:
        """Set one aside."""
        name = str(next(self._ids))
        self.waiting.append(Letter(f"loan-{name}", name, published, Message(data, attributes)))

    def take(self, topic: str, most: int) -> Sequence[Letter]:
        """As the port says."""
        batch, self.waiting = self.waiting[:most], self.waiting[most:]
        self.lent |= {one.loan: one for one in batch}
        return batch

    def done(self, topic: str, letters: Sequence[Letter]) -> None:
        """As the port says."""
        if self.down:
            raise Unavailable("they were not removed")
        for one in letters:
            del self.lent[one.loan]

    def give_back(self, topic: str, letters: Sequence[Letter]) -> None:
        """As the port says."""
        for one in letters:
            self.waiting.append(self.lent.pop(one.loan))
