"""Count what a run asks of its ports, as Google bills it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.prices import MESSAGE_LEAST_BYTES
from common.ports.bus import Bus, Message
from common.ports.documents import Delete, Document, Documents, Page, Query, Write
from common.ports.objects import Objects

MESSAGE_OVERHEAD = 60
"""Bytes that a message is billed for besides its data and attributes: id and time."""


@dataclass
class Meter:
    """What was asked for since it was made."""

    reads: int = 0
    """Documents that were read, absent ones too; at least one for each query."""
    writes: int = 0
    deletes: int = 0
    queries: int = 0
    trips: int = 0
    """Calls to the store that somebody waited for."""
    published: int = 0
    """Messages."""
    published_bytes: int = 0
    billed_bytes: int = 0
    """Of requests to publish."""
    object_writes: int = 0
    """Lists too: they are billed as writes are."""
    object_bytes: int = 0
    """Written."""
    object_reads: int = 0
    logged: int = 0
    """Bytes."""
    written: list[str] = field(default_factory=list[str])
    """Paths."""

    @property
    def changed(self) -> bool:
        """Whether anything but what tracks remember was written, or anything published."""
        return self.published > 0 or any("/state/" not in path for path in self.written)


class MeteredDocuments:
    """A store whose every call is counted."""

    def __init__(self, inner: Documents, meter: Callable[[], Meter]) -> None:
        self._inner, self._meter = inner, meter

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """As the port says."""
        meter = self._meter()
        meter.trips += 1
        meter.reads += len(paths)
        return self._inner.read(*paths)

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """As the port says."""
        meter = self._meter()
        meter.trips += 1
        deletes = sum(isinstance(write, Delete) for write in writes)
        meter.deletes += deletes
        meter.writes += len(writes) - deletes
        meter.written += [write.path for write in writes]
        return self._inner.commit(*writes)

    def query(self, query: Query) -> Page:
        """As the port says."""
        page, meter = self._inner.query(query), self._meter()
        meter.trips += 1
        meter.queries += 1
        meter.reads += max(1, len(page.documents) + (page.next is not None))
        return page


class MeteredBus:
    """A bus whose every request is counted."""

    def __init__(self, inner: Bus, meter: Callable[[], Meter]) -> None:
        self._inner, self._meter = inner, meter

    def publish(self, topic: str, *messages: Message) -> None:
        """As the port says."""
        meter = self._meter()
        meter.published += len(messages)
        size = sum(map(size_of, messages))
        meter.published_bytes += size
        meter.billed_bytes += max(MESSAGE_LEAST_BYTES, size)
        self._inner.publish(topic, *messages)


class MeteredObjects:
    """A storage whose every call is counted."""

    def __init__(self, inner: Objects, meter: Callable[[], Meter]) -> None:
        self._inner, self._meter = inner, meter

    def create(self, path: str, data: bytes, *, content_type: str) -> None:
        """As the port says."""
        meter = self._meter()
        meter.object_writes += 1
        meter.object_bytes += len(data)
        self._inner.create(path, data, content_type=content_type)

    def read(self, path: str) -> bytes:
        """As the port says."""
        self._meter().object_reads += 1
        return self._inner.read(path)

    def under(self, folder: str) -> Iterator[str]:
        """As the port says."""
        self._meter().object_writes += 1
        return self._inner.under(folder)


def size_of(message: Message) -> int:
    """Bytes that a message is billed for, before any minimum."""
    attributes = sum(len(key.encode()) + len(value.encode()) for key, value in message.attributes.items())
    return len(message.data) + attributes + MESSAGE_OVERHEAD
