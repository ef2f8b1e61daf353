"""Play a scenario to the end with a progress bar."""

from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

from common.bootstrap import build
from common.domain.approval import Approval
from common.domain.errors import Refused
from common.domain.model import parse
from common.domain.plan_draft import PlanDraft
from common.ports.documents import Conflict
from common.ports.journal import Silence
from common.settings import Settings
from sandbox.answering import Person
from sandbox.outcome import Played
from sandbox.play import Player
from sandbox.scenario import load_scenario
from sandbox.world import World
from trimtab.opening import sqlite_file
from trimtab.progress import watched


def agree(_: Approval | PlanDraft) -> bool:
    """The scripted person: says yes to everything."""
    return True


def leave(_: Approval | PlanDraft) -> None:
    """A person who is away: everything waits."""


def play_to_the_end(
    path: Path,
    store: str,
    person: Person,
    *,
    fresh: bool = False,
    pictures: Path | None = None,
    report: Path | None = None,
) -> Played:
    """Play a scenario on this store.

    Args:
        fresh: throw away what an earlier run left in a SQLite store.
        pictures: an SVG file to draw what was paused in an emergency into, if anything was.
        report: a file for the client's report, as the flight ended; it is kept as every report is, too.

    Raises:
        InvalidInput: the scenario or the store's name has faults.
        Refused: the store has this tenant already.
    """
    player = player_on(World(load_scenario(path)), store, person, fresh=fresh)
    for _ in watched(player.hours(), player.total_hours, f"playing {player.scenario.name}"):
        pass
    if pictures is not None and player.played.stopped:
        from trimtab.plots import draw_pauses

        draw_pauses(player, pictures)
    if report is not None:
        from common.use_cases.report import make_report, report_page

        made = make_report(player.ports, player.scenario.name)
        report.write_bytes(report_page(player.ports, made.tenant_id, made.report_id))
    return player.played


def player_on(world: World, store: str, person: Person, *, fresh: bool, reports: bool = False) -> Player:
    """A player at the flight's first hour, its tenant taken on.

    Args:
        reports: make the tenant's reports when they are due.

    Raises:
        InvalidInput: the store's name has faults.
        Refused: the store has this tenant already.
    """
    settings = parse(Settings, {"store": store}, "the command line")
    _make_room(sqlite_file(store), settings.objects_at, fresh=fresh)
    ports = build(
        settings,
        clock=world,
        platforms=world.platforms,
        analytics=world.analytics,
        crm=world.crm,
        check_connection=world.check,
        journal=Silence(),
    )
    player = Player(ports, world, person, reports=reports)
    try:
        player.begin()
    except Conflict as conflict:
        raise Refused(f"{store} has {world.scenario.name} already: play it on another store") from conflict
    return player


def _make_room(file: Path | None, objects: str | None, *, fresh: bool) -> None:
    """A store that is made anew has no use for anchors of the one before: they would contradict it."""
    if file is None:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    if fresh:
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
    if objects is not None and not file.exists():
        rmtree(objects.removeprefix("folder:"), ignore_errors=True)


def play_until(player: Player, wanted: Callable[[], bool]) -> None:
    """Play as fast as it goes until something is so, or the flight is over."""
    for _ in watched(player.hours(), player.total_hours, f"playing {player.scenario.name} until something waits"):
        if wanted():
            return
