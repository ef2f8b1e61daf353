"""A little HTTP server on this machine that answers JSON with JSON, or ends a connection without an answer."""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    method: str
    path: str
    """With its query, as it was sent."""
    headers: Mapping[str, str]
    """By name in lower case."""
    body: Any = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `body` is sent as JSON; bytes as they are."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Dropped(Exception):
    """Raised in place of a reply: the connection ends without one."""


@contextmanager
def serving(answer: Callable[[Request], Reply]) -> Generator[str]:
    """Serves for as long as the block lasts. Yields the address, `127.0.0.1:PORT`. Requests come from many threads."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answer))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(answer: Callable[[Request], Reply]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _reply(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                reply = answer(Request(self.command, self.path, headers, json.loads(data) if data else None))
            except Dropped:
                self.close_connection = True
                return
            sent = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _reply  # noqa: N815 - as the base class names them

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class names it
            """Say nothing."""

    return Handler
