"""What the safeguards look at, and what each of them finds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from common.decisions.facts import Facts
from common.decisions.lag import LagCurve
from common.domain.figures import Upload
from common.domain.manifest import Entity
from common.domain.track_days import EntityDay

DAY = timedelta(days=1)
WINDOW = 14
"""Days over which sources are held against each other, never single ones: they date by different events."""
HISTORY = 28
"""Days before the window from which it is learned what is usual."""
SETTLED = timedelta(hours=48)
"""After a day's end GA4 still adds to it for so long."""
LOOKED_BACK = timedelta(days=90)
"""As far back as anything is looked at: what was usual before a freeze that stands, and older clicks."""
RELEARNED = timedelta(days=HISTORY + WINDOW)
"""How long after its beginning a freeze holds what was usual before."""


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

    def campaigns(self, channel: str) -> list[Entity]:
        """The entities of a channel that money is given to."""
        entities = self.facts.manifest.entities.values()
        return [one for one in entities if one.channel == channel and one.allocation is not None]

    def usual(self, days: Iterable[date], code: str, channel: str | None = None, *, lead: int = WINDOW) -> set[date]:
        """Of these days, the last four weeks' worth from which it can be learned what is usual.

        Those under a freeze teach nothing, nor does the window of days that led to it: else a fault that lasts would
        become what is usual and end its freeze with nothing mended, and one that is over would make the good days look
        odd. A freeze of six weeks is what is usual by now: people were told.
        """
        spans = list(self._frozen(code, channel, lead * DAY))
        teaching = [day for day in sorted(days) if not any(since <= day < until for since, until in spans)]
        return set(teaching[-HISTORY:])

    def _frozen(self, code: str, channel: str | None, lead: timedelta) -> Iterator[tuple[date, date]]:
        """The days that were looked at under each freeze for this, the last one exclusive."""
        state, now, day_of = self.facts.state, self.facts.now, self.facts.calendar.day_of
        for freeze in state.freezes:
            if (freeze.code, freeze.channel) == (code, channel) and now - freeze.since < RELEARNED:
                yield day_of(freeze.since) - lead, date.max
        for thawed in state.thawed:
            if (thawed.code, thawed.channel) == (code, channel) and thawed.until - thawed.since < RELEARNED:
                yield day_of(thawed.since) - lead, day_of(thawed.until) - lead
