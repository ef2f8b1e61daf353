"""Play a scenario to the end with a progress bar."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from common.bootstrap import build
from common.domain.approval import Approval
from common.domain.errors import Refused
from common.ports.documents import Conflict
from common.ports.journal import Silence
from common.settings import Settings
from sandbox.play import Played, Player
from sandbox.scenario import load_scenario
from sandbox.world import World


def agree(_: Approval) -> bool:
    """The scripted person: says yes to everything."""
    return True


def play_to_the_end(path: Path, store: str, *, quiet: bool, fresh: bool) -> Played:
    """Play a scenario on this store.

    Args:
        fresh: throw away what an earlier run left in a SQLite store.

    Raises:
        InvalidInput: the scenario has faults.
        Refused: the store has this tenant already.
    """
    scenario = load_scenario(path)
    if store.startswith("sqlite:") and not store.endswith(":memory:"):
        _make_room(Path(store.removeprefix("sqlite:")), fresh=fresh)
    world = World(scenario)
    ports = build(Settings(store=store), clock=world, platforms=world.platforms, journal=Silence())
    player = Player(ports, world, agree)
    try:
        player.begin()
    except Conflict as conflict:
        raise Refused(f"{store} has {scenario.name} already; play it on another store") from conflict
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=quiet) as progress:
        bar = progress.add_task(f"playing {scenario.name}", total=player.total_hours)
        for _ in player.hours():
            progress.advance(bar)
    return player.played


def _make_room(path: Path, *, fresh: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if fresh:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
