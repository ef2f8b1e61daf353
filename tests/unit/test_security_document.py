"""The security page: every requirement stands in it once, and each test that it names exists."""

import json
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
ID = re.compile(r"\d+\.\d+\.\d+")


def requirements() -> Counter[str]:
    """How often each requirement begins a row."""
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| ")]
    return Counter(found for row in rows for found in ID.findall(row))


def test_every_requirement_stands_in_one_table() -> None:
    levels = json.loads((ROOT / "tests" / "cases" / "asvs_5_0_0.json").read_text())["levels"]
    assert {name for name, level in levels.items() if level > 2} == {"2.3.5"}
    assert requirements() == Counter(dict.fromkeys(levels, 1))


def test_each_test_that_shows_a_requirement_exists() -> None:
    cited = set(re.findall(r"`(tests/[^`]+\.py)::(\w+)`", PAGE))
    assert len(cited) > 50
    missing = [one for one in sorted(cited) if f"def {one[1]}(" not in (ROOT / one[0]).read_text()]
    assert missing == []


def test_each_row_that_is_met_names_a_test() -> None:
    met = PAGE.split("## Met, and the test that shows it")[1].split("\n## ")[0]
    rows = [line for line in met.splitlines() if re.match(r"\| \d", line)]
    assert rows
    assert [row for row in rows if "::test_" not in row] == []
