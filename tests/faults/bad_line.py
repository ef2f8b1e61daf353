# pyright: basic
"""A line to Firestore that loses requests and answers as it is told to."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import grpc

PASS, LOSE_REQUEST, LOSE_ANSWER, SILENCE = "pass", "lose request", "lose answer", "silence"


class Line(grpc.GenericRpcHandler):
    """Forwards calls to the emulator at `address`, byte for byte, but for the `faults` that befall the next ones."""

    def __init__(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address)
        self._ended = Event()
        self.faults: list[str] = []
        self.calls: list[str] = []

    def service(self, handler_call_details: Any) -> Any:
        """Handle one call."""
        method: str = handler_call_details.method
        if method.endswith("/Commit"):
            commit = self._channel.unary_unary(method)
            return grpc.unary_unary_rpc_method_handler(lambda *call: self._handle(method, commit, *call))
        ask = self._channel.unary_stream(method)
        return grpc.unary_stream_rpc_method_handler(
            lambda *call: iter(self._handle(method, lambda request: list(ask(request)), *call))
        )

    @contextmanager
    def connected(self) -> Generator[str]:
        """Have the line served; yields the address of its near end."""
        server = grpc.server(ThreadPoolExecutor(4), [self])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            self._ended.set()
            server.stop(None).wait()

    def _handle(self, method: str, forward: Callable[[bytes], Any], request: bytes, context: Any) -> Any:
        self.calls.append(method.rpartition("/")[2])
        fault = self.faults.pop(0) if self.faults else PASS
        if fault == SILENCE:
            self._ended.wait(60)
        if fault in (LOSE_REQUEST, SILENCE):
            context.abort(grpc.StatusCode.UNAVAILABLE, fault)
        try:
            answer = forward(request)
        except grpc.RpcError as error:
            context.abort(error.code(), error.details())  # pyright: ignore[reportAttributeAccessIssue]
        else:
            if fault == LOSE_ANSWER:
                context.abort(grpc.StatusCode.UNAVAILABLE, fault)
            return answer
