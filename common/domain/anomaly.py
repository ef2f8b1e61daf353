"""What a detector remembers between checks: a few numbers for each figure, whatever its history's length."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import Field

from common.domain.calendar import Instant
from common.domain.model import Frozen

HOURS = 24
WEEKDAYS = 7


class StreamMemory(NamedTuple):
    """Of one figure, such as the cost per click of one entity. Levels are natural logarithms.

    It is read back for every price of every entity, from a state that nothing else writes, so it is not validated.
    """

    floor: float
    """Added to each value before its logarithm is taken, so that a zero is very small rather than impossible."""
    level: float
    """The usual level, of whatever hour."""
    scale: float
    """How far values usually lie from what was expected, as a mean absolute deviation."""
    season: Sequence[float]
    """The usual level at each local hour; means something where `counts` does."""
    hours: float = 0.0
    """Hours that were watched; a gap counts as one."""
    counts: Sequence[float] = (0.0,) * HOURS
    """Hours that each hour of the day was learned from."""
    week: Sequence[float] = (0.0,) * WEEKDAYS
    """What each weekday has beyond the others, Monday first."""
    quiet: float | None = None
    """Hours since the last alarm; `None` before the first."""
    alarmed_at: float = 0.0
    """How surprising the value of the last alarm was."""


class TrackingMemory(Frozen):
    """Of one stream of events, such as the sessions that clicks bring: the case that it has stopped."""

    since: Instant | None = None
    """Since when the case has been building; `None` while there is none."""
    case: Annotated[float, Field(ge=0)] = 0.0
    """The logarithm of how much likelier what was seen is if events had stopped; never below zero."""
    expected: Annotated[float, Field(ge=0)] = 0.0
    """Events that should have come since then."""
    observed: Annotated[float, Field(ge=0)] = 0.0
    """Events that came since then."""
