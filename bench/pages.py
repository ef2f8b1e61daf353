"""The approval pages beside an empty Flask page, in one run: the detail of a request, and the list with 500 waiting.

The documents are those of a played flight on SQLite in a file, up to the first request that waits; that request is
then copied until 500 wait. Each page is asked for through Flask's own test client, in turns.
"""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from rich.console import Console
from rich.table import Table

from common.adapters.local_sign_in import COOKIE, LocalSignIn
from common.bootstrap import build
from common.domain import paths
from common.ports.documents import Create, Documents
from common.ports.journal import Silence
from common.settings import Settings
from common.use_cases.queries import waiting
from functions.approval.app import create_app
from functions.approval.office import Rates
from sandbox.play import Player
from sandbox.scenario import load_scenario
from sandbox.tenancy import CLIENT
from sandbox.world import World

DEMO = Path(__file__).parent.parent / "sandbox" / "scenarios" / "demo.json"
WAITING = 500
ROUNDS = 61
HOST = "http://127.0.0.1"
KEYS = ("a key for a benchmark, 32 letters",)


def run(scenarios: Path | None = None) -> dict[str, Any]:
    """Measure. Ratios are of medians; times are in microseconds."""
    _ = scenarios
    with TemporaryDirectory() as folder:
        player = _until_something_waits(f"sqlite:{folder}/pages.db")
        tenant_id = player.scenario.name
        first = waiting(player.ports, tenant_id)[0]
        _copies(player.ports.documents, tenant_id, first.approval_id)
        identity = LocalSignIn(KEYS)
        app = create_app(player.ports, identity, KEYS, rates=Rates(pages=10**9))
        client = app.test_client()
        client.set_cookie(COOKIE, identity.cookie_for(CLIENT), domain="127.0.0.1")
        detail, listed, empty = _taking_turns(
            _asking(client, f"/t/{tenant_id}/approvals/{first.approval_id}"),
            _asking(client, "/"),
            _asking(_empty().test_client(), "/"),
        )
    figures = {"detail_ratio": detail / empty, "list_ratio": listed / empty}
    times = {"detail_us": detail * 1e6, "list_us": listed * 1e6, "empty_us": empty * 1e6}
    rounded = {name: round(value, 1) for name, value in figures.items()} | {k: round(v) for k, v in times.items()}
    return {"pages": {**rounded, "waiting": WAITING, "rounds": ROUNDS}}


def _copies(documents: Documents, tenant_id: str, approval_id: str) -> None:
    """The request under other names, each a little more or less urgent."""
    places = (paths.approval(tenant_id, approval_id), paths.change_set(tenant_id, approval_id))
    approval, change_set = (document.data for document in documents.read(*places) if document is not None)
    for number in range(1, WAITING):
        name = f"{approval_id[:20]}-{number:04}"
        money = approval["money"] * (number % 17 + 1) // 9
        documents.commit(
            Create(paths.approval(tenant_id, name), {**approval, "approval_id": name, "money": money}),
            Create(paths.change_set(tenant_id, name), {**change_set, "change_set_id": name}),
        )


def _empty() -> Flask:
    app = Flask("empty")

    @app.get("/")
    def page() -> str:  # pyright: ignore[reportUnusedFunction]
        return ""

    return app


def _asking(client: FlaskClient, path: str) -> Callable[[], None]:
    def ask() -> None:
        answer = client.get(path, base_url=HOST)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status}")

    return ask


def _until_something_waits(store: str) -> Player:
    world = World(load_scenario(DEMO))
    ports = build(Settings(store=store), clock=world, platforms=world.platforms, journal=Silence())
    player = Player(ports, world, lambda _: None)
    player.begin()
    next(hour for hour in player.hours() if hour and waiting(ports, player.scenario.name))
    return player


def _taking_turns(*asks: Callable[[], None]) -> list[float]:
    """The median seconds of each; the first two rounds warm up and are not counted."""
    rounds = [[_seconds(ask) for ask in asks] for _ in range(ROUNDS + 2)]
    return [median(taken) for taken in zip(*rounds[2:], strict=True)]


def _seconds(ask: Callable[[], None]) -> float:
    started = perf_counter()
    ask()
    return perf_counter() - started


def table(result: dict[str, Any]) -> None:
    """Print the result for a person."""
    figures = result["pages"]
    shown = Table("page", "µs", "times an empty page", "at most")
    shown.add_row("an empty Flask page", f"{figures['empty_us']:,}", "1", "")
    shown.add_row("detail", f"{figures['detail_us']:,}", f"{figures['detail_ratio']}", "20")
    shown.add_row(f"list, {figures['waiting']} waiting", f"{figures['list_us']:,}", f"{figures['list_ratio']}", "60")
    Console().print(shown)
