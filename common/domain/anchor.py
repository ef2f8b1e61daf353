"""The anchor: where the logs of a tenant's tracks ended on a day, kept where the store's owner can't change it.

A chain of hashes shows that nobody edited a log and left the rest as it was. Whoever can write to the store could
compute the whole chain anew, or cut entries off its end and the manifest's head with them. But then an entry that an
anchor names is another one, or gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from common.domain import paths
from common.domain.calendar import Instant
from common.domain.log_entry import LogEntry
from common.domain.model import Frozen, Name


class Head(Frozen):
    """The last entry of a track's log."""

    seq: Annotated[int, Field(ge=0)]
    hash: str


class Anchor(Frozen):
    """`anchors/{t}/{date}` in object storage: written once a day, never changed."""

    tenant_id: Name
    day: date
    """UTC: whoever doubts an anchor compares it with the instant at which its storage says that it came."""
    at: Instant
    heads: dict[Name, Head]
    """By track; each names an entry that was written by then."""

    @property
    def path(self) -> str:
        """Where it is kept."""
        return paths.anchor(self.tenant_id, self.day)


@dataclass(frozen=True, slots=True)
class Anchoring:
    """How far anchors vouch for a track's log."""

    faults: tuple[str, ...] = ()
    newest: str | None = None
    """The path of the newest anchor that the log agrees with."""
    up_to: int | None = None
    """The entry that it names: nothing up to there was changed since, if the chain holds."""


def anchoring(track_id: str, entries: Sequence[LogEntry], anchors: Sequence[Anchor]) -> Anchoring:
    """Hold a track's log against the anchors that name it.

    Args:
        entries: all entries of the track, in order of sequence.
        anchors: the tenant's anchors, oldest first.
    """
    hashes = {entry.seq: entry.hash for entry in entries}
    naming = [(anchor.path, anchor.heads[track_id]) for anchor in anchors if track_id in anchor.heads]
    broken = [number for number, (_, head) in enumerate(naming) if hashes.get(head.seq) != head.hash]
    holding = [one for number, one in enumerate(naming) if number not in broken]
    newest, head = holding[-1] if holding else (None, None)
    faults = [_fault(naming, broken, hashes)] if broken else []
    return Anchoring(tuple(faults), newest, None if head is None else head.seq)


def _fault(naming: Sequence[tuple[str, Head]], broken: Sequence[int], hashes: dict[int, str]) -> str:
    """What the first anchor that does not hold says, and what those around it say."""
    first = broken[0]
    path, head = naming[first]
    if head.seq not in hashes:
        said = f"entry {head.seq} is gone, and {path} names it: the log was truncated, or the anchor is forged"
    else:
        said = f"entry {head.seq} is not the one that {path} names: the log was rewritten, or the anchor is forged"
    if first:
        before, held = naming[first - 1]
        said += f"; up to entry {held.seq} it is as {before} has it"
    if later := len(naming) - first - 1:
        said += f"; of {later} later anchors {len(broken) - 1} do not hold either"
    return said
