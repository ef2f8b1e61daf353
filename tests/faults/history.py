"""What happened, as an outsider could have seen it: the only thing that the invariants are checked against."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """One document of a commit: its body before and after; `None` where it did not exist."""

    path: str
    before: Body | None
    after: Body | None


@dataclass(frozen=True, slots=True)
class Committed:
    """Documents that changed together."""

    at: float
    worker: str
    tenant: str
    """On whose behalf the worker ran; empty for work that is nobody's in particular."""
    documents: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Collided:
    """A commit that wrote nothing, since a precondition did not hold."""

    at: float
    worker: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Documents that were read, or a collection that was queried."""

    at: float
    worker: str
    tenant: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """One setting as it was sent to a platform."""

    entity: str
    setting: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A write call to a platform left its worker. `timeout`: seconds in which it must be over."""

    at: float
    worker: str
    call: int
    tenant: str
    platform: str
    key: str
    timeout: float
    changes: tuple[Sent, ...]


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The worker got an answer, or learned that there is none (`answered` is false)."""

    at: float
    call: int
    answered: bool


@dataclass(frozen=True, slots=True)
class Landed:
    """A setting changed on a platform; `call` is `None` where somebody did it by hand."""

    at: float
    call: int | None
    tenant: str
    platform: str
    entity: str
    setting: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Published:
    """An event went out on the bus."""

    at: float
    worker: str
    event: Body
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """An object was written to the object storage; `body` is what its JSON says."""

    at: float
    worker: str
    tenant: str
    path: str
    data: bytes
    body: Body


@dataclass(frozen=True, slots=True)
class Ended:
    """A delivery was over: `outcome` is `done`, `crashed`, or the name of the error that it ended with."""

    at: float
    worker: str
    job: str
    outcome: str
    detail: str
    expected: bool


@dataclass(frozen=True, slots=True)
class Noted:
    """A fault that was injected; for the counters, and for whoever reads a schedule."""

    at: float
    worker: str
    what: str


Record = Committed | Collided | Asked | CallStarted | CallEnded | Landed | Published | Kept | Ended | Noted


@dataclass(frozen=True, slots=True)
class World:
    """What an outsider knows of a schedule besides what happened in it."""

    documents: Mapping[str, Body]
    """Every document as it was at first, by path."""
    live: Mapping[tuple[str, str, str, str], Any]
    """Where each setting stood at first: by tenant, platform, entity and setting."""
    clock_skew: float
    """Seconds that two workers' clocks may differ by."""
    longest_delivery: float
    """Seconds from when a delivery reads its first document to its last effect, at most."""


@dataclass(slots=True)
class History:
    """All that happened in a schedule, in order."""

    world: World
    records: list[Record] = field(default_factory=list[Record])

    def tail(self, until: float, count: int = 40) -> str:
        """The last records up to an instant, for whoever reads a failure."""
        return "\n".join(_line(record) for record in [r for r in self.records if r.at <= until][-count:])


def _line(record: Record) -> str:
    if isinstance(record, Committed):
        paths = ", ".join(_short(one) for one in record.documents)
        return f"{record.at:10.2f} {record.worker:<14} commit {paths}"
    fields = " ".join(
        f"{name}={getattr(record, name)}" for name in record.__slots__ if name not in ("at", "worker", "event", "data")
    )
    return f"{record.at:10.2f} {getattr(record, 'worker', '-'):<14} {type(record).__name__} {fields}"


def _short(one: Written) -> str:
    sign = "+" if one.before is None else "-" if one.after is None else "~"
    body = one.after or {}
    told = ",".join(
        f"{key}={body[key]}" for key in ("state", "revision", "epoch", "in_flight") if body.get(key) is not None
    )
    return f"{sign}{one.path.split('/', 2)[-1]}({told})"
