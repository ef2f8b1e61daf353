"""One plan for all tests of a run, whichever worker needs it first."""

import fcntl
from pathlib import Path

import pytest

from tests.infra.planned import Plan, make


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Plan:
    """What Terraform would make."""
    base = tmp_path_factory.getbasetemp()
    folder: Path = base if worker_id == "master" else base.parent
    file = folder / "plan.json"
    with (folder / "plan.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            make(file)
    return Plan(file.read_text())
