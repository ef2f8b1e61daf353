"""Ports that do almost what they should: what the planted bugs are made of."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from common.domain.canonical import canonical
from common.domain.change import Setting, Value
from common.domain.errors import Unavailable
from common.domain.event import TOPIC
from common.domain.figures import DayFigures, DaysReport, FiguresReport
from common.domain.paths import GLOBAL_CONTROL
from common.ports.ad_platform import (
    ALL,
    AdPlatform,
    Answer,
    EntityRef,
    Live,
    PartsReport,
    PlatformChange,
    PlatformUnavailable,
    SomeSettings,
    SpendReport,
)
from common.ports.bus import Bus, Message
from common.ports.clock import Clock
from common.ports.documents import Create, Data, Delete, Document, Documents, Page, Query, Replace, Write
from common.ports.objects import Objects


class Store:
    """Passes everything on; each bug overrides one thing."""

    def __init__(self, inner: Documents) -> None:
        self.inner = inner

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """As the port says."""
        return self.inner.read(*paths)

    def query(self, query: Query) -> Page:
        """As the port says."""
        return self.inner.query(query)

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """As the port says."""
        return self.inner.commit(*writes)


class Rewriting(Store):
    """Commits something else than it was given."""

    def __init__(self, inner: Documents, rewrite: Callable[[Documents, Sequence[Write]], Iterable[Write]]) -> None:
        super().__init__(inner)
        self._rewrite = rewrite

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """Commit what the bug makes of it; versions of what is missing are made up."""
        wanted = list(self._rewrite(self.inner, writes))
        if not wanted:
            return tuple("" for _ in writes)
        versions = dict(zip((one.path for one in wanted), self.inner.commit(*wanted), strict=True))
        return tuple(versions.get(write.path, "") for write in writes)


Which = Callable[[str, Sequence[str]], bool]
"""Whether a path is remembered, when it is read together with these."""


class Remembering(Store):
    """Answers reads from memory where it may not."""

    def __init__(self, inner: Documents, memory: dict[str, Any], which: Which) -> None:
        super().__init__(inner)
        self._memory, self._which = memory, which

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """Read, but give back what was read before where the bug says so."""
        found = self.inner.read(*paths)
        return tuple(
            self._memory.setdefault(path, one) if self._which(path, paths) else one
            for path, one in zip(paths, found, strict=True)
        )


class Colouring(Store):
    """Reads tenants otherwise than they are."""

    def __init__(self, inner: Documents, change: Callable[[Data], Data]) -> None:
        super().__init__(inner)
        self._change = change

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """Read, and change each tenant."""
        return tuple(
            one
            if one is None or one.path.count("/") > 1 or one.path == GLOBAL_CONTROL
            else replace(one, data=self._change(one.data))
            for one in self.inner.read(*paths)
        )


class OldManifest(Store):
    """Asks for permission with the manifest that the run began with."""

    def __init__(self, inner: Documents) -> None:
        super().__init__(inner)
        self._known: dict[str, Document] = {}

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """Read, but know better what the manifest says."""
        found = self.inner.read(*paths)
        if GLOBAL_CONTROL in paths:
            return tuple(self._known.get(path, one) for path, one in zip(paths, found, strict=True))
        self._known.update({one.path: one for one in found if one is not None and "/manifests/" in one.path})
        return found

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """Remember the manifest as this run left it."""
        versions = self.inner.commit(*writes)
        for write, version in zip(writes, versions, strict=True):
            if "/manifests/" in write.path and not isinstance(write, Delete):
                self._known[write.path] = Document(write.path, write.data, version)
        return versions


class Hasty(Store):
    """Publishes what a commit will announce, then commits."""

    def __init__(self, inner: Documents, bus: Bus) -> None:
        super().__init__(inner)
        self._bus = bus

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """Publish, then commit."""
        for write in writes:
            if isinstance(write, Create) and "/outbox/" in write.path:
                self._bus.publish(TOPIC, Message(canonical(write.data), {"tenant": write.path.split("/")[1]}))
        return self.inner.commit(*writes)


class Tidy(Store):
    """Empties the outbox first, and publishes afterwards. Stands for the bus too."""

    def __init__(self, inner: Documents, bus: Bus) -> None:
        super().__init__(inner)
        self._bus = bus
        self._held: list[tuple[str, tuple[Message, ...]]] = []

    def publish(self, topic: str, *messages: Message) -> None:
        """Keep them for later."""
        self._held.append((topic, messages))

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """Remove from the outbox, then publish."""
        versions = self.inner.commit(*writes)
        held, self._held = self._held, []
        for topic, messages in held:
            self._bus.publish(topic, *messages)
        return versions


class Deaf:
    """A bus that takes no failure for an answer."""

    def __init__(self, inner: Bus) -> None:
        self._inner = inner

    def publish(self, topic: str, *messages: Message) -> None:
        """Publish, and never say that it failed."""
        try:
            self._inner.publish(topic, *messages)
        except Unavailable:
            return


class Stopped:
    """A clock that is read once."""

    def __init__(self, inner: Clock) -> None:
        self._inner = inner
        self._seen: datetime | None = None

    def now(self) -> datetime:
        """What it was when first asked."""
        self._seen = self._seen or self._inner.now()
        return self._seen


class Platform:
    """Passes everything on; each bug overrides one thing."""

    def __init__(self, inner: AdPlatform) -> None:
        self.inner = inner

    def live(self, refs: Sequence[EntityRef], *, timeout: float, settings: SomeSettings = ALL) -> Mapping[str, Live]:
        """As the port says."""
        return self.inner.live(refs, timeout=timeout, settings=settings)

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """As the port says."""
        return self.inner.apply(key, changes, timeout=timeout)

    def spend(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> SpendReport:
        """As the port says."""
        return self.inner.spend(refs, since, timeout=timeout)

    def figures(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> FiguresReport:
        """As the port says."""
        return self.inner.figures(refs, since, timeout=timeout)

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayFigures]:
        """As the port says."""
        return self.inner.days(refs, first, timeout=timeout)

    def geos(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """As the port says."""
        return self.inner.geos(refs, first, last, timeout=timeout)

    def ads(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """As the port says."""
        return self.inner.ads(refs, first, last, timeout=timeout)


class NewKeys(Platform):
    """Names each attempt anew."""

    def __init__(self, inner: AdPlatform, attempt: str) -> None:
        super().__init__(inner)
        self._attempt = attempt

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """Send under a key of its own."""
        return self.inner.apply(f"{key}{self._attempt}", changes, timeout=timeout)


class Trusting(Platform):
    """Believes a yes without looking."""

    def __init__(self, inner: AdPlatform) -> None:
        super().__init__(inner)
        self._believed: dict[str, dict[Setting, Value]] = {}

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """Send, and take each yes for done."""
        answers = self.inner.apply(key, changes, timeout=timeout)
        for change, answer in zip(changes, answers, strict=True):
            if answer.ok:
                self._believed.setdefault(change.ref.entity_id, {})[change.setting] = change.after
        return answers

    def live(self, refs: Sequence[EntityRef], *, timeout: float, settings: SomeSettings = ALL) -> Mapping[str, Live]:
        """What is live, as far as nothing was believed instead."""
        found = self.inner.live(refs, timeout=timeout, settings=settings)
        return {
            name: replace(live, values={**live.values, **self._believed.get(name, {})}) for name, live in found.items()
        }


class Impatient(Platform):
    """Takes silence for a no."""

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """Send; no answer is a refusal."""
        try:
            return self.inner.apply(key, changes, timeout=timeout)
        except PlatformUnavailable:
            return tuple(Answer(False, "timed_out") for _ in changes)


class Adding(Platform):
    """Sends differences: adds to what is live instead of setting it."""

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """Send what is live now, plus the difference."""
        live = self.inner.live([change.ref for change in changes], timeout=timeout)
        return self.inner.apply(key, [_added(change, live) for change in changes], timeout=timeout)


def _added(change: PlatformChange, live: Mapping[str, Live]) -> PlatformChange:
    now = live[change.ref.entity_id].values.get(change.setting)
    if isinstance(now, int) and isinstance(change.before, int) and isinstance(change.after, int):
        return replace(change, after=now + change.after - change.before)
    return change


def blindly(documents: Documents, writes: Sequence[Write], which: Callable[[str], bool]) -> list[Write]:
    """Writes over whatever is there, where the bug says so."""
    return [_blind(documents, write) if which(write.path) else write for write in writes]


def _blind(documents: Documents, write: Write) -> Write:
    if not isinstance(write, Replace):
        return write
    found = documents.read(write.path)[0]
    return write if found is None else replace(write, version=found.version)


def edited(write: Write, change: Callable[[Data], Data]) -> Write:
    """A write with another body."""
    return write if isinstance(write, Delete) else replace(write, data=change(dict(write.data)))


class Storage:
    """Passes everything on to an object storage; each bug overrides one thing."""

    def __init__(self, inner: Objects) -> None:
        self.inner = inner

    def create(self, path: str, data: bytes, *, content_type: str) -> None:
        """As the port says."""
        self.inner.create(path, data, content_type=content_type)

    def read(self, path: str) -> bytes:
        """As the port says."""
        return self.inner.read(path)

    def under(self, folder: str) -> Iterator[str]:
        """As the port says."""
        return self.inner.under(folder)


class Overwriting(Storage):
    """Writes without the precondition that nothing is there."""

    def __init__(self, inner: Objects, kept: dict[str, bytes]) -> None:
        super().__init__(inner)
        self._kept = kept

    def create(self, path: str, data: bytes, *, content_type: str) -> None:
        """Take away what is there first."""
        self._kept.pop(path, None)
        self.inner.create(path, data, content_type=content_type)


class OneFolder(Storage):
    """Keeps everybody's objects of a kind together."""

    def create(self, path: str, data: bytes, *, content_type: str) -> None:
        """Forget whose it is."""
        kind, _, name = path.split("/")
        self.inner.create(f"{kind}/acme/{name}", data, content_type=content_type)
