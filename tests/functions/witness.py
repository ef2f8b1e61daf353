"""Who sees all that functions do, from outside: commits, writes to platforms, anchors and events, as a history."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import RLock
from typing import Any

from common.domain.canonical import canonical
from common.domain.change import Setting
from common.domain.manifest import Manifest
from common.domain.tenant import Tenant
from common.ports.ad_platform import AdPlatform, Answer, EntityRef, PlatformChange
from common.ports.bus import Message
from common.use_cases.calls import ref_of
from sandbox.world import World
from tests.contract.pulling import Puller
from tests.faults.clockwork import START
from tests.faults.history import (
    Body,
    CallEnded,
    CallStarted,
    Committed,
    History,
    Kept,
    Landed,
    Published,
    Record,
    Sent,
    Written,
)
from tests.faults.history import World as Outside
from tests.faults.invariants.forms import KINDS
from tests.faults.invariants.scene import Place, plain, taken_apart
from tests.functions.doorway import Commits, Forward, Struck

SKEW, LONGEST_DELIVERY = 60.0, 1_800.0
"""Seconds. The market's clock stands still for a quarter of an hour, and goes on at once."""


ANYBODY = "anybody"


@dataclass
class Witness:
    """Sees one tenant's world; and has a function killed, by `kill`, at the boundaries that are planned for it."""

    world: World
    history: History = field(default_factory=lambda: History(Outside({}, {}, SKEW, LONGEST_DELIVERY)))
    planned: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """By function, the boundaries at which it is killed, one after another: `commit` and `apply` before they have their
    effect, `committed` and `applied` before it hears of it."""
    hits: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """The kills that killed a function at work."""
    reads: Counter[str] = field(default_factory=Counter[str])
    """How often each function read from the store."""

    def __post_init__(self) -> None:
        """Nothing was seen yet."""
        self.lock = RLock()
        self.bodies: dict[str, Body] = {}
        self.kill: Callable[[str], bool] = lambda _: False
        self._calls, self._ticks = count(1), count(1)
        self._holders: dict[tuple[str, str], str] = {}
        self._live: dict[Place, Any] = {}
        self._refs: dict[str, list[EntityRef]] = {}
        self._kept: set[Path] = set()

    @property
    def at(self) -> float:
        """Now, in seconds of the history; a little more each time."""
        return (self.world.now() - START).total_seconds() + next(self._ticks) / 1e6

    def begin(self, tenant: Tenant, manifests: Sequence[Manifest]) -> None:
        """What was done until now is how it begins."""
        self._tenant = tenant.tenant_id
        for entity in (entity for one in manifests for entity in one.entities.values()):
            self._refs.setdefault(entity.platform, []).append(ref_of(entity))
        self._live = self._live_now()
        self.history = History(Outside(dict(self.bodies), dict(self._live), SKEW, LONGEST_DELIVERY))

    def commits_of(self, function: str) -> Commits:
        """What a function's doorway tells of."""

        def commit(written: Mapping[str, Body | None], forward: Forward) -> bytes:
            with self.lock:
                self._strike(function, "commit")
                answer = forward()
                self._committed(function, written)
                self._strike(function, "committed")
                return answer

        return commit

    def applies(self, function: str, platform: str, key: str, changes: Sequence[PlatformChange], send: Any) -> Any:
        """A function writes to a platform."""
        with self.lock:
            self._strike(function, "apply")
            call, name = next(self._calls), key.rpartition("-")[0]
            sent = tuple(Sent(one.ref.entity_id, one.setting.value, one.before, one.after) for one in changes)
            worker = self._holders.get((function, name), function)
            self.tell(CallStarted(self.at, worker, call, self._tenant, platform, key, 30.0, sent))
            try:
                return send()
            finally:
                self._look(call)
                self.tell(CallEnded(self.at, call, answered=True))
                self._strike(function, "applied")

    def look(self, objects: Path) -> None:
        """See what was edited by hand, and which anchors were written."""
        with self.lock:
            self._look(None)
            for file in sorted(set((objects / "anchors").glob("*/*")) - self._kept):
                self._kept.add(file)
                data = file.read_bytes()
                path = f"anchors/{file.parent.name}/{file.stem}"
                self.tell(Kept(self.at, "housekeeping", self._tenant, path, data, json.loads(data)))

    def listen(self, puller: Puller, subscription: str) -> None:
        """Hear what events went out."""
        puller.deliver(subscription, self._published)

    def tell(self, record: Record) -> None:
        """Add to the history."""
        self.history.records.append(record)

    def _published(self, message: Message) -> None:
        self.tell(Published(self.at, "", json.loads(message.data), message.attributes))

    def _committed(self, function: str, written: Mapping[str, Body | None]) -> None:
        seen = tuple(Written(path, self.bodies.get(path), _as_told(path, body)) for path, body in written.items())
        for one in seen:
            self.bodies.pop(one.path, None)
            if one.after is not None:
                self.bodies[one.path] = one.after
            if "/manifests/" in one.path:
                self._holds(function, one.before, one.after)
        told = tuple(one for one in seen if taken_apart(one.path, None, None).kind in KINDS)
        if told:
            tenant = taken_apart(told[0].path, None, None).tenant
            self.tell(Committed(self.at, function, tenant, told))

    def _holds(self, function: str, before: Body | None, after: Body | None) -> None:
        """Who drives a change set now: a run of this function."""
        old, new = (None if body is None else body["in_flight"] for body in (before, after))
        if new is not None and new != old:
            self._holders[(function, new["change_set_id"])] = new["holder"]

    def _look(self, call: int | None) -> None:
        now = self._live_now()
        for place, value in now.items():
            if value != self._live[place]:
                self.tell(Landed(self.at, call, *place, self._live[place], value))
        self._live = now

    def _live_now(self) -> dict[Place, Any]:
        return {
            (self._tenant, platform, entity_id, Setting(setting).value): plain(value)
            for platform, refs in self._refs.items()
            for entity_id, live in self.world.platforms(self._tenant, platform).live(refs, timeout=5).items()
            for setting, value in live.values.items()
        }

    def _strike(self, function: str, where: str) -> None:
        for planned in (self.planned.get(function), self.planned.get(ANYBODY)):
            if planned and planned[0] == where and self.kill(function):
                self.hits.append((function, planned.pop(0)))
                if where in ("commit", "apply"):
                    raise Struck(f"{function} was killed at {where}")


def _as_told(path: str, body: Body | None) -> Body | None:
    """An event goes out in canonical form, in which floats have twelve digits."""
    return json.loads(canonical(body)) if body is not None and "/outbox/" in path else body


class WitnessedMarket:
    """The world as one function sees it."""

    def __init__(self, witness: Witness, function: str) -> None:
        world = witness.world
        self.now, self.analytics, self.crm, self.check = world.now, world.analytics, world.crm, world.check
        self._witness, self._function = witness, function

    def platforms(self, tenant_id: str, platform: str) -> AdPlatform:
        """A tenant's account on a platform."""
        inner = self._witness.world.platforms(tenant_id, platform)
        return _Witnessed(inner, self._witness, self._function, platform)  # pyright: ignore[reportReturnType] - it has the rest from the inner one


class _Witnessed:
    def __init__(self, inner: AdPlatform, witness: Witness, function: str, platform: str) -> None:
        self._inner, self._witness, self._function, self._platform = inner, witness, function, platform

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """Write, witnessed."""
        return self._witness.applies(
            self._function, self._platform, key, changes, lambda: self._inner.apply(key, changes, timeout=timeout)
        )
