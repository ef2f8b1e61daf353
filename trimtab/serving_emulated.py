"""The whole system on this machine as in the cloud: Google's emulators, and each function in a process of its own.

The messages are those of the cloud but for one step: Pub/Sub stamps what it takes with this machine's time, and the
market lives in another, so the root tick's fan-out is done here, by the market's clock.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from secrets import token_urlsafe
from threading import Event, Lock
from time import monotonic

from rich.console import Console
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from common.adapters.firestore import FirestoreDocuments, firestore_client
from common.adapters.pubsub import PubSubBus
from common.adapters.pubsub_topology import EmulatedTopology
from common.bootstrap import build
from common.domain.errors import Unavailable
from common.domain.event import TOPIC
from common.domain.paths import Track
from common.domain.tenant import slot_of
from common.domain.tick import Cadence, dead_letter_topic, window_of
from common.ports.bus import DeadLetter
from common.ports.journal import Silence
from common.settings import Settings
from common.use_cases.fan_out import fan_out
from common.use_cases.queries import state_of, waiting
from sandbox.play import Player
from sandbox.scenario import load_scenario
from sandbox.server import market_app
from sandbox.world import World
from trimtab.emulators import firestore_emulator, pubsub_emulator
from trimtab.local_functions import ROOT, LocalFunction, serving
from trimtab.processes import free_port
from trimtab.running import leave, play_until
from trimtab.serving import HOST, Background, Hour, Quiet, bound, page_app, serve_while

PROJECT = "trimtab-local"
PUSHED: Mapping[str, str] = {
    "pacing": Cadence.PACING.topic,
    "housekeeping": Cadence.HOUSEKEEPING.topic,
    "notify": TOPIC,
}
"""Functions that messages are pushed to, and from which topic."""
ATTEMPTS = 5
"""Deliveries before a message goes to the dead letters."""
ACK_SECONDS = 60
LONGEST_HOUR_SECONDS = 60
"""How long an hour's ticks may take before something must be wrong."""


def serve_on_emulators(scenario: Path, port: int, seconds_per_hour: float, *, ahead: bool) -> None:
    """Serve the approval pages at `port` until interrupted; the flight's page and the market at a port of their own.

    Args:
        seconds_per_hour: how long an hour of the market takes, at least; it waits for the functions.
        ahead: play first, in this process, until something waits for a person.

    Raises:
        EmulatorsMissing: they can't run here; says what to install.
        InvalidInput: the scenario has faults.
        Refused: the port is taken.
        Unavailable: the functions did not do an hour's work in time.
    """
    world, lock = World(load_scenario(scenario)), Lock()
    bound(port).close()
    with ExitStack() as stack:
        firestore, pubsub = stack.enter_context(firestore_emulator()), stack.enter_context(pubsub_emulator())
        player = _player(world, firestore, pubsub)
        player.begin()
        if ahead:
            play_until(player, lambda: bool(waiting(player.ports, player.scenario.name)))
        app = DispatcherMiddleware(page_app(player, lock), {"/market": market_app(world, lock)})
        server = make_server(HOST, free_port(), app, threaded=True, request_handler=Quiet)
        stack.callback(server.server_close)
        background = Background(_by_functions(player, lock), seconds_per_hour, server)
        environment = _environment(firestore, pubsub, f"http://{HOST}:{server.server_port}/market")
        pages = {
            "TRIMTAB_IDENTITY": "local:",
            "TRIMTAB_FORM_KEYS": token_urlsafe(32),
            "TRIMTAB_PAGES_URL": f"http://{HOST}:{port}",
        }
        stack.enter_context(serving(ROOT / "functions" / "approval", {**environment, **pages}, port=port))
        functions = {
            name: stack.enter_context(serving(ROOT / "functions" / name, {**environment, **pages})) for name in PUSHED
        }
        _subscribe(EmulatedTopology(PROJECT, pubsub), functions)
        _greet(player, port, server.server_port, environment)
        serve_while(server, background)


def _player(world: World, firestore: str, pubsub: str) -> Player:
    topology = EmulatedTopology(PROJECT, pubsub)
    for topic in PUSHED.values():
        topology.topic(topic)
        topology.subscription(dead_letter_topic(topic), dead_letter_topic(topic))
    ports = build(
        Settings(),
        documents=FirestoreDocuments(firestore_client(PROJECT, emulator=firestore)),
        bus=PubSubBus(PROJECT, emulator=pubsub),
        clock=world,
        platforms=world.platforms,
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


def _subscribe(topology: EmulatedTopology, functions: Mapping[str, LocalFunction]) -> None:
    for name, function in functions.items():
        topic = PUSHED[name]
        refused = DeadLetter(dead_letter_topic(topic), ATTEMPTS)
        topology.subscription(f"{name}-push", topic, push_to=function.url, ack_seconds=ACK_SECONDS, dead_letter=refused)


def _by_functions(player: Player, lock: Lock) -> Hour:
    """The functions do an hour's work, and the market goes on when it is done."""

    def hour(stop: Event) -> bool:
        now = player.world.now()
        with lock:
            player.revise()
        fan_out(player.ports, Cadence.PACING, now.replace(minute=slot_of(player.scenario.name)))
        _wait_until_paced(player, stop)
        if stop.is_set():
            return False
        fan_out(player.ports, Cadence.HOUSEKEEPING, now)
        with lock:
            player.go_on()
        return not player.world.over

    return hour


def _wait_until_paced(player: Player, stop: Event) -> None:
    window = window_of(Cadence.PACING, player.world.now())
    tracks = [Track(player.scenario.name, one.track_id) for one in player.scenario.tracks]
    deadline = monotonic() + LONGEST_HOUR_SECONDS
    while late := [track.track_id for track in tracks if not _paced(player, track, window.isoformat())]:
        if monotonic() > deadline:
            raise Unavailable(
                f"{', '.join(late)}: not paced within {LONGEST_HOUR_SECONDS} s; look into the dead letters of "
                f"{Cadence.PACING.topic}"
            )
        if stop.wait(0.05):
            return  # the market is not served any more, so the functions can't go on


def _paced(player: Player, track: Track, window: str) -> bool:
    state = state_of(player.ports, track)
    done = None if state is None else state.windows.get(Cadence.PACING.value)
    return done is not None and done.isoformat() == window


def _greet(player: Player, port: int, other: int, environment: Mapping[str, str]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    name = player.scenario.name
    console.print(f"Trimtab is at [bold]http://{HOST}:{port}/[/bold] on emulators, playing {name}. Ctrl-C stops it.")
    console.print(f"The flight's page is at http://{HOST}:{other}/, the market at http://{HOST}:{other}/market.")
    console.print("In another terminal, to decide and to look:")
    console.print(f"  export {' '.join(f'{key}={value}' for key, value in environment.items())}", markup=False)
    console.print("  python -m trimtab approvals list")
