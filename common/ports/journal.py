"""The structured log: what happened just now, for whoever operates the system."""

from typing import Protocol


class Journal(Protocol):
    """Takes one line at a time. A line is an event's name and its fields; it must not raise."""

    def write(self, event: str, **fields: object) -> None:
        """Write a line."""
        ...


class Silence:
    """A journal that keeps nothing."""

    def write(self, event: str, **fields: object) -> None:
        """Keep nothing."""
