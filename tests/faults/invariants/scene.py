"""The world as the history tells it, up to one record: documents, platforms, calls. What every watcher looks at."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from tests.faults.clockwork import START
from tests.faults.history import Body, CallStarted, Committed, History, Landed, Record, World

ON_PLATFORM = ("daily_budget", "total_budget", "bid_target", "status", "excluded_geos")
Place = tuple[str, str, str, str]
"""Tenant, platform, entity and setting."""


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant of the design that did not hold; 0 stands for the documents' own rules."""

    invariant: int
    at: float
    what: str

    def __str__(self) -> str:
        return f"invariant {self.invariant} at {self.at:.2f} s: {self.what}"


class Doc(NamedTuple):
    """One document of a commit, with its path taken apart."""

    kind: str
    tenant: str
    name: str
    path: str
    before: Body | None
    after: Body | None


class Value(NamedTuple):
    """What a setting on a platform became, when, and by which call (`None`: by hand)."""

    at: float
    value: Any
    call: int | None


@dataclass(slots=True)
class Scene:
    """Grows with each record."""

    world: World
    documents: dict[str, Body]
    values: dict[Place, list[Value]]
    calls: dict[int, CallStarted] = field(default_factory=dict[int, CallStarted])
    intended_at: dict[str, float] = field(default_factory=dict[str, float])
    """By change set's path, when it was put in flight."""

    @staticmethod
    def at_first(history: History) -> "Scene":
        """Before anything happened."""
        values: dict[Place, list[Value]] = defaultdict(list)
        for place, value in history.world.live.items():
            values[place].append(Value(-1.0, plain(value), None))
        return Scene(history.world, dict(history.world.documents), values)

    def add(self, record: Record) -> None:
        """Take in one record."""
        match record:
            case Committed():
                for one in record.documents:
                    self._write(record.at, one.path, one.after)
            case CallStarted():
                self.calls[record.call] = record
            case Landed():
                place = (record.tenant, record.platform, record.entity, record.setting)
                self.values[place].append(Value(record.at, plain(record.after), record.call))
            case _:
                pass

    def _write(self, at: float, path: str, body: Body | None) -> None:
        if body is None:
            self.documents.pop(path, None)
            return
        self.documents[path] = body
        if "/change_sets/" in path and body["state"] == "intended":
            self.intended_at.setdefault(path, at)

    def change_set(self, tenant: str, key: str) -> Body | None:
        """The change set that a call's key names."""
        return self.documents.get(f"tenants/{tenant}/change_sets/{key.rpartition('-')[0]}")

    def manifest(self, tenant: str, track: str) -> Body:
        """A track's manifest as it is now."""
        return self.documents[f"tenants/{tenant}/manifests/{track}"]

    def of_kind(self, kind: str) -> Iterator[Doc]:
        """Every document of a kind, as it is now."""
        for path, body in self.documents.items():
            if f"/{kind}/" in path:
                yield taken_apart(path, body, body)

    def had(self, place: Place, value: Any, since: float) -> bool:
        """Whether the platform showed this value at some instant from `since` on."""
        history = self.values[place]
        wanted = plain(value)
        ends = [one.at for one in history[1:]] + [float("inf")]
        return any(one.value == wanted and end >= since for one, end in zip(history, ends, strict=True))


def taken_apart(path: str, before: Body | None, after: Body | None) -> Doc:
    """A path's kind, tenant and name."""
    parts = path.split("/")
    if parts[0] == "control":
        return Doc("control", "", parts[1], path, before, after)
    if len(parts) == 2:
        return Doc("tenants", parts[1], parts[1], path, before, after)
    return Doc(parts[-2], parts[1], parts[-1], path, before, after)


def docs_of(record: Committed) -> list[Doc]:
    """A commit's documents."""
    return [taken_apart(one.path, one.before, one.after) for one in record.documents]


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    return [*value] if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownVariableType]


def seconds(instant: str) -> float:
    """An instant of a document, in seconds of the schedule."""
    return (datetime.fromisoformat(instant) - START).total_seconds()


def changes_of(change_set: Body) -> list[Body]:
    """All changes of all proposals."""
    return [change for proposal in change_set["proposals"] for change in proposal["changes"]]


def rises(change: Body) -> bool:
    """Whether a change is an increase, as the design has it; these schedules move no bid targets."""
    before, after = change["before"], change["after"]
    match change["setting"]:
        case "status":
            return after == "enabled"
        case "excluded_geos":
            return bool(set(before or ()) - set(after or ()))
        case _:
            return (after or 0) > (before or 0)


def place_of(change: Body, manifest: Body) -> Place:
    """Where a change lands."""
    platform = manifest["entities"][change["entity_id"]]["platform"]
    return manifest["tenant_id"], platform, change["entity_id"], change["setting"]


class Watcher:
    """Looks at each record before the scene takes it in, and remembers what is wrong."""

    def __init__(self) -> None:
        self.found: list[Violation] = []

    def fail(self, invariant: int, at: float, what: str) -> None:
        """An invariant does not hold."""
        self.found.append(Violation(invariant, at, what))

    def commits(self, record: Committed, docs: list[Doc], scene: Scene) -> None:
        """A commit happens."""

    def sees(self, record: Record, scene: Scene) -> None:
        """Anything else happens."""

    def ends(self, at: float, scene: Scene) -> None:
        """The schedule is over."""
