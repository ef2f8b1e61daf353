"""The whole system on this machine as in the cloud: Google's emulators, and each function in a process of its own."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory
from threading import Lock

from rich.console import Console
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from common.adapters.firestore import FirestoreDocuments, firestore_client
from common.adapters.pubsub import PubSubBus
from common.bootstrap import build
from common.ports.journal import Silence
from common.settings import Settings
from sandbox.play import Player
from sandbox.scenario import load_scenario
from sandbox.server import market_app
from sandbox.world import World
from trimtab.emulated_hours import FastFlight, waiting_for_functions
from trimtab.ending import told_by_signals
from trimtab.flight import flight_app
from trimtab.local_cloud import LocalCloud, functions_served, local_cloud, tick_urls
from trimtab.local_functions import LocalFunction
from trimtab.local_scheduler import LocalScheduler
from trimtab.running import leave
from trimtab.serving import (
    HOST,
    Background,
    Hour,
    Pace,
    Quiet,
    bound,
    opened,
    patient,
    say_what_waits,
    serve_until,
)
from trimtab.tick_pushes import TickPushes

PROJECT = "trimtab-local"


def serve_on_emulators(scenario: Path, port: int, pace: Pace) -> None:
    """Serve the approval pages at `port` until told to end; the flight's page and the market at a port of their own.

    Raises:
        EmulatorsMissing: they can't run here; says what to install.
        InvalidInput: the scenario has faults.
        Refused: the port is taken.
        Unavailable: a function did not handle in time what the market waits for.
    """
    world, lock = World(load_scenario(scenario)), Lock()
    bound(port).close()
    with told_by_signals() as ending, ExitStack() as stack:
        cloud = stack.enter_context(local_cloud(PROJECT, ending))
        folder = stack.enter_context(TemporaryDirectory(prefix="trimtab-objects-"))  # lasts as the store does
        player = _player(world, cloud, f"folder:{folder}")
        player.begin()
        examples = opened(player, ending) if pace.ahead else 0
        pushes = TickPushes()
        scheduler = LocalScheduler(player.ports, player.scenario.name, pushes, world.now())
        flight = flight_app(player, lock, run_on=pace.run_on, home=f"http://{HOST}:{port}", jobs=scheduler.tallied)
        app = DispatcherMiddleware(flight, {"/market": market_app(world, lock), "/pushes": pushes.app()})
        server = make_server(HOST, 0, app, threaded=True, request_handler=Quiet)
        here = f"http://{HOST}:{server.server_port}"
        environment = {
            **cloud.environment,
            "TRIMTAB_MARKET_URL": f"{here}/market",
            "TRIMTAB_OBJECTS": f"folder:{folder}",
        }
        pages = {
            "TRIMTAB_IDENTITY": "local:",
            "TRIMTAB_FORM_KEYS": token_urlsafe(32),
            "TRIMTAB_PAGES_URL": f"http://{HOST}:{port}",
        }
        served = functions_served(lambda _: {**environment, **pages}, {"approval": port}, ending)
        functions = stack.enter_context(served)
        stack.callback(server.server_close)  # before the functions end: none waits for an answer of the market
        pushes.urls.update(tick_urls(functions))
        cloud.push_to(functions, f"{here}/pushes")
        _greet(player, port, here, environment)
        say_what_waits(player, examples, pace)
        hours = _hours(player, lock, scheduler, functions, pace)
        serve_until(ending, server, Background(hours, pace.seconds_per_hour, ending))


def _hours(
    player: Player, lock: Lock, scheduler: LocalScheduler, functions: Mapping[str, LocalFunction], pace: Pace
) -> Hour:
    if pace.flight_seconds is not None:
        return FastFlight(player, lock, scheduler, pace.flight_seconds).quarter
    hour = waiting_for_functions(player, lock, scheduler, functions)
    return hour if pace.run_on else patient(player, hour)


def _player(world: World, cloud: LocalCloud, objects: str) -> Player:
    ports = build(
        Settings(objects=objects),
        documents=FirestoreDocuments(firestore_client(PROJECT, emulator=cloud.firestore)),
        bus=PubSubBus(PROJECT, emulator=cloud.pubsub),
        clock=world,
        platforms=world.platforms,
        analytics=world.analytics,
        crm=world.crm,
        check_connection=world.check,
        journal=Silence(),
    )
    return Player(ports, world, leave)


def _greet(player: Player, port: int, here: str, environment: Mapping[str, str]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    name = player.scenario.name
    console.print(f"Trimtab is at [bold]http://{HOST}:{port}/[/bold] on emulators, playing {name}. Ctrl-C stops it.")
    console.print(f"The flight's page is at {here}/, the market at {here}/market.")
    console.print("In another terminal, to decide and to look:")
    console.print(f"  export {' '.join(f'{key}={value}' for key, value in environment.items())}", markup=False)
    console.print("  python -m trimtab approvals list")
