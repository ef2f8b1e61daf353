"""The whole system on this machine as in the cloud: Google's emulators, and each function in a process of its own."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory
from threading import Lock

from rich.console import Console
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from common.adapters.firestore import FirestoreDocuments, firestore_client
from common.adapters.pubsub import PubSubBus
from common.adapters.pubsub_topology import EmulatedTopology, only
from common.bootstrap import build
from common.domain.event import TOPIC
from common.domain.tick import Cadence, dead_letter_topic
from common.ports.bus import DeadLetter
from common.ports.journal import Silence
from common.settings import Settings
from common.use_cases.drift import MOVES
from common.use_cases.ingest_message import TOPIC as CONVERSIONS
from sandbox.play import Player
from sandbox.scenario import load_scenario
from sandbox.server import market_app
from sandbox.world import World
from trimtab.emulated_scheduler import HOURLY, TickPushes, played_by_functions
from trimtab.emulators import firestore_emulator, pubsub_emulator
from trimtab.flight import flight_app
from trimtab.local_functions import ROOT, LocalFunction, serving
from trimtab.processes import free_port
from trimtab.running import leave
from trimtab.serving import (
    HOST,
    Background,
    Pace,
    Quiet,
    bound,
    ended_by_sigterm,
    opened,
    patient,
    say_what_waits,
    serve_while,
)

PROJECT = "trimtab-local"
TICKED = tuple(cadence.value for cadence in HOURLY)
"""Functions that ticks are pushed to."""
FUNCTIONS = (*TICKED, "notify")
HEARS: Mapping[str, str] = {"notify": "", "drift": only(MOVES)}
"""Functions that events are pushed to, and the filter of what they need of them."""
TOPICS = (*(cadence.topic for cadence in HOURLY), TOPIC, CONVERSIONS)
ATTEMPTS = 5
"""Deliveries before a message goes to the dead letters."""
ACK_SECONDS = 60


def serve_on_emulators(scenario: Path, port: int, pace: Pace) -> None:
    """Serve the approval pages at `port` until interrupted; the flight's page and the market at a port of their own.

    An hour of the market waits for the functions.

    Raises:
        EmulatorsMissing: they can't run here; says what to install.
        InvalidInput: the scenario has faults.
        Refused: the port is taken.
        Unavailable: a function did not handle an hour's ticks in time.
    """
    world, lock = World(load_scenario(scenario)), Lock()
    bound(port).close()
    with ended_by_sigterm(), ExitStack() as stack:
        firestore, pubsub = stack.enter_context(firestore_emulator()), stack.enter_context(pubsub_emulator())
        objects = (
            f"folder:{stack.enter_context(TemporaryDirectory(prefix='trimtab-objects-'))}"  # lasts as the store does
        )
        player = _player(world, firestore, pubsub, objects)
        player.begin()
        examples = opened(player) if pace.ahead else 0
        pushes = TickPushes()
        app = DispatcherMiddleware(
            flight_app(player, lock, run_on=pace.run_on, home=f"http://{HOST}:{port}"),
            {"/market": market_app(world, lock), "/pushes": pushes.app()},
        )
        server = make_server(HOST, free_port(), app, threaded=True, request_handler=Quiet)
        stack.callback(server.server_close)
        hour = played_by_functions(player, lock, pushes)
        background = Background(hour if pace.run_on else patient(player, hour), pace.seconds_per_hour)
        here = f"http://{HOST}:{server.server_port}"
        environment = {**_environment(firestore, pubsub, f"{here}/market"), "TRIMTAB_OBJECTS": objects}
        pages = {
            "TRIMTAB_IDENTITY": "local:",
            "TRIMTAB_FORM_KEYS": token_urlsafe(32),
            "TRIMTAB_PAGES_URL": f"http://{HOST}:{port}",
        }
        stack.enter_context(serving(ROOT / "functions" / "approval", {**environment, **pages}, port=port))
        functions = {
            name: stack.enter_context(serving(ROOT / "functions" / name, {**environment, **pages}))
            for name in FUNCTIONS
        }
        pushes.functions.update({cadence: _ticked(functions[cadence.value], cadence) for cadence in HOURLY})
        _subscribe(EmulatedTopology(PROJECT, pubsub), f"{here}/pushes", functions)
        _greet(player, port, here, environment)
        say_what_waits(player, examples, pace)
        serve_while(server, background)


def _player(world: World, firestore: str, pubsub: str, objects: str) -> Player:
    topology = EmulatedTopology(PROJECT, pubsub)
    for topic in TOPICS:
        topology.topic(topic)
        topology.subscription(dead_letter_topic(topic), dead_letter_topic(topic))
    ports = build(
        Settings(objects=objects),
        documents=FirestoreDocuments(firestore_client(PROJECT, emulator=firestore)),
        bus=PubSubBus(PROJECT, emulator=pubsub),
        clock=world,
        platforms=world.platforms,
        analytics=world.analytics,
        crm=world.crm,
        check_connection=world.check,
        journal=Silence(),
    )
    return Player(ports, world, leave)


def _environment(firestore: str, pubsub: str, market: str) -> Mapping[str, str]:
    return {
        "TRIMTAB_STORE": f"firestore:{PROJECT}",
        "TRIMTAB_BUS": f"pubsub:{PROJECT}",
        "TRIMTAB_MARKET_URL": market,
        "FIRESTORE_EMULATOR_HOST": firestore,
        "PUBSUB_EMULATOR_HOST": pubsub,
        "NO_GCE_CHECK": "true",
    }


def _subscribe(topology: EmulatedTopology, pushes: str, functions: Mapping[str, LocalFunction]) -> None:
    """Ticks pass by the scheduler on their way; events go straight to the functions."""
    for cadence in HOURLY:
        _push(topology, f"{cadence}-push", cadence.topic, f"{pushes}/{cadence}")
    # What can't be taken is set aside by the function, without what it held; Pub/Sub would keep it whole.
    push = f"{functions['ingest'].url}push/conversions"
    topology.subscription("conversions-push", CONVERSIONS, push_to=push, ack_seconds=ACK_SECONDS)
    for name, picked in HEARS.items():
        _push(topology, f"{name}-events-push", TOPIC, functions[name].url, picked)


def _ticked(function: LocalFunction, cadence: Cadence) -> LocalFunction:
    """Where a function takes its ticks: one that others call too has a path for them."""
    return replace(function, url=f"{function.url}push/ticks") if cadence is Cadence.INGEST else function


def _push(topology: EmulatedTopology, name: str, topic: str, url: str, picked: str = "") -> None:
    refused = DeadLetter(dead_letter_topic(topic), ATTEMPTS)
    topology.subscription(name, topic, push_to=url, picked=picked, ack_seconds=ACK_SECONDS, dead_letter=refused)


def _greet(player: Player, port: int, here: str, environment: Mapping[str, str]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    name = player.scenario.name
    console.print(f"Trimtab is at [bold]http://{HOST}:{port}/[/bold] on emulators, playing {name}. Ctrl-C stops it.")
    console.print(f"The flight's page is at {here}/, the market at {here}/market.")
    console.print("In another terminal, to decide and to look:")
    console.print(f"  export {' '.join(f'{key}={value}' for key, value in environment.items())}", markup=False)
    console.print("  python -m trimtab approvals list")
