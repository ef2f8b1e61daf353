"""The optimization log: an entry for every change and every decision about one, each chained to the one before."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from common.domain.calendar import Instant
from common.domain.canonical import digest
from common.domain.change import Reason, Value, Verdict
from common.domain.model import Frozen, Id

LANDED = ("applied", "already")
"""Outcomes after which the live value is what the change wanted."""


class EntryKind(StrEnum):
    """What an entry records. Those that raise the revision change the live state; the others do not."""

    GENESIS = "genesis"
    APPLIED = "applied"
    EXTERNAL_CHANGE = "external_change"
    PLAN_ACTIVATED = "plan_activated"
    PREEMPTED = "preempted"
    FAILED = "failed"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    BLOCKED = "blocked"
    SHADOWED = "shadowed"
    RECOMMENDED = "recommended"
    NOTE = "note"
    """Safeguards entered or left, attribution degraded or restored."""


def _may_be_left_out(schema: dict[str, Any]) -> None:
    """A schema for readers does not ask for what is left out where there is none."""
    schema["required"] = [name for name in schema["required"] if name != "request_id"]


class LoggedChange(Frozen):
    """One setting that really changed (or, in an entry without revision, was to)."""

    model_config = ConfigDict(json_schema_extra=_may_be_left_out)

    entity_id: Id
    setting: str
    before: Value
    after: Value
    outcome: str = "applied"
    code: str | None = None
    request_id: str | None = Field(default=None, exclude_if=lambda name: name is None)
    """The platform's own name for the call, for its support. Left out where there is none, as in entries from before it
    was kept: their hashes stand."""


def still_running(changes: Iterable[LoggedChange]) -> tuple[str, ...]:
    """Of the entities that a pause was to stop, those that run on: their platform did not take it, or did not answer.

    What a platform does not know any more, or what somebody turned off in another way, does not run.
    """
    off = {"entity_missing", "external_change"}
    return tuple(one.entity_id for one in changes if one.outcome not in LANDED and one.code not in off)


class LogEntry(Frozen):
    """`tenants/{t}/optimization_log/{track}-{seq:012}`: created once, never changed."""

    tenant_id: Id
    track_id: Id
    seq: Annotated[int, Field(ge=0)]
    kind: EntryKind
    revision: int | None = None
    at: Instant
    by: str
    plan_version: int
    degraded: bool = False
    """It was written while the tenant had no GA4."""
    change_set_id: Id | None = None
    verdict: Verdict | None = None
    changes: tuple[LoggedChange, ...] = ()
    allocates: bool = False
    """It moved an allocation: what drift comes from."""
    pauses: tuple[Id, ...] = ()
    """Pauses in force after this entry; meaningful where `revision` is set."""
    why: str = ""
    reasons: tuple[Reason, ...] = ()
    state: dict[str, Any] | None = None
    """The whole live state, in the genesis only."""
    previous: str
    hash: str = ""

    def sealed(self) -> "LogEntry":
        """The entry with its hash: SHA-256 over the canonical JSON of everything else, the previous hash included."""
        return self.but(hash=self.expected_hash())

    def expected_hash(self) -> str:
        """What the hash must be for this content."""
        body = self.body()
        del body["hash"]
        return digest(body)


def chain_faults(
    entries: Iterable[LogEntry], head_seq: int, head_hash: str, after: tuple[int, str] = (-1, "")
) -> list[str]:
    """Every gap, edit or truncation in a track's log, in words; an empty list means that it verifies.

    Args:
        entries: all entries of a track in order of sequence, or all those after some entry.
        head_seq: the sequence of the last entry by the manifest.
        head_hash: its hash.
        after: the sequence and the hash of the entry before them, which is known to stand.
    """
    faults: list[str] = []
    last, previous = after
    expected = last + 1
    for entry in entries:
        if entry.seq != expected:
            faults.append(f"entries {expected} to {entry.seq - 1} are missing")
        elif entry.previous != previous:
            faults.append(f"entry {entry.seq} does not follow from entry {entry.seq - 1}: the chain is broken")
        if entry.hash != entry.expected_hash():
            faults.append(f"entry {entry.seq} was edited after it was written: its hash does not match")
        if entry.seq == head_seq and entry.hash != head_hash:
            faults.append(f"entry {entry.seq} is not the one that the head names")
        expected, previous, last = entry.seq + 1, entry.hash, entry.seq
    if last < head_seq:
        faults.append(f"entries {expected} to {head_seq} are missing at the end: the log was truncated")
    return faults


def replay(entries: Iterable[LogEntry]) -> dict[str, Any]:
    """The live state that the log tells of: the same form as `Manifest.live_state()`."""
    state: dict[str, Any] = {}
    for entry in entries:
        if entry.state is not None:
            state = entry.body()["state"]
        if entry.revision is None:
            continue
        state["revision"], state["plan_version"] = entry.revision, entry.plan_version
        state["pauses"] = sorted(entry.pauses)
        for change in entry.changes:
            if change.outcome in ("applied", "already"):
                state["entities"][change.entity_id][change.setting] = change.after
    return state
