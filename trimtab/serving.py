"""Everything on this machine: store, scheduler, simulated market, and a page that shows how the flight goes."""

import signal
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import groupby
from os import strerror
from pathlib import Path
from secrets import token_urlsafe
from socket import create_server, socket
from threading import Event, Lock, Thread
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, render_template_string
from rich.console import Console
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from common.adapters.local_sign_in import LocalSignIn
from common.domain.errors import Refused
from common.domain.money import MICROS
from common.domain.money import show as money
from common.domain.paths import Track
from common.use_cases.queries import entries, waiting
from functions.approval.app import create_app
from sandbox.play import Player
from sandbox.scenario import load_scenario
from sandbox.server import market_app
from sandbox.tenancy import PEOPLE
from sandbox.world import World
from trimtab.running import leave, play_until, player_on

PAGE = Path(__file__).parent / "serve.html"
HOST = "127.0.0.1"
NEWEST = 15
"""Entries of the log that the page shows."""


Hour = Callable[[Event], bool]
"""Plays an hour, and says whether there are more. The event tells it to end early."""


class Quiet(WSGIRequestHandler):
    """Says nothing about requests; the page asks every few seconds."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the name is werkzeug's
        """Say nothing."""


def serve_forever(scenario: Path, port: int, seconds_per_hour: float, store: str | None, *, ahead: bool) -> None:
    """Play the scenario in the background, and serve its page and its market until interrupted.

    Args:
        seconds_per_hour: how long an hour of the market takes.
        ahead: play first, as fast as it goes, until something waits for a person.
        store: where the documents go; by default a store of this port's own, in which nothing is left from before.

    Raises:
        InvalidInput: the scenario has faults.
        Refused: the port is taken, or the store has the tenant already.
    """
    world, lock = World(load_scenario(scenario)), Lock()
    with ended_by_sigterm(), closing(bound(port)) as listening:
        where = store or f"sqlite:var/serve-{port}.db"
        player = player_on(world, where, leave, fresh=store is None)
        if ahead:
            play_until(player, lambda: bool(waiting(player.ports, player.scenario.name)))
        app = DispatcherMiddleware(
            _one_at_a_time(_approval_app(player), lock),
            {"/market": market_app(world, lock), "/flight": page_app(player, lock)},
        )
        server = make_server(HOST, port, app, threaded=True, request_handler=Quiet, fd=listening.fileno())
        _greet(player, port, where)
        serve_while(server, Background(_played_on(player, lock), seconds_per_hour))


@contextmanager
def ended_by_sigterm() -> Generator[None]:
    """SIGTERM ends the block as an interrupt would, so that what was started is ended too."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def bound(port: int) -> socket:
    """A socket that listens there.

    Raises:
        Refused: somebody else does.
    """
    try:
        return create_server((HOST, port))
    except OSError as error:
        why = strerror(error.errno or 0)
        raise Refused(f"port {port} can't be served on ({why}): choose another with --port") from error


def _greet(player: Player, port: int, store: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    name = player.scenario.name
    console.print(f"Trimtab is at [bold]http://{HOST}:{port}/[/bold], playing {name}. Ctrl-C stops it.")
    console.print("In another terminal, to decide and to look:")
    console.print(f"  export TRIMTAB_MARKET_URL=http://{HOST}:{port}/market TRIMTAB_STORE={store}", markup=False)
    console.print("  python -m trimtab approvals list")


def _played_on(player: Player, lock: Lock) -> Hour:
    def hour(_: Event) -> bool:
        with lock:
            player.hour()
        return not player.world.over

    return hour


class Background(Thread):
    """Plays hour after hour. What goes wrong is kept for the main thread, which waits for it."""

    def __init__(self, hour: Hour, seconds_per_hour: float) -> None:
        super().__init__(daemon=True)
        self.failure: Exception | None = None
        self.failed = Event()
        self.stop = Event()
        self._hour, self._pause = hour, seconds_per_hour

    def run(self) -> None:
        """Play until told to stop, or the flight is over; its last state stays to be looked at."""
        try:
            while not self.stop.wait(self._pause) and self._hour(self.stop):
                pass
        except Exception as error:  # noqa: BLE001 - raised again in the main thread, once the server has stopped
            self.failure = error
            self.failed.set()


def serve_while(server: BaseWSGIServer, background: Background) -> None:
    """Serve until an interrupt, the background playing; then raise what went wrong there.

    The server has a thread of its own: an interrupt in the midst of taking a request would close its connection while
    somebody reads from it.
    """
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()
    background.start()
    try:
        with suppress(KeyboardInterrupt):
            background.failed.wait()
    finally:
        background.stop.set()
        background.join()
        server.shutdown()
        serving.join()
    if background.failure is not None:
        raise background.failure
    Console().print("Stopped.")


def _approval_app(player: Player) -> Flask:
    keys = (token_urlsafe(32),)
    return create_app(player.ports, LocalSignIn(keys), keys, links=[("Flight", "/flight/")])


def _one_at_a_time(app: WSGIApplication, lock: Lock) -> WSGIApplication:
    """The market can't be asked by the player and by a page at once."""

    def locked(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        with lock:
            return list(app(environ, start_response))

    return locked


def page_app(player: Player, lock: Lock) -> Flask:
    """The page: each channel against its plan, what waits, and the newest entries of the log."""
    app = Flask("trimtab")

    @app.get("/")
    def overview() -> str:  # pyright: ignore[reportUnusedFunction]
        with lock:
            return render_template_string(PAGE.read_text(), **_view(player))

    return app


def _view(player: Player) -> dict[str, object]:
    tenant_id, currency = player.scenario.name, player.scenario.currency
    newest = [
        (track.track_id, entry)
        for track in player.scenario.tracks
        for entry in entries(player.ports, Track(tenant_id, track.track_id), newest=NEWEST)
    ]
    newest.sort(key=lambda row: (row[1].at, row[1].seq), reverse=True)
    return {
        "tenant": tenant_id,
        "now": player.world.market.hours.calendar.local(player.world.now()),
        "share": player.played.hours / player.total_hours,
        "over": player.world.over,
        "tracks": [(name, list(rows)) for name, rows in groupby(player.results(), lambda row: row.track_id)],
        "approvals": waiting(player.ports, tenant_id),
        "people": PEOPLE,
        "entries": newest[:NEWEST],
        "money": partial(money, currency=currency),
        "whole": _whole,
    }


def _whole(micros: int) -> str:
    return f"{round(micros / MICROS):,}"
