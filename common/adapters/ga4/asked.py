"""What a report is asked for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report of a property's last days, up to its today."""

    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    first: str
    """The first day, `YYYY-MM-DD` in the property's time zone; blank in realtime."""
    currency: str | None = None
    only: tuple[str, str] | None = None
    """Only events with this value of a dimension."""
