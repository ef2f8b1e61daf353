"""Every implementation of the document store, empty; and every way to a market."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from common.adapters.firestore import FirestoreDocuments, firestore_client
from common.adapters.sqlite import SqliteDocuments
from common.ports.documents import Documents
from tests.contract.market_rig import NewRig, Rig, world_of
from tests.contract.way import NAMES, way

STORES = ["sqlite-memory", "sqlite-file", pytest.param("firestore", marks=pytest.mark.emulator)]


@pytest.fixture(params=STORES)
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Documents]:
    """Makes stores that are empty and share nothing."""
    match request.param:
        case "sqlite-memory":
            return SqliteDocuments
        case "sqlite-file":
            return lambda: SqliteDocuments(tmp_path / f"{uuid4().hex}.db")
        case _:
            address: str = request.getfixturevalue("firestore_address")
            return lambda: _firestore(address)


@pytest.fixture
def store(new_store: Callable[[], Documents]) -> Documents:
    """An empty store."""
    return new_store()


def _firestore(address: str) -> Documents:
    client = firestore_client(f"test-{uuid4().hex[:12]}", emulator=address)
    return FirestoreDocuments(client, call_seconds=60)  # a busy machine is slow, and that is no failure


@pytest.fixture(params=NAMES)
def new_rig(request: pytest.FixtureRequest) -> Iterator[NewRig]:
    """Makes worlds with the given events, reached in one of the ways."""
    chosen = way(request.param)
    with ExitStack() as entered:

        def make(*events: dict[str, Any], **channels: Any) -> Rig:
            world = world_of(*events, time_zone=chosen.time_zone, **channels)
            return Rig.of(world, chosen, entered.enter_context(chosen.reach(world)))

        yield make


@pytest.fixture
def rig(new_rig: NewRig) -> Rig:
    """A world in which nothing happens."""
    return new_rig()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave a test to the ways that have what it is about; those that have not are counted as deselected."""
    left_out = [item for item in items if not _can_run(item)]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def _can_run(item: pytest.Item) -> bool:
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    name = parameters.get("new_rig")
    return name is None or all(way(name).has(one) for mark in item.iter_markers("has") for one in mark.args)
