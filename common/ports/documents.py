"""The document store: read several documents at once, commit several writes at once, page through a collection.

A commit depends only on the documents that it writes. Each write carries its precondition, and either all writes
happen or none does. That is all that the loop needs of a database, and both Firestore and SQLite give it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from common.domain.errors import TrimtabError

Data = dict[str, Any]
"""A document's body: str, int, float, bool, None, and lists and string-keyed dicts of these.

A list never holds a list directly (Firestore refuses it).
"""

Scalar = str | int | bool


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document. `version` is opaque: hand it back as the precondition of a write."""

    path: str
    data: Data
    version: str


@dataclass(frozen=True, slots=True)
class Create:
    """Write a document that must not exist yet."""

    path: str
    data: Data


@dataclass(frozen=True, slots=True)
class Replace:
    """Write over a document that must still be at `version`."""

    path: str
    data: Data
    version: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a document; with `version`, only if it is still at it. Removing what is absent is no error without it."""

    path: str
    version: str | None = None


Write = Create | Replace | Delete


class Conflict(TrimtabError):
    """A precondition did not hold; nothing of the commit was written. Read again and decide again."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        super().__init__(f"changed or created meanwhile by somebody else: {', '.join(self.paths)}")


@dataclass(frozen=True, slots=True)
class Query:
    """Documents directly in `collection`, ordered by document id.

    `where` keeps those whose top-level field equals the value; `start` and `end` bound the document id (inclusive,
    exclusive). A page holds at most `limit` documents.
    """

    collection: str
    where: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    start: str | None = None
    end: str | None = None
    descending: bool = False
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a query's answer. `next` continues it (`None`: that was all)."""

    documents: tuple[Document, ...]
    next: Query | None


class Documents(Protocol):
    """Where documents live. A path is `collection/id[/collection/id ...]`; ids are non-empty and hold no `/`."""

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """The documents at these paths in one round trip, in their order; `None` for one that does not exist."""
        ...

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """Do all writes or none. Returns the new version of each (`""` for a deletion).

        Raises:
            Conflict: with every path whose precondition is known not to hold.
        """
        ...

    def query(self, query: Query) -> Page:
        """One page of the answer, ordered by document id."""
        ...
