"""`validate`: a good file is named for what it is, a bad one gets all of its faults at once, nothing is written."""

import json
from pathlib import Path
from typing import Any

import pytest

from common.domain.manifest import Manifest
from common.domain.plan import PlanTerms
from common.domain.tenant import Tenant
from sandbox.scenario import load_scenario
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from tests.unit.trimtab.command import WEEKEND, trimtab

SCENARIO = load_scenario(WEEKEND)
GOOD: dict[str, Tenant | PlanTerms | Manifest] = {
    "tenant": tenant_of(SCENARIO),
    "plan": plan_of(SCENARIO),
    "terms": plan_of(SCENARIO).terms,
    "manifest": manifests_of(SCENARIO)[0],
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(here: Path, content: Any) -> Path:
    file = here / "file.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_document_is_told_for_what_it_is_without_being_asked(here: Path, kind: str) -> None:
    file = written(here, GOOD[kind].body())
    answer = trimtab("validate", file, width=200)
    assert (answer.code, answer.out, answer.err) == (0, f"{file} is a valid {kind}\n", "")
    assert trimtab("validate", file, "--json").data == {"file": str(file), "kind": kind}
    assert list(here.iterdir()) == [file]


def test_a_good_scenario_is_a_valid_scenario() -> None:
    assert trimtab("validate", WEEKEND, "--json").data == {"file": str(WEEKEND), "kind": "scenario"}


BAD: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    (
        "tenant",
        {"currency": "EUX", "time_zone": "Atlantis", "colour": "red", "guardrails": {"shift_max_pct": -1, "mood": 3}},
        ("currency", "time_zone", "colour: unknown key", "guardrails.shift_max_pct", "guardrails.mood: unknown key"),
    ),
    (
        "plan",
        {"flight": {"start": "2026-05-10", "end": "2026-05-07"}, "master_cap": -1, "version": 0, "approvedBy": "x"},
        ("flight", "before it starts", "master_cap", "version", "approvedBy: unknown key"),
    ),
    (
        "terms",
        {"master_cap": 1},
        ("micros, over the master cap of 1",),
    ),
    (
        "manifest",
        {"plan_version": 0, "revision": -1, "lease": "mine", "entities": {"x": {"allocation": 1.5}}},
        ("plan_version", "revision", "lease: unknown key", "entities.x.allocation", "entities.x.platform: required"),
    ),
]


@pytest.mark.parametrize(("kind", "changes", "said"), BAD, ids=[kind for kind, _, _ in BAD])
def test_every_fault_of_a_bad_document_is_listed_at_once(
    here: Path, kind: str, changes: dict[str, Any], said: tuple[str, ...]
) -> None:
    file = written(here, {**GOOD[kind].body(), **changes})
    answer = trimtab("validate", file)
    assert (answer.code, answer.out) == (2, "")
    for fault in said:
        assert fault in answer.err
    assert f"{file} has " in answer.err
    assert list(here.iterdir()) == [file]


def test_a_program_gets_the_faults_as_json(here: Path) -> None:
    """Each with where it is and what is wrong; the exit code and what a person reads stay."""
    file = written(here, {**GOOD["tenant"].body(), "currency": "EUX", "colour": "red"})
    answer = trimtab("validate", file, "--json")
    assert answer.code == 2
    assert answer.data["file"] == str(file)
    assert {one["where"]: one["what"] for one in answer.data["faults"]} == {
        "currency": "not a currency code of ISO 4217, such as EUR or USD (given: 'EUX')",
        "colour": "unknown key; remove it or check its spelling",
    }
    assert "has 2 faults" in answer.err


def test_what_is_no_json_at_all_is_a_fault_of_the_whole_for_a_program(here: Path) -> None:
    answer = trimtab("validate", written(here, "{"), "--json")
    assert [one["where"] for one in answer.data["faults"]] == [""]


def test_every_fault_of_a_bad_scenario_is_listed_at_once(here: Path) -> None:
    scenario = json.loads(WEEKEND.read_text())
    scenario["master_cap"] = "much"
    scenario["tracks"][0]["channels"][1]["curve"] = {"kind": "magic"}
    scenario["tracks"][1]["channels"][0]["weekday"] = [1, 1]
    scenario["events"][0]["channel"] = "billboards"
    scenario["events"][-1]["mode"] = "sulk"
    answer = trimtab("validate", written(here, scenario))
    assert (answer.code, answer.out) == (2, "")
    for fault in ("master_cap", "tracks.0.channels.1.curve", "tracks.1.channels.0.weekday", "billboards", "sulk"):
        assert fault in answer.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is not JSON"),
        ("{'single': 1}", "is not JSON"),
        ("[1, 2]", "must be a JSON object"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "say what it is with --kind: tenant, plan, terms, manifest, scenario"),
    ],
    ids=["empty", "quotes", "list", "deep", "unknown"],
)
def test_what_is_no_such_file_at_all_is_told_apart(here: Path, content: str, said: str) -> None:
    answer = trimtab("validate", written(here, content))
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_bytes_that_are_no_text_are_no_json(here: Path) -> None:
    file = here / "file.json"
    file.write_bytes(b"\xff\xfe{}")
    assert "is not JSON" in trimtab("validate", file).err


@pytest.mark.parametrize(("name", "said"), [("gone.json", "No such file or directory"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_is_named(here: Path, name: str, said: str) -> None:
    answer = trimtab("validate", here / name)
    assert (answer.code, answer.out) == (2, "")
    assert f"{here / name}: {said}" in answer.err


def test_a_kind_can_be_named_and_one_that_does_not_exist_is_refused(here: Path) -> None:
    file = written(here, GOOD["plan"].body())
    assert "seed: required, but missing" in trimtab("validate", file, "--kind", "scenario").err
    assert "say what it is with --kind" in trimtab("validate", file, "--kind", "poem").err
