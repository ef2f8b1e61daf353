"""A market served over loopback by a thread of this process."""

from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock, Thread
from wsgiref.types import WSGIApplication

from werkzeug.serving import make_server

from sandbox.server import market_app
from sandbox.world import World
from trimtab.serving import Quiet


@contextmanager
def served_app(app: WSGIApplication) -> Generator[str]:
    """Serves the application for as long as the block lasts. Yields its URL."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def served(world: World, lock: "Lock | None" = None) -> Generator[str]:
    """Serves the world's market. `lock` is held while it is asked or changed; who holds it makes callers wait."""
    with served_app(market_app(world, lock or Lock())) as url:
        yield url
