"""Everything on this machine: store, scheduler, simulated market, the pages for people, and one of the flight."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from os import strerror
from pathlib import Path
from secrets import token_urlsafe
from socket import create_server, socket
from threading import Event, Lock, Thread
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from rich.console import Console
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from common.adapters.local_sign_in import LocalSignIn
from common.domain.errors import Refused
from common.use_cases.plan_drafts import drafts_waiting
from common.use_cases.queries import waiting
from functions.approval.app import create_app
from sandbox.examples import ask_examples
from sandbox.play import Player
from sandbox.scenario import load_scenario
from sandbox.server import market_app
from sandbox.world import World
from trimtab.ending import Ending, told_by_signals
from trimtab.flight import flight_app
from trimtab.running import leave, play_until, player_on

HOST = "127.0.0.1"
LOOKS_SECONDS = 0.2
"""How often a market that waits for people looks whether it still has to."""


Hour = Callable[[Event], bool]
"""Plays an hour, and says whether there are more. The event tells it to end early."""


class Quiet(WSGIRequestHandler):
    """Says nothing about requests; the page asks every few seconds."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the name is werkzeug's
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the market goes."""

    seconds_per_hour: float
    """How long an hour of the market takes, at least."""
    ahead: bool
    """Play first, as fast as it goes, until something waits for a person; then ask some examples too."""
    run_on: bool
    """Go on while something waits for a person."""
    flight_seconds: float | None = None
    """On the emulators: how long the whole flight takes, which then waits for nobody."""


def serve_forever(scenario: Path, port: int, store: str | None, pace: Pace) -> None:
    """Play the scenario in the background, and serve its pages and its market until interrupted.

    Args:
        store: where the documents go; by default a store of this port's own, in which nothing is left from before.

    Raises:
        InvalidInput: the scenario has faults.
        Refused: the port is taken, or the store has the tenant already.
    """
    world, lock = World(load_scenario(scenario)), Lock()
    with told_by_signals() as ending, closing(bound(port)) as listening:
        where = store or f"sqlite:var/serve-{port}.db"
        player = player_on(world, where, leave, fresh=store is None, reports=True)
        examples = opened(player, ending) if pace.ahead else 0
        app = DispatcherMiddleware(
            _one_at_a_time(_approval_app(player), lock),
            {"/market": market_app(world, lock), "/flight": flight_app(player, lock, run_on=pace.run_on)},
        )
        server = make_server(HOST, port, app, threaded=True, request_handler=Quiet, fd=listening.fileno())
        _greet(player, port, where)
        say_what_waits(player, examples, pace)
        hour, look = _played_on(player, lock), _looking(player, lock)
        played = hour if pace.run_on else patient(player, hour, look)
        serve_until(ending, server, Background(played, pace.seconds_per_hour, ending))


def opened(player: Player, ending: Ending) -> int:
    """Play until a request waits for a person, and ask some examples beside it. Returns how many examples wait.

    A draft of the next plan alone is no place to begin: a review may bring one on the first day.

    Raises:
        Ended: it was told to end meanwhile.
    """
    play_until(player, lambda: ending.asked or bool(waiting(player.ports, player.scenario.name)))
    ending.check()
    return 0 if player.world.over else ask_examples(player.ports, player.scenario)


def something_waits(player: Player) -> bool:
    """Whether a person can decide something now: what expired meanwhile holds nobody up."""
    now, asked = player.ports.clock.now(), (player.ports, player.scenario.name)
    return any(one.expires_at > now for one in (*waiting(*asked), *drafts_waiting(*asked)))


def patient(player: Player, hour: Hour, meanwhile: Callable[[], None] = lambda: None) -> Hour:
    """The hours of a market that stands still while something waits for a person.

    Args:
        meanwhile: what is done at each look while it stands still.
    """

    def when_nothing_waits(stop: Event) -> bool:
        meanwhile()
        if something_waits(player):
            stop.wait(LOOKS_SECONDS)
            return True
        return hour(stop)

    return when_nothing_waits


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


def say_what_waits(player: Player, examples: int, pace: Pace) -> None:
    """What a newcomer finds, and that there is no hurry."""
    console = Console(highlight=False, soft_wrap=True)
    asked = player.ports, player.scenario.name
    count = len(waiting(*asked)) + len(drafts_waiting(*asked))
    if examples:
        console.print(f"{count} requests wait for you; {examples} of them are examples, asked to try the pages with.")
    if not pace.run_on:
        console.print("The market waits while something waits for a person; with --run-on it goes on.")


def _played_on(player: Player, lock: Lock) -> Hour:
    def hour(_: Event) -> bool:
        with lock:
            player.hour()
        return not player.world.over

    return hour


def _looking(player: Player, lock: Lock) -> Callable[[], None]:
    """What people decide moves money too, also while the market stands still."""

    def look() -> None:
        with lock:
            player.look_for_drift()

    return look


class Background(Thread):
    """Plays hour after hour. What goes wrong ends everything, and is kept for the main thread."""

    def __init__(self, hour: Hour, seconds_per_hour: float, ending: Ending) -> None:
        super().__init__(daemon=True)
        self.failure: Exception | None = None
        self.stop = Event()
        self._hour, self._pause, self._ending = hour, seconds_per_hour, ending

    def run(self) -> None:
        """Play until told to stop, or the flight is over; its last state stays to be looked at."""
        try:
            while not self.stop.wait(self._pause) and self._hour(self.stop):
                pass
        except Exception as error:  # noqa: BLE001 - raised again in the main thread, once the server has stopped
            self.failure = error
            self._ending.ask()


def serve_until(ending: Ending, server: BaseWSGIServer, background: Background) -> None:
    """Serve until told to end, the background playing; then raise what went wrong there."""
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()
    background.start()
    ending.wait()
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
