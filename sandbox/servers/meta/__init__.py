"""A market as an ad account of Meta: the Graph API on this machine, for Meta's own client."""

import socket
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.servers.meta.faults import Faults, error
from sandbox.servers.meta.graph import Graph
from sandbox.servers.meta.objects import Objects, Shape
from sandbox.world import World

ACCOUNT = "1020304050607"
"""Without `act_`."""


@dataclass(frozen=True, slots=True)
class MetaServer:
    """What is served, and where."""

    address: str
    account_id: str
    """As a tenant names it."""
    faults: Faults
    objects: Objects
    asked: list[str] = field(default_factory=list[str])
    """The calls so far, `GET act_1/insights`, those in a batch each."""

    def external_id(self, name: str) -> str:
        """The id of `track/channel`, or of its ad `track/channel/ad-1`."""
        return self.objects.external_id(name)


@contextmanager
def served(
    world: World,
    lock: "Lock | None" = None,
    *,
    platform: str = "meta",
    shapes: Mapping[str, Shape] | None = None,
    account_id: str = ACCOUNT,
) -> Generator[MetaServer]:
    """Serves all campaigns of a world's market in one account.

    Args:
        lock: held while the market is asked or changed.
        platform: whose `platform_error` events of the scenario hold here.
        shapes: where the budgets of lines lie; of the others with the only ad set or with the campaign, in turn.
    """
    faults, objects = Faults(), Objects(world.market, account_id, shapes or {})
    asked: list[str] = []
    app = _app(Graph(objects, platform, faults), faults, lock or Lock(), asked)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield MetaServer(f"127.0.0.1:{server.server_port}", f"act_{account_id}", faults, objects, asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _app(graph: Graph, faults: Faults, lock: Lock, asked: list[str]) -> Flask:
    app = Flask("meta")

    @app.route("/<path:versioned>", methods=["GET", "POST"])
    def call(versioned: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        path = versioned.partition("/")[2]
        params = {**request.args.to_dict(), **request.form.to_dict()}
        asked.append(f"{request.method} {path}")
        if "access_token" not in params:
            return _response(error(2500), faults)
        with lock:
            answered = graph.answer(request.method, path, params)
            vanishes = not path and _changes(params) and graph.mode == "timeout_after_apply"
        if vanishes:
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return _response(answered, faults)

    return app


def _changes(params: Mapping[str, str]) -> bool:
    """Whether a batch changes something, rather than asks or validates."""
    batch = params.get("batch", "")
    return '"POST"' in batch and "validate_only" not in batch


def _response(answered: tuple[int, Any], faults: Faults) -> Response:
    status, body = answered
    response = jsonify(body)
    response.status_code = status
    response.headers.extend({"x-fb-trace-id": "TraceOfACall", **faults.usage})
    return response


class _Quiet(WSGIRequestHandler):
    """Says nothing of each request, nor of clients that go away; one call after the other on a connection."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the handler's own signature
        """Nothing: addresses hold tokens."""

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """Clients do go away."""


__all__ = ["ACCOUNT", "Faults", "MetaServer", "Shape", "served"]
