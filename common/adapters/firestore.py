# pyright: basic
"""Documents in Firestore: compare-and-set by the time of the last update, without transactions.

A transaction holds locks while its owner thinks, and under contention it waits and fails where a precondition simply
loses. No call waits long, and a commit is sent once: what became of one whose answer is lost only a read can tell.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.auth.credentials import Credentials
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import firestore

from common.adapters.document_rules import check_paths, check_query, encode, page
from common.adapters.firestore_wire import Names, document_of, version_of, wire_query, wire_write
from common.adapters.google_credentials import credentials_needed
from common.domain.errors import Fault, InvalidInput, OutcomeUnknown, Unavailable
from common.ports.documents import Conflict, Create, Delete, Document, Page, Query, Write

_CommitRequest: Any = firestore.CommitRequest.pb()
_BatchGetDocumentsRequest: Any = firestore.BatchGetDocumentsRequest.pb()
_RunQueryRequest: Any = firestore.RunQueryRequest.pb()

_LOST = (
    exceptions.AlreadyExists,
    exceptions.FailedPrecondition,
    exceptions.NotFound,  # what was to be replaced is gone
    exceptions.Aborted,  # somebody else is writing to the same documents
)
_UNANSWERED = (
    exceptions.ServerError,  # unavailable, deadline exceeded, internal, unknown
    exceptions.Cancelled,
)
_PASSING = (*_UNANSWERED, exceptions.ResourceExhausted, exceptions.Aborted)

_ANY_SIZE = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
# Tells a connection that was dropped in silence, while the instance slept, before a call has waited for its time-out.
_KEEPALIVE = [("grpc.keepalive_time_ms", 30_000), ("grpc.keepalive_timeout_ms", 2_000)]


@dataclass(frozen=True, slots=True)
class DatabaseClient:
    """A client and the database that it is for. Threads may share it; no fork may come after it."""

    api: FirestoreClient
    names: Names


def firestore_client(
    project: str,
    database: str = "(default)",
    *,
    emulator: str | None = None,
    credentials: Credentials | None = None,
) -> DatabaseClient:
    """A client for a Firestore database, or for one that the emulator at `host:port` makes up.

    Args:
        emulator: by default, what `FIRESTORE_EMULATOR_HOST` says, which Google's own clients heed too.
        credentials: for Firestore itself; by default, the environment's.

    Raises:
        Refused: this machine has no credentials for Google Cloud.
    """
    emulator = emulator or os.environ.get("FIRESTORE_EMULATOR_HOST")
    if emulator:
        transport = FirestoreGrpcTransport(channel=grpc.insecure_channel(emulator, _ANY_SIZE))
    else:
        transport = _transport(credentials)
    return DatabaseClient(FirestoreClient(transport=transport), Names(project, database))


def _transport(credentials: Credentials | None) -> FirestoreGrpcTransport:
    with credentials_needed():
        return FirestoreGrpcTransport(credentials=credentials, channel=_channel)


def _channel(host: str, *, options: Sequence[tuple[str, Any]] = (), **how: Any) -> grpc.Channel:
    return FirestoreGrpcTransport.create_channel(host, options=[*options, *_KEEPALIVE], **how)


class FirestoreDocuments:
    """Documents in a Firestore database.

    Args:
        client: as `firestore_client` makes it.
        call_seconds: how long one call may take.
        read_seconds: for how long a read or a query is sent again while the answer is one that may pass. The last call
            may go over it.
    """

    def __init__(
        self,
        client: DatabaseClient,
        *,
        call_seconds: float = 10.0,
        read_seconds: float = 20.0,
    ) -> None:
        self._api, self._names = client.api, client.names
        self._call_seconds = call_seconds
        self._retry = Retry(if_exception_type(*_PASSING), initial=0.1, maximum=1.0, timeout=read_seconds)

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """The documents at these paths, in one round trip."""
        check_paths(paths)
        found = {document.path: document for document in self._found(paths)}
        return tuple(found.get(path) for path in paths)

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """Do all writes or none, in one call that is never repeated.

        Raises:
            OutcomeUnknown: the answer was lost.
            Unavailable: Firestore is over a quota; nothing was written.
        """
        encode(writes)
        if not writes:
            return ()
        wire = [wire_write(write, self._names) for write in writes]
        request = firestore.CommitRequest.wrap(_CommitRequest(database=self._names.database, writes=wire))
        try:
            answer = self._api.commit(request=request, retry=None, timeout=self._call_seconds)
        except _LOST as error:
            raise Conflict(self._lost(writes)) from error
        except exceptions.InvalidArgument as error:
            raise InvalidInput("a commit", [Fault("", f"Firestore refuses it: {error.message}")]) from error
        except exceptions.ResourceExhausted as error:
            raise Unavailable(f"Firestore takes no more just now; nothing was written: {error.message}") from error
        except _UNANSWERED as error:
            raise OutcomeUnknown(f"no answer to a commit of {_paths(writes)}: {error.message}") from error
        results = firestore.CommitResponse.pb(answer).write_results
        return tuple(
            "" if isinstance(write, Delete) else version_of(result.update_time)
            for write, result in zip(writes, results, strict=True)
        )

    def query(self, query: Query) -> Page:
        """One page of the answer; one document more than it holds is read, and billed, where more follow."""
        check_query(query)
        parent, _ = self._names.parent(query.collection)
        request = _RunQueryRequest(parent=parent, structured_query=wire_query(query, self._names))
        answers = self._ask(self._api.run_query, firestore.RunQueryRequest.wrap(request))
        # An answer without a document only tells how far the query has come.
        return page(query, [document_of(a.document, self._names) for a in answers if a.document.name])

    def _found(self, paths: Sequence[str], fields: Sequence[str] | None = None) -> list[Document]:
        """Those documents that exist, in any order; of their fields, all or those named."""
        if not paths:
            return []
        names = [self._names.full(path) for path in paths]
        mask = None if fields is None else {"field_paths": fields}
        request = _BatchGetDocumentsRequest(database=self._names.database, documents=names, mask=mask)
        answers = self._ask(self._api.batch_get_documents, firestore.BatchGetDocumentsRequest.wrap(request))
        return [document_of(a.found, self._names) for a in answers if a.found.name]

    def _ask(self, call: Callable[..., Any], request: Any) -> list[Any]:
        """All that a reading call answers."""

        def ask() -> list[Any]:
            answers = call(request=request, retry=None, timeout=self._call_seconds)
            return [type(answer).pb(answer) for answer in answers]

        try:
            return self._retry(ask)()
        except (exceptions.RetryError, *_PASSING) as error:
            raise Unavailable(f"Firestore did not answer a read: {error}") from error

    def _lost(self, writes: Sequence[Write]) -> list[str]:
        """The paths whose preconditions do not hold now; where that can't be seen any more, all that have one.

        Firestore tells that a commit lost, but not which of its writes.
        """
        expected = {write.path: None if isinstance(write, Create) else write.version for write in writes}
        guarded = [w.path for w in writes if not (isinstance(w, Delete) and w.version is None)]
        try:
            versions = {document.path: document.version for document in self._found(guarded, fields=["__name__"])}
        except Unavailable:
            return guarded
        return [path for path in guarded if versions.get(path) != expected[path]] or guarded


def _paths(writes: Sequence[Write]) -> str:
    return ", ".join(write.path for write in writes)
