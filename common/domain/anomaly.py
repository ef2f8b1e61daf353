"""What a detector remembers between checks: a few numbers for each figure, whatever its history's length."""

from typing import Annotated

from pydantic import Field

from common.domain.calendar import Instant
from common.domain.model import Frozen

HOURS = 24
WEEKDAYS = 7


class StreamMemory(Frozen):
    """Of one figure, such as the cost per click of one entity. Levels are natural logarithms."""

    floor: Annotated[float, Field(gt=0)]
    """Added to each value before its logarithm is taken, so that a zero is very small rather than impossible."""
    level: float
    """The usual level, of whatever hour."""
    scale: Annotated[float, Field(gt=0)]
    """How far values usually lie from what was expected, as a mean absolute deviation."""
    hours: Annotated[float, Field(ge=0)] = 0.0
    """Hours that were watched; a gap counts as one."""
    season: Annotated[tuple[float, ...], Field(min_length=HOURS, max_length=HOURS)]
    """The usual level at each local hour; means something where `counts` does."""
    counts: Annotated[tuple[float, ...], Field(min_length=HOURS, max_length=HOURS)] = (0.0,) * HOURS
    """Hours that each hour of the day was learned from."""
    week: Annotated[tuple[float, ...], Field(min_length=WEEKDAYS, max_length=WEEKDAYS)] = (0.0,) * WEEKDAYS
    """What each weekday has beyond the others, Monday first."""
    quiet: Annotated[float, Field(ge=0)] | None = None
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
