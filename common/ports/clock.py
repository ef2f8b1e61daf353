"""What time it is."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; decisions and use cases never ask the machine."""

    def now(self) -> datetime:
        """The current instant, UTC."""
        ...
