"""Bundles: the same code makes the same file, and each carries what its function imports and nothing besides."""

import json
import re
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.unit.trimtab.command import trimtab
from trimtab.bundles import MANIFEST
from trimtab.cloud_settings import cloud_settings
from trimtab.function_list import Described, described
from trimtab.reached import idle, lacking, reached

ROOT = Path(__file__).parents[3]
FUNCTIONS = described()


def test_staging_twice_makes_the_same_files(tmp_path: Path) -> None:
    every = trimtab("stage", "--out", tmp_path / "first", "--json").data
    (again,) = trimtab("stage", "pacing", "--out", tmp_path / "second", "--json").data
    first, second = next(Path(one["file"]) for one in every if one["name"] == "pacing"), Path(again["file"])
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
    manifest = json.loads((tmp_path / "first" / MANIFEST).read_text())["bundles"]
    assert list(manifest) == list(FUNCTIONS)
    assert all(re.fullmatch(rf"bundles/{name}-[0-9a-f]{{16}}\.zip", file) for name, file in manifest.items())


def test_a_bundle_holds_its_function_what_is_common_and_its_cut_of_the_lock(tmp_path: Path) -> None:
    (made,) = trimtab("stage", "ingest", "--out", tmp_path, "--json").data
    with ZipFile(made["file"]) as archive:
        names = set(archive.namelist())
        pinned = archive.read("requirements.txt").decode()
        main = archive.read("main.py").decode()
    assert {"main.py", "common/settings.py", "functions/ingest/app.py", "common/web/templates/base.html"} <= names
    assert {name.split("/")[0] for name in names} == {"main.py", "requirements.txt", "common", "functions"}
    assert {name.split("/")[1] for name in names if name.startswith("functions/")} == {"__init__.py", "ingest"}
    assert not any("__pycache__" in name for name in names)
    assert "from functions.ingest.main import ingest" in main
    assert re.search(r"^google-ads==\S+ .*\n    --hash=sha256:", pinned, re.MULTILINE)
    assert "matplotlib" not in pinned
    assert not (tmp_path / MANIFEST).exists(), "a part of the functions is nothing to deploy"


def test_a_bundle_of_other_code_has_another_name_and_takes_the_old_ones_place(tmp_path: Path) -> None:
    """The hash is of what is in it: the same function with other requirements."""
    from trimtab.bundles import stage

    one = FUNCTIONS["notify"]
    (first,) = stage({"notify": one}, tmp_path)
    (second,) = stage({"notify": one.but(extras=())}, tmp_path)
    assert first.object != second.object
    assert [file.name for file in tmp_path.iterdir()] == [second.file.name]


def test_a_function_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    done = trimtab("stage", "pacing", "paceing", "--out", tmp_path)
    assert done.code == 2
    assert "paceing: there is none; there are anomaly_pause" in done.err


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_bundle_lacks_nothing_that_its_code_imports_and_carries_no_idle_extra(name: str) -> None:
    function = FUNCTIONS[name]
    found = reached(name, function)
    assert lacking(function, found) == []
    assert idle(function, found) == []


@pytest.mark.parametrize(
    ("name", "extras", "lacks", "idles"),
    [
        ("pacing", ("secrets",), "google.ads.googleads.client", []),
        ("pacing", ("accounts", "secrets", "report"), None, ["report"]),
        ("approval", ("accounts", "secrets", "web"), "google.cloud.storage", []),
        ("deep_review", ("accounts", "secrets"), "google.genai", []),
    ],
)
def test_a_wrong_list_of_extras_is_noticed(
    name: str, extras: tuple[str, ...], lacks: str | None, idles: list[str]
) -> None:
    function = FUNCTIONS[name].but(extras=extras)
    found = reached(name, function)
    assert lacks is None or lacks in lacking(function, found)
    assert idle(function, found) == idles


def test_the_smoke_test_gives_the_settings_that_terraform_gives() -> None:
    """Those that only some deployments have are left out: a model, and the share of messages that are traced."""
    text = "".join(file.read_text() for file in (ROOT / "infra").glob("*.tf"))
    told = {name for name in re.findall(r"\bTRIMTAB_[A-Z_]+\b", text) if not name.startswith("TRIMTAB_AGENT")}
    given = {name for one in FUNCTIONS.values() for name in cloud_settings(one, "a-project")}
    assert given == told - {"TRIMTAB_TRACES", "TRIMTAB_LONGEST_RUN_SECONDS"}


def test_the_list_of_functions_says_what_is_wrong_with_it() -> None:
    assert Described(does="x", memory_mb=1, concurrency=1, timeout_seconds=1, max_instances=1).extras == ()
    assert set(FUNCTIONS) == {file.parent.name for file in (ROOT / "functions").glob("*/main.py")}
