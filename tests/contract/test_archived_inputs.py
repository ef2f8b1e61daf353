"""Old inputs leave every store for object storage, the largest too, and are the same there."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.adapters.folder_objects import FolderObjects
from common.domain import paths
from common.domain.change import Setting
from common.domain.change_set import InputsAt, KeptInputs
from common.ports.documents import Create, Documents, Query
from common.use_cases.archived_inputs import AT_ONCE, archive_inputs, inputs_of
from common.use_cases.kept_inputs import LIMIT
from common.use_cases.ports import Ports
from tests.fakes.clock import ManualClock
from tests.world import World, auto, euros

OLD, RECENT = "2026-05-03", "2026-05-04"
NOW = datetime(2026, 5, 7, 9, tzinfo=UTC)
STAY = [("acme", f"{RECENT}-x"), ("acm", f"{OLD}-x"), ("acme-2", f"{OLD}-x"), ("zen", f"{OLD}-x")]


def kept(number: int) -> KeptInputs:
    """Some are as large as they may be, some were larger."""
    size = LIMIT if number % 20 == 0 else 100
    return KeptInputs(digest=f"{number:064}", lzma_base85=None if number % 20 == 1 else f"{number % 10}" * size)


@pytest.fixture
def ports(store: Documents, tmp_path: Path) -> Ports:
    """Of a store with some inputs that must stay."""
    store.commit(*(Create(paths.inputs(*one), kept(2).body()) for one in STAY))
    world = World.taken_on()
    return replace(world.ports(), documents=store, clock=ManualClock(NOW), objects=FolderObjects(tmp_path / "objects"))


def test_old_inputs_leave_the_store_and_are_the_same_in_object_storage(ports: Ports) -> None:
    """More than are taken at once; those that stay are of another day, or another tenant's."""
    names = [f"{OLD}-{number:03}" for number in range(AT_ONCE + 3)]
    creates = (Create(paths.inputs("acme", name), kept(number).body()) for number, name in enumerate(names))
    ports.documents.commit(*creates)
    assert archive_inputs(ports, "acme") == len(names)
    left = [one.path for tenant, _ in STAY for one in ports.documents.query(Query(paths.inputs(tenant))).documents]
    assert left == [paths.inputs(*one) for one in STAY]
    world = World.taken_on()
    made = world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    for number, name in enumerate(names):
        decided = made.but(inputs=InputsAt(kept_as=name, digest=kept(number).digest))
        assert inputs_of(ports, decided) == kept(number)
    assert archive_inputs(ports, "acme") == 0
