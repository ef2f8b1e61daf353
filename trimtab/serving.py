"""Everything on this machine: store, scheduler, simulated market, and a page that shows how the flight goes."""

import threading
from functools import partial
from pathlib import Path
from threading import Lock, Thread

from flask import Flask, render_template_string
from rich.console import Console
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from common.bootstrap import build
from common.domain.money import show as money
from common.domain.paths import Track
from common.ports.journal import Silence
from common.settings import Settings
from common.use_cases.queries import entries, waiting
from sandbox.play import Player
from sandbox.scenario import load_scenario
from sandbox.server import market_app
from sandbox.world import World

PAGE = Path(__file__).parent / "serve.html"


def serve_forever(scenario_path: Path, store: str, port: int, seconds_per_hour: float) -> None:
    """Play the scenario in the background and serve its page and its market until interrupted, or the flight ends.

    Raises:
        InvalidInput: the scenario has faults.
        OSError: the port is taken.
    """
    scenario = load_scenario(scenario_path)
    path = Path(store.removeprefix("sqlite:"))
    path.parent.mkdir(parents=True, exist_ok=True)
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    world, lock, stop = World(scenario), Lock(), threading.Event()
    ports = build(Settings(store=store), clock=world, platforms=world.platforms, journal=Silence())
    player = Player(ports, world, lambda approval: None)
    player.begin()
    app = page_app(player, lock)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/market": market_app(world, lock)})  # type: ignore[method-assign]
    server = make_server("127.0.0.1", port, app, threaded=True)
    failures: list[Exception] = []

    def play() -> None:
        try:
            _run(player, lock, stop, seconds_per_hour)
        except Exception as error:  # noqa: BLE001 - raised again in the main thread, once the server has stopped
            failures.append(error)
            server.shutdown()

    runner = Thread(target=play, daemon=True)
    console = Console(highlight=False)
    console.print(f"Trimtab is at [bold]http://127.0.0.1:{port}/[/bold], playing {scenario.name}. Ctrl-C stops it.")
    console.print("In another terminal, to decide and to look:", style="dim")
    console.print(f"  export TRIMTAB_MARKET_URL=http://127.0.0.1:{port}/market TRIMTAB_STORE={store}", style="dim")
    runner.start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        console.print("Stopped.")
    finally:
        stop.set()
        runner.join()
    if failures:
        raise failures[0]


def _run(player: Player, lock: Lock, stop: threading.Event, seconds_per_hour: float) -> None:
    while not player.world.over and not stop.wait(seconds_per_hour):
        with lock:
            player.hour()


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
        for entry in entries(player.ports, Track(tenant_id, track.track_id), newest=6)
    ]
    newest.sort(key=lambda row: row[1].at, reverse=True)
    share = player.played.hours / player.total_hours
    return {
        "tenant": tenant_id,
        "now": player.world.market.hours.calendar.local(player.world.now()),
        "share": share,
        "rows": player.results(),
        "approvals": waiting(player.ports, tenant_id),
        "entries": newest[:15],
        "money": partial(money, currency=currency),
    }
