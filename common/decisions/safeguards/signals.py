"""What the safeguards look at, and what each of them finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from common.decisions.facts import Facts
from common.decisions.lag import LagCurve
from common.domain.figures import Upload
from common.domain.state import Freeze
from common.domain.track_days import EntityDay

DAY = timedelta(days=1)
WINDOW = 14
"""Days over which sources are held against each other, never single ones: they date by different events."""
HISTORY = 28
"""Days before the window, from which what is usual is learned."""
SETTLED = timedelta(hours=48)
"""After a day's end GA4 still adds to it for so long."""
LOOKED_BACK = timedelta(days=90)
"""As far back as anything is looked at: what was usual before a freeze that stands, and older clicks."""
RELEARNED = timedelta(days=HISTORY + WINDOW)
"""How long after its beginning a freeze holds what was usual before: later, what came since is what is usual."""


class Trust(StrEnum):
    """Whether a signal can be relied on."""

    GOOD = "good"
    BAD = "bad"
    INCONCLUSIVE = "inconclusive"
    """It can't be told. A freeze is not entered for it, and one that stands stays."""


class Finding(NamedTuple):
    """What one safeguard found about a channel, or about the whole track."""

    code: str
    trust: Trust
    channel: str | None = None
    measured: float | None = None
    limit: float | None = None
    person: bool = False
    """Where it is bad a person decides on increases; else nobody does."""


@dataclass(frozen=True)
class Signals:
    """One track's sources at one instant."""

    facts: Facts
    rows: Sequence[EntityDay]
    """Its recorded days, by day and then by entity."""
    curves: Mapping[str, LagCurve]
    """By channel, how late its conversions come."""
    uploads: Sequence[Upload] | None
    """The CRM's since `LOOKED_BACK`, oldest first; `None` where it did not answer."""

    @cached_property
    def channels(self) -> Mapping[str, Sequence[EntityDay]]:
        """By each channel that money is given to, its recorded days."""
        found: dict[str, list[EntityDay]] = {
            one.channel: [] for one in self.facts.manifest.entities.values() if one.allocation is not None
        }
        for row in self.rows:
            if row.channel in found:
                found[row.channel].append(row)
        return found

    def standing(self, code: str, channel: str | None = None) -> Freeze | None:
        """The freeze that stands for this."""
        freezes = self.facts.state.freezes
        return next((one for one in freezes if (one.code, one.channel) == (code, channel)), None)

    def began(self, code: str, channel: str | None = None) -> datetime | None:
        """Since when a freeze stands that holds what was usual before; `None` where there is none.

        Else a fault that lasts would become what is usual, and the freeze would end with nothing mended. After six
        weeks that is so: people were told, and what came since is a history of its own.
        """
        freeze = self.standing(code, channel)
        return None if freeze is None or self.facts.now - freeze.since >= RELEARNED else freeze.since

    def usual(self, window: date, code: str, channel: str | None = None) -> tuple[date, date]:
        """The days from which it is learned what is usual, the last exclusive: before the window, or a freeze's own."""
        began, until = self.began(code, channel), window
        if began is not None:
            until = min(window, self.facts.calendar.day_of(began) - WINDOW * DAY)
        return until - HISTORY * DAY, until
