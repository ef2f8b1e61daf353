"""The bench that plays recorded answers: whose they are, what is said of each, and when it fails."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bench.__main__ import main
from bench.bodies import OWN, failed, run

CASES: dict[str, Any] = {
    "linkedin/error": {"case": "error", "http_status": 401, "body": {"status": 401, "serviceErrorCode": 65601}},
    "deep/linkedin/more/empty": {"case": "empty", "body": {"elements": [], "paging": {}}},
    "pubsub/words": {"case": "words", "raw_body": "no json", "request_headers": {"Content-Type": "application/json"}},
    "carrier_pigeon/note": {"case": "note", "body": {}},
    "linkedin/other": {"name": "not a body"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of bodies, and of files that are none."""
    for name, case in CASES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.json").write_text(json.dumps(case))
    (tmp_path / "linkedin" / "broken.json").write_text("{")
    return tmp_path


def test_each_body_is_played_to_who_reads_its_api(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bodies", "--scenarios", str(folder), "--json", str(folder / "figures.json")]) == 0
    rows = json.loads((folder / "figures.json").read_text())["bodies"]
    assert {(row["api"], row["case"], row["became"]) for row in rows} == {
        ("linkedin", "error", "refused"),
        ("linkedin", "empty", "parsed"),
        ("pubsub", "words", "refused"),
        ("carrier_pigeon", "note", "no door"),
    }
    printed = capsys.readouterr().out
    assert "linkedin/error: refused: token_expired: " in printed
    assert "carrier_pigeon/note: no door yet" in printed
    assert "4 bodies, 0 that nobody was ready for" in printed


def test_it_fails_where_a_body_made_something_raise() -> None:
    row = {"api": "linkedin", "case": "x", "became": "raised", "outcome": "raised: KeyError: 'id'"}
    assert failed({"bodies": [row]})
    assert not failed({"bodies": [{**row, "became": "refused"}]})


def test_nobody_is_surprised_by_the_bodies_of_the_project_and_none_is_without_source() -> None:
    rows = run()["bodies"]
    ways = Counter(row["became"] for row in rows)
    assert ways.keys() == {"parsed", "refused"}
    assert min(ways.values()) > 20
    for path in OWN.rglob("*.json"):
        provenance = json.loads(path.read_bytes())["provenance"]
        assert provenance["licence"], path
