"""What is kept of a CRM: of each conversion what was last said of it, and of each day what was said on it.

A delivery is kept as what it changed. Adding up what was said over all days gives what the CRM knows by now, whatever
came twice, late or out of order; and it tells what was known on any day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import Field

from common.domain.calendar import Instant
from common.domain.model import Frozen, Name

MOST_COUNTS = 4_000
"""Pairs of a target and a day that one day's document holds, of 200 bytes each in Firestore: 0.8 MiB of the 1 MiB."""
MOST_MICROS = 2**55
"""What one day's deliveries make a campaign's day worth at most: those of 90 days together must fit into 64 bits."""
TOO_MANY = f"is one too many: a day's deliveries are of at most {MOST_COUNTS:,} campaigns and days together"
TOO_MUCH = "makes the campaign's day worth more than can be"
MOST_RATES = 300
"""Match rates of one day."""

Seal = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A keyed hash; see `sealing`."""


class Ingested(Frozen):
    """`tenants/{t}/ingested/{seal of the sender's id}`: what was last said of one conversion.

    It is replaced where a later revision comes. Of two that have the same revision a withdrawal stands, and of two
    others the one that is greater: so it never matters which came first.
    """

    revision: int
    withdrawn: bool
    day: date | None = None
    """The tenant's local day on which it happened."""
    target: Seal | None = None
    micros: int = 0
    expires: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
    """The month after which it may be forgotten."""
    kept_until: Instant | None = None
    """The end of that month, when the store may do so by itself."""

    @property
    def rank(self) -> tuple[int, bool, str, str, int]:
        """What decides between two of the same id; equal where they say the same."""
        return self.revision, self.withdrawn, str(self.day or ""), self.target or "", self.micros


class Count(Frozen):
    """By how much deliveries of one day changed what is known of a target's day; a correction may lower it."""

    target: Seal
    day: date
    conversions: int
    micros: int


class MatchRate(Frozen):
    """How many records of an upload to a platform matched."""

    at: Instant
    revision: int
    matched: int
    total: int

    @property
    def rank(self) -> tuple[int, int, int]:
        """What decides between two of the same instant."""
        return self.revision, self.total, self.matched


class CrmDay(Frozen):
    """`tenants/{t}/crm_days/{yyyy-mm-dd}`: what a CRM said on one local day."""

    tenant_id: Name
    day: date
    delivered_at: Instant | None = None
    """When it last said something of conversions, be it that there was nothing new."""
    counts: tuple[Count, ...] = ()
    rates: tuple[MatchRate, ...] = ()
    """Of uploads on this day, whenever they were told."""

    @property
    def at(self) -> datetime | None:
        """When something was last said of conversions, or matched."""
        return max((one for one in (self.delivered_at, *(rate.at for rate in self.rates)) if one), default=None)

    @property
    def match_rate(self) -> float | None:
        """The share of the day's records that matched; `None` where nobody told."""
        total = sum(rate.total for rate in self.rates)
        return sum(rate.matched for rate in self.rates) / total if total else None


@dataclass(frozen=True, slots=True)
class Change:
    """What a row changes: it counted for one target's day, and counts for another one now; `None`: for none."""

    before: Ingested | None
    after: Ingested


class Book:
    """A day's counts, being added to."""

    def __init__(self, counts: Iterable[Count]) -> None:
        self._counts = {(one.target, one.day): (one.conversions, one.micros) for one in counts}

    def enter(self, change: Change) -> tuple[str, str] | None:
        """Enter a change; or say which column has too much for the day, and why, and enter nothing."""
        found: dict[tuple[str, date], tuple[int, int]] = {}
        for key, conversions, micros in [*_counted(change.before, -1), *_counted(change.after, 1)]:
            had = found.get(key) or self._counts.get(key, (0, 0))
            found[key] = had[0] + conversions, had[1] + micros
        if len(self._counts.keys() | found.keys()) > MOST_COUNTS:
            return "campaign", TOO_MANY
        if any(abs(micros) >= MOST_MICROS for _, micros in found.values()):
            return "value", TOO_MUCH
        self._counts |= found
        return None

    def counts(self) -> tuple[Count, ...]:
        """The counts, in a fixed order. A target stays named where what it had came to nothing."""
        return tuple(
            Count(target=target, day=day, conversions=number, micros=micros)
            for (target, day), (number, micros) in sorted(self._counts.items())
        )


def _counted(one: Ingested | None, sign: int) -> list[tuple[tuple[str, date], int, int]]:
    if one is None or one.withdrawn or one.target is None or one.day is None:
        return []
    return [((one.target, one.day), sign, sign * one.micros)]


def expiry(now: datetime) -> str:
    """The month after which a row that comes now may be forgotten: in a year. Nothing of its time is taken by then."""
    return f"{now.year + 1:04}-{now.month:02}"


def kept_until(now: datetime) -> datetime:
    """The end of that month, UTC: the same for all that comes in one month, so that saying it again changes nothing."""
    year, month = (now.year + 1, now.month + 1) if now.month < 12 else (now.year + 2, 1)
    return datetime(year, month, 1, tzinfo=UTC)
