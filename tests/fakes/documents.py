"""Documents in a dictionary: fast, and open to whoever wants to watch each commit."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock

from common.ports.documents import Conflict, Create, Data, Delete, Document, Page, Query, Replace, Write


class MemoryDocuments:
    """Keeps bodies as they were given; neither side may change one afterwards.

    `after_read` runs after each read: there a test lets time pass, or somebody else come in between.
    """

    def __init__(self, documents: dict[str, Document] | None = None) -> None:
        self._documents = dict(documents or {})
        self._commits = 0
        self._lock = Lock()
        self.after_read: Callable[[], None] = lambda: None

    def copy(self) -> "MemoryDocuments":
        """A store of its own that starts from these documents."""
        other = MemoryDocuments(self._documents)
        other._commits = self._commits
        return other

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """As the port says."""
        found = tuple(self._documents.get(path) for path in paths)
        self.after_read()
        return found

    def body(self, path: str) -> Data | None:
        """A document's body, if it exists."""
        found = self._documents.get(path)
        return None if found is None else found.data

    def bodies(self) -> dict[str, Data]:
        """Every body by its path."""
        return {path: document.data for path, document in self._documents.items()}

    @property
    def commits(self) -> int:
        """How many commits there were."""
        return self._commits

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """As the port says; one thread at a time."""
        with self._lock:
            return self._commit(writes)

    def _commit(self, writes: Sequence[Write]) -> tuple[str, ...]:
        failing = [write.path for write in writes if not self._holds(write)]
        if failing:
            raise Conflict(failing)
        self._commits += 1
        version = str(self._commits)
        for write in writes:
            if isinstance(write, Delete):
                self._documents.pop(write.path, None)
            else:
                self._documents[write.path] = Document(write.path, write.data, version)
        return tuple("" if isinstance(write, Delete) else version for write in writes)

    def _holds(self, write: Write) -> bool:
        found = self._documents.get(write.path)
        match write:
            case Create():
                return found is None
            case Replace():
                return found is not None and found.version == write.version
            case Delete():
                return write.version is None or (found is not None and found.version == write.version)

    def query(self, query: Query) -> Page:
        """As the port says."""
        prefix = f"{query.collection}/"
        with self._lock:
            paths = list(self._documents)
        ids = sorted(
            (name for path in paths if path.startswith(prefix) and "/" not in (name := path[len(prefix) :])),
            reverse=query.descending,
        )
        found = [self._documents[prefix + name] for name in ids if _within(name, query)]
        matching = [one for one in found if all(one.data.get(key) == value for key, value in query.where.items())]
        if query.holding is not None:
            name, text = query.holding
            matching = [one for one in matching if text in one.data.get(name, [])]
        return _page(query, matching)


def _within(name: str, query: Query) -> bool:
    return (query.start is None or name >= query.start) and (query.end is None or name < query.end)


def _page(query: Query, matching: list[Document]) -> Page:
    shown, more = matching[: query.limit], matching[query.limit :]
    if not more:
        return Page(tuple(shown), None)
    last, first = (one.path.rpartition("/")[2] for one in (shown[-1], more[0]))
    bounds = {"start": query.start, "end": last} if query.descending else {"start": first, "end": query.end}
    return Page(tuple(shown), replace(query, **bounds))
