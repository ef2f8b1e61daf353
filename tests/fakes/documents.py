"""Documents in a dictionary: fast, and open to whoever wants to watch each commit."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock

from common.ports.documents import Conflict, Create, Data, Delete, Document, Page, Query, Replace, Write


class MemoryDocuments:
    """Keeps bodies as they were given; neither side may change one afterwards.

    `after_read` runs after each read and `after_query` after each query: there a test lets time pass, or somebody else
    come in between.
    """

    def __init__(self, documents: dict[str, Document] | None = None) -> None:
        self._documents = dict(documents or {})
        self._commits = 0
        self._lock = Lock()
        self.after_read: Callable[[], None] = lambda: None
        self.after_query: Callable[[], None] = lambda: None

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
        with self._lock:
            found = [one for path, one in self._documents.items() if _is_there(path, query)]
        matching = [one for one in found if all(one.data.get(key) == value for key, value in query.where.items())]
        if query.holding is not None:
            name, text = query.holding
            matching = [one for one in matching if text in one.data.get(name, [])]
        if query.up_to is not None:
            matching = [one for one in matching if _in_span(one, query, *query.up_to)]
        self.after_query()
        return _page(query, sorted(matching, key=lambda one: _order(one, query), reverse=query.descending))


def _is_there(path: str, query: Query) -> bool:
    collection, _, name = path.rpartition("/")
    if query.group:
        at, wanted = path.split("/"), collection.rpartition("/")[2] == query.collection
        start, end = (None if one is None else one.split("/") for one in (query.start, query.end))
    else:
        at, wanted = [name], collection == query.collection
        start, end = (None if one is None else [one] for one in (query.start, query.end))
    return wanted and (start is None or at >= start) and (end is None or at < end)


def _in_span(document: Document, query: Query, field: str, last: str) -> bool:
    text = document.data.get(field)
    if not isinstance(text, str) or text > last:
        return False
    if query.after is None:
        return True
    after, path = query.after
    return text > after if path is None else (text, document.path) > (after, path)


def _order(document: Document, query: Query) -> tuple[str, list[str]]:
    return "" if query.up_to is None else document.data[query.up_to[0]], document.path.split("/")


def _page(query: Query, matching: list[Document]) -> Page:
    shown, more = matching[: query.limit], matching[query.limit :]
    if not more:
        return Page(tuple(shown), None)
    if query.up_to is not None:
        return Page(tuple(shown), replace(query, after=(shown[-1].data[query.up_to[0]], shown[-1].path)))
    last, first = (one.path if query.group else one.path.rpartition("/")[2] for one in (shown[-1], more[0]))
    bounds = {"start": query.start, "end": last} if query.descending else {"start": first, "end": query.end}
    return Page(tuple(shown), replace(query, **bounds))
