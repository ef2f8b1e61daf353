"""How a bug is put in place for one run, and taken out again."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from common.ports.ad_platform import AdPlatform
from common.ports.documents import Create, Data, Documents, Replace, Write
from common.use_cases.ports import Ports
from tests.faults.careless import Remembering, Rewriting, Which, edited
from tests.faults.rig import Delivery
from tests.faults.simulation import Plant

Rewrite = Callable[[Documents, Sequence[Write]], Iterable[Write]]
"""What becomes of a commit's writes."""


@dataclass(frozen=True, slots=True)
class Bug:
    """What is done wrong, and which invariants that breaks.

    Most bugs sit between the use cases and their ports, as a careless adapter would. A few can't be put there: they
    replace a function of the product while a schedule runs. That is allowed here, where a bug is planted on purpose.
    """

    name: str
    breaks: frozenset[int]
    plant: Plant | None = None
    replaces: tuple[tuple[object, str, object], ...] = ()
    """Owner, name and what takes its place."""

    @contextmanager
    def planted(self) -> Generator[Plant | None]:
        """For one run."""
        with ExitStack() as undo:
            for owner, name, function in self.replaces:
                undo.callback(setattr, owner, name, vars(owner)[name])
                setattr(owner, name, function)
            yield self.plant


def with_ports(change: Callable[[Ports], Ports]) -> Plant:
    """A bug that does not care whose delivery it is."""
    return lambda ports, _: change(ports)


def rewriting(rewrite: Rewrite) -> Plant:
    """Commits are not what the use cases want them to be."""
    return with_ports(lambda ports: replace(ports, documents=Rewriting(ports.documents, rewrite)))


def remembering(which: Which) -> Plant:
    """A worker reads some documents once, and never again."""

    def plant(ports: Ports, delivery: Delivery) -> Ports:
        return replace(ports, documents=Remembering(ports.documents, delivery.worker.remembered, which))

    return plant


def on_platforms(wrap: Callable[[AdPlatform, Delivery], AdPlatform]) -> Plant:
    """Platforms are not what the use cases take them for."""

    def plant(ports: Ports, delivery: Delivery) -> Ports:
        def platforms(tenant_id: str, platform: str) -> AdPlatform:
            return wrap(ports.platforms(tenant_id, platform), delivery)

        return replace(ports, platforms=platforms)

    return plant


def without(drop: Callable[[Write], bool]) -> Rewrite:
    """Some writes are lost."""
    return lambda _, writes: [write for write in writes if not drop(write)]


def editing(part: str, change: Callable[[Data], Data]) -> Rewrite:
    """Documents with this in their path are written otherwise."""
    return lambda _, writes: [edited(write, change) if part in write.path else write for write in writes]


def touching(part: str, change: Callable[[Data], Data]) -> Rewrite:
    """Whenever a numbered document is created, the one before it is rewritten."""

    def rewrite(documents: Documents, writes: Sequence[Write]) -> list[Write]:
        more: list[Write] = []
        for write in writes:
            if isinstance(write, Create) and part in write.path:
                found = documents.read(_number_before(write.path))[0]
                if found is not None and found.path not in {one.path for one in writes}:
                    more.append(Replace(found.path, change(dict(found.data)), found.version))
        return [*writes, *more]

    return rewrite


def _number_before(path: str) -> str:
    digits = len(path) - len(path.rstrip("0123456789"))
    return f"{path[:-digits]}{max(0, int(path[-digits:]) - 1):0{digits}}"
