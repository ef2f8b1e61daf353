"""A clock that stands still until it is told to move."""

from datetime import datetime, timedelta


class ManualClock:
    """Shows `at`; `forward` moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """The instant that it was set to."""
        return self.at

    def forward(self, **step: float) -> None:
        """Move it on, by the keywords of `timedelta`."""
        self.at += timedelta(**step)
