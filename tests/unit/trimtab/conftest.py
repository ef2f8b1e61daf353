"""Stores that a played scenario left."""

import shutil
from pathlib import Path

import pytest

from tests.unit.trimtab.command import WEEKEND, trimtab


@pytest.fixture(scope="session")
def played_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weekend played with nobody to answer. Not to be changed."""
    file = tmp_path_factory.mktemp("played") / "weekend.db"
    assert trimtab("play", WEEKEND, "--store", f"sqlite:{file}", "--unanswered").code == 0
    return file


@pytest.fixture
def file(played_file: Path, tmp_path: Path) -> Path:
    """A copy of it for one test, with its anchors."""
    shutil.copytree(played_file.with_suffix(".objects"), tmp_path / "copy.objects")
    return Path(shutil.copy(played_file, tmp_path / "copy.db"))


@pytest.fixture
def store(file: Path) -> str:
    """The copy as `--store` has it."""
    return f"sqlite:{file}"
