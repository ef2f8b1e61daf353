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

KEPT_UNTIL = "kept_until"
"""The top-level field by which a store may remove a document by itself, some time after the instant that it names.

It is null, or an instant as `Frozen.body` writes it. Firestore keeps it as a timestamp, since its time to live goes by
nothing else, and no query may ask for it. The embedded store keeps the documents.
"""


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
    """Documents directly in `collection`, ordered by document id, which is by its bytes in UTF-8.

    With `group`, `collection` is a name alone, and the documents of every collection of that name answer, wherever it
    is; they are ordered by path, name by name, and `start` and `end` are paths.

    `where` keeps those whose top-level fields equal the values (1 equals 1.0, but not true), and `holding` those whose
    list in a top-level field holds a text; Firestore takes one of the latter. `start` and `end` bound the document id
    (inclusive, exclusive). `descending` needs a filter in `where`, be it one that all documents pass, and none in
    `holding`: Firestore reads ids backwards only in the index of a field. A page holds at most `limit` documents.

    `up_to` keeps those whose top-level field is a text, and not after the one that is given. They are ordered by that
    text, equal ones as otherwise; `after` leaves out what comes before its text, and with it. There is neither `start`
    nor `end` then, nor `descending`.

    What Firestore needs an index for is listed in `common.ports.indexes`.
    """

    collection: str
    where: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    start: str | None = None
    end: str | None = None
    descending: bool = False
    limit: int = 100
    holding: tuple[str, str] | None = None
    """A field, and the text that its list must hold."""
    group: bool = False
    up_to: tuple[str, str] | None = None
    """A field, and the last of the texts that it may be."""
    after: tuple[str, str | None] | None = None
    """A text of that field, and the path of the last document with it that is left out too; `None`: all of them."""


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a query's answer. `next` continues it (`None`: that was all)."""

    documents: tuple[Document, ...]
    next: Query | None


class Documents(Protocol):
    """Where documents live. A path is `collection/id[/collection/id ...]`; ids are non-empty and hold no `/`.

    Every call may raise InvalidInput for what no store takes (`common.adapters.document_rules` has the limits), with
    all its faults and before anything is sent, and Unavailable where the store does not answer in time.
    """

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """The documents at these paths in one round trip, in their order; `None` for one that does not exist.

        Two of them may be of different moments: only a commit's preconditions tell whether one has changed meanwhile.
        """
        ...

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """Do all writes, each to another document, or none. Returns the new version of each (`""` for a deletion).

        A replacement by an equal body changes nothing, the version included.

        Raises:
            Conflict: with every path whose precondition is known not to hold; nothing was written.
            OutcomeUnknown: the answer was lost, so all was written or nothing. A commit is never sent twice.
        """
        ...

    def query(self, query: Query) -> Page:
        """One page of the answer, in the query's order."""
        ...
