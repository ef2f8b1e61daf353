"""What goes wrong in a schedule, and how often. Each draws its own mix, so that rare troubles get their turn."""

from dataclasses import dataclass
from random import Random

LONGEST_STALL = 2_700.0
"""Seconds that a delivery may stand still in one place: longer than any lease."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Chances: of each crossing of an I/O boundary, or of each call, as named."""

    crash: float = 0.0
    """Of a worker's death before an effect, and again after it."""
    stall: float = 0.0
    """Of a worker that stands still before an effect, and again after it: a zombie once it wakes."""
    store_fails: float = 0.0
    """Of a read without an answer, or of a commit that happened and whose answer is lost."""
    bus_fails: float = 0.0
    live_fails: float = 0.0
    lost: float = 0.0
    """Of a platform write that lands without an answer."""
    late: float = 0.0
    """Of a platform write without an answer that lands afterwards, within its time-out."""
    refused: float = 0.0
    """Of a platform write that is refused whole."""
    rejected: float = 0.0
    """Of one setting that the platform does not take, and says so."""
    ignored: float = 0.0
    """Of one setting that the platform says yes to and drops."""
    twice: float = 0.0
    """Of a message that is delivered a second time."""
    outages: int = 0
    """How often a platform is down for a while."""
    skew: float = 0.0
    """Seconds that two workers' clocks may differ by."""


CALM = Mix()
"""Nothing goes wrong."""


def drawn(rng: Random) -> Mix:
    """A mix of its own: most troubles are absent from most schedules, and frequent where they are present."""

    def sometimes(share: float, most: float) -> float:
        return most * (0.3 + 0.7 * rng.random()) if rng.random() < share else 0.0

    return Mix(
        crash=sometimes(0.6, 0.012),
        stall=sometimes(0.6, 0.012),
        store_fails=sometimes(0.3, 0.01),
        bus_fails=sometimes(0.3, 0.1),
        live_fails=sometimes(0.3, 0.08),
        lost=sometimes(0.5, 0.3),
        late=sometimes(0.5, 0.3),
        refused=sometimes(0.3, 0.1),
        rejected=sometimes(0.4, 0.1),
        ignored=sometimes(0.3, 0.1),
        twice=sometimes(0.7, 0.4),
        outages=rng.choice((0, 0, 1, 2)),
        skew=rng.choice((0.0, 0.0, 120.0, 600.0)),
    )
