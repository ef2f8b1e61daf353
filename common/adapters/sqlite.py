"""Documents in SQLite: the embedded default, in a file that several processes may share, or in memory.

A version is the number of the commit that wrote the document. A number is never used again, so that a document which
was deleted and created anew is not mistaken for the old one.
"""

import os
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from threading import Lock
from typing import Literal

from pydantic_core import from_json

from common.adapters.document_rules import check_paths, check_query, encode, page
from common.domain.errors import OutcomeUnknown, Unavailable
from common.ports.documents import Conflict, Create, Delete, Document, Page, Query, Scalar, Write

_SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS documents (
        collection TEXT NOT NULL,
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (collection, id)
    )
    """,
    "CREATE TABLE IF NOT EXISTS commits (last INTEGER NOT NULL)",
    "INSERT INTO commits SELECT 0 WHERE NOT EXISTS (SELECT * FROM commits)",
)

# Text is compared by its bytes in UTF-8, unless a collation is named: the order of ids in Firestore.
_SELECT = "SELECT id, version, body FROM documents WHERE collection = ? AND id >= ? AND id < ?"
_HAS_TEXT = " AND json_extract(body, ?) = ?"
_HOLDS_TEXT = " AND EXISTS (SELECT 1 FROM json_each(body, ?) WHERE value = ?)"
_UP_TO_TEXT = " AND json_type(body, ?) = 'text' AND json_extract(body, ?) <= ?"
_EACH_COLLECTION = """
    WITH RECURSIVE place(name) AS (
        SELECT min(collection) FROM documents
        UNION ALL
        SELECT (SELECT min(collection) FROM documents WHERE collection > name) FROM place WHERE name IS NOT NULL
    )
    SELECT name FROM place WHERE name IS NOT NULL
"""
_ASCENDING = " ORDER BY id"
_DESCENDING = " ORDER BY id DESC"
_AFTER_ALL_TEXT = b""  # to SQLite every blob is greater than every text

_Row = tuple[int, str]  # version, body


class SqliteDocuments:
    """Documents in the SQLite database at `path`; `:memory:` is one that ends with this object.

    Any number of threads may share this object, and any number of processes may each open the same file. It is opened
    when first used; after that it must not be carried through a fork.

    Args:
        patience: seconds to wait for other processes that write, before `Unavailable`.
    """

    def __init__(self, path: str | Path = ":memory:", *, patience: float = 10.0) -> None:
        self._path = str(path)
        self._patience = patience
        self._lock = Lock()
        self._opened: sqlite3.Connection | None = None
        self._owner = os.getpid()

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """The documents at these paths, as they were at one moment."""
        check_paths(paths)
        with self._transaction("DEFERRED") as connection:
            rows = [_row(connection, path) for path in paths]
        return tuple(row and _document(path, *row) for path, row in zip(paths, rows, strict=True))

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """Do all writes or none; on return they are on the disk."""
        bodies = encode(writes)
        # A deferred transaction that turns into a writing one fails at once where another process wrote in between.
        with self._transaction("IMMEDIATE") as connection:
            rows = [_row(connection, write.path) for write in writes]
            if lost := [write.path for write, row in zip(writes, rows, strict=True) if not _holds(write, row)]:
                raise Conflict(lost)
            number: int = connection.execute("SELECT last + 1 FROM commits").fetchone()[0]
            connection.execute("UPDATE commits SET last = ?", (number,))
            return tuple(
                _write(connection, write, row, body, number)
                for write, row, body in zip(writes, rows, bodies, strict=True)
            )

    def query(self, query: Query) -> Page:
        """One page of the answer. A filter is looked for in each document between `start` and `end`."""
        check_query(query)
        with self._transaction("DEFERRED") as connection:
            if not query.group:
                found = _select(connection, query, query.collection, query.start, query.end)
            else:
                # All of them, put in order here: there are few documents of a name that anybody looks for everywhere.
                places = [one for one in _collections(connection) if one.rpartition("/")[2] == query.collection]
                found = chain.from_iterable(_select(connection, query, place) for place in places)
            wanted = (document for document in found if _matches(document, query))
            if query.group or query.up_to is not None:
                wanted = iter(sorted(wanted, key=lambda one: _order(one, query), reverse=query.descending))
            return page(query, list(islice(wanted, query.limit + 1)))

    def close(self) -> None:
        """Close the database; a later use opens it again, and one in memory is gone."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    @contextmanager
    def _transaction(self, kind: Literal["DEFERRED", "IMMEDIATE"]) -> Generator[sqlite3.Connection]:
        with self._lock:
            connection = self._connection()
            try:
                connection.execute(f"BEGIN {kind}")
                yield connection
            except BaseException as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError):
                    raise Unavailable(
                        f"the store at {self._path} did not answer: {error}; nothing was written"
                    ) from error
                raise
            try:
                connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise OutcomeUnknown(f"the store at {self._path} could not finish a commit: {error}") from error

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened, self._owner = _open(self._path, self._patience), os.getpid()
        if self._owner != os.getpid():
            # Two processes on one connection write over each other: https://www.sqlite.org/howtocorrupt.html (2.6).
            raise RuntimeError(f"the store at {self._path} was opened before a fork: open it in each process")
        return self._opened


def _open(path: str, patience: float) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        # A commit is on the disk when it returns: what it records is done next, or was done, to campaigns that spend
        # money. NORMAL is some 7 times faster, and a power cut may undo the last commits.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        hint = "name a store of Trimtab's or a new file, in a folder that exists"
        raise Unavailable(f"the store at {path} can't be opened: {error}; {hint}") from error
    return connection


def _row(connection: sqlite3.Connection, path: str) -> _Row | None:
    collection, _, name = path.rpartition("/")
    select = "SELECT version, body FROM documents WHERE collection = ? AND id = ?"
    return connection.execute(select, (collection, name)).fetchone()


def _holds(write: Write, row: _Row | None) -> bool:
    """Whether the write's precondition does."""
    if isinstance(write, Create):
        return row is None
    if isinstance(write, Delete) and write.version is None:
        return True
    return row is not None and str(row[0]) == write.version


def _write(connection: sqlite3.Connection, write: Write, row: _Row | None, body: str, number: int) -> str:
    """Do it; returns the document's version, which stays if nothing changes."""
    collection, _, name = write.path.rpartition("/")
    if isinstance(write, Delete):
        connection.execute("DELETE FROM documents WHERE collection = ? AND id = ?", (collection, name))
        return ""
    if row is None:
        connection.execute("INSERT INTO documents VALUES (?, ?, ?, ?)", (collection, name, number, body))
    elif row[1] == body:
        return str(row[0])
    else:
        update = "UPDATE documents SET version = ?, body = ? WHERE collection = ? AND id = ?"
        connection.execute(update, (number, body, collection, name))
    return str(number)


def _select(
    connection: sqlite3.Connection, query: Query, collection: str, start: str | None = None, end: str | None = None
) -> Iterator[Document]:
    """The documents of one collection in their order, without some of those that do not match."""
    plain = {name: value for name, value in query.where.items() if name.isidentifier()}
    texts = {f"$.{name}": value for name, value in plain.items() if isinstance(value, str)}
    holding, up_to = _of_plain_name(query.holding), _of_plain_name(query.up_to)
    select = (
        _SELECT
        + _HAS_TEXT * len(texts)
        + _HOLDS_TEXT * bool(holding)
        + _UP_TO_TEXT * bool(up_to)
        + (_DESCENDING if query.descending else _ASCENDING)
    )
    bounds = (collection, start or "", _AFTER_ALL_TEXT if end is None else end)
    rows = connection.execute(select, (*bounds, *chain(*texts.items()), *holding, *up_to[:1], *up_to))
    return (_document(f"{collection}/{name}", version, body) for name, version, body in rows)


def _of_plain_name(asked: tuple[str, str] | None) -> tuple[str, ...]:
    """Where the database itself can look: the path of the field, and the text."""
    name, text = asked or ("", "")
    return (f"$.{name}", text) if name.isidentifier() else ()


def _collections(connection: sqlite3.Connection) -> list[str]:
    """Every collection that has documents: one step in the index for each, however many documents there are."""
    return [name for (name,) in connection.execute(_EACH_COLLECTION)]


def _matches(document: Document, query: Query) -> bool:
    data = document.data
    name, text = query.holding or ("", "")
    if name and not (isinstance(data.get(name), list) and text in data[name]):
        return False
    if query.group and not _within(document, query):
        return False
    if query.up_to is not None and not _in_span(document, query, query.up_to):
        return False
    return all(name in data and _equal(data[name], value) for name, value in query.where.items())


def _within(document: Document, query: Query) -> bool:
    place = _names(document.path)
    return (query.start is None or place >= _names(query.start)) and (query.end is None or place < _names(query.end))


def _in_span(document: Document, query: Query, up_to: tuple[str, str]) -> bool:
    text = document.data.get(up_to[0])
    if not isinstance(text, str) or text.encode() > up_to[1].encode():
        return False
    if query.after is None:
        return True
    last, path = query.after
    if path is None:
        return text.encode() > last.encode()
    return (text.encode(), _names(document.path)) > (last.encode(), _names(path))


def _order(document: Document, query: Query) -> tuple[bytes, tuple[bytes, ...]]:
    text = b"" if query.up_to is None else document.data[query.up_to[0]].encode()
    return text, _names(document.path)


def _names(path: str) -> tuple[bytes, ...]:
    """What a path is ordered by in Firestore: name by name, each by its bytes in UTF-8."""
    return tuple(name.encode() for name in path.split("/"))


def _equal(stored: object, value: Scalar) -> bool:
    """Equal as Firestore sees it: 1 is 1.0, but it is not true."""
    return isinstance(stored, bool) is isinstance(value, bool) and stored == value


def _document(path: str, version: int, body: str) -> Document:
    return Document(path, from_json(body), str(version))
