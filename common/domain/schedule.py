"""Jobs of a scheduler: which root tick is sent to which topic, and when."""

from common.domain.calendar import TimeZone
from common.domain.model import Frozen


class Job(Frozen):
    """Sends the same message to a topic whenever its cron expression fires on the clocks of its zone."""

    name: str
    """Of letters, digits, `-` and `_`; the same name is the same job."""
    cron: str
    """Minute, hour, day of the month, month, weekday (0 is Sunday)."""
    time_zone: TimeZone
    topic: str
    data: str
    """What the message carries: a root tick in JSON."""
    retries: int = 0
    """How often sending is tried again where it fails."""


class Standing(Frozen):
    """A job as it stands in the scheduler, whatever it holds: somebody may have made it by hand."""

    name: str
    cron: str
    time_zone: str
    topic: str | None
    """`None`: it sends to something else than a topic of its project."""
    data: str
    retries: int = 0
    paused: bool = False
    failed: str | None = None
    """Why its last attempt failed, in the scheduler's word, where it did."""
