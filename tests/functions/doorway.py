# pyright: basic
"""Firestore as one function sees it: every call passes by, so that a commit can be witnessed, and its sender killed."""

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from google.cloud.firestore_v1.types import firestore

from common.adapters.firestore_wire import Names, document_of
from common.domain.errors import TrimtabError
from tests.faults.history import Body

_ANY_SIZE = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
_SERVICE = "/google.firestore.v1.Firestore/"
_CommitRequest: Any = firestore.CommitRequest.pb()

Forward = Callable[[], bytes]
Commits = Callable[[dict[str, Body | None], Forward], bytes]
"""Gets the bodies that a commit writes (`None`: it deletes), and what hands it on; gives the answer."""
Reads = Callable[[], None]
"""Hears that something is read."""


class Struck(TrimtabError):
    """Whoever was at work was killed before it could do this."""


class _Doorway(grpc.GenericRpcHandler):
    def __init__(self, project: str, firestore_at: str, commits: Commits, reads: Reads) -> None:
        self._channel = grpc.insecure_channel(firestore_at, _ANY_SIZE)
        self._names, self._commits, self._reads = Names(project, "(default)"), commits, reads

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """Hand a call on as it is."""
        method = handler_call_details.method
        if method == f"{_SERVICE}Commit":
            return grpc.unary_unary_rpc_method_handler(self._commit)
        forward = self._channel.unary_stream(method)

        def streamed(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            self._reads()
            try:
                yield from forward(request, metadata=_passed(context), timeout=context.time_remaining())
            except grpc.RpcError as error:
                context.abort(error.code(), error.details() or "")

        return grpc.unary_stream_rpc_method_handler(streamed)

    def _commit(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        forward = self._channel.unary_unary(f"{_SERVICE}Commit")
        try:
            return self._commits(
                self._written(request), lambda: forward(request, metadata=_passed(context), timeout=60)
            )
        except Struck as error:
            return context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        except grpc.RpcError as error:
            return context.abort(error.code(), error.details() or "")

    def _written(self, request: bytes) -> dict[str, Body | None]:
        writes = _CommitRequest.FromString(request).writes
        return {
            self._names.path(one.delete or one.update.name): (
                None if one.delete else document_of(one.update, self._names).data
            )
            for one in writes
        }


def _passed(context: grpc.ServicerContext) -> Any:
    """What the client says of a call beside it, without what the transport adds itself."""
    return tuple((key, value) for key, value in context.invocation_metadata() if key != "user-agent")


@contextmanager
def doorway(project: str, firestore_at: str, commits: Commits, reads: Reads) -> Generator[str]:
    """Serve it for as long as the block lasts. Yields its `host:port`."""
    with ThreadPoolExecutor(16) as pool:
        server = grpc.server(pool, [_Doorway(project, firestore_at, commits, reads)], options=_ANY_SIZE)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.stop(0).wait()
