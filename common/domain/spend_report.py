"""What a platform reports as spent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class HourSpend:
    """What an entity spent in the hour that starts at `hour` (UTC), as far as the platform reports it by now."""

    hour: datetime
    micros: int


@dataclass(frozen=True, slots=True)
class SpendReport:
    """Reported spend. `complete_until`: hours that end by then are reported (they may still be restated)."""

    complete_until: datetime
    hours: Mapping[str, tuple[HourSpend, ...]] = field(default_factory=dict[str, tuple[HourSpend, ...]])
    """By entity id; an entity that is absent was not answered for. Hours without spend may be left out."""
