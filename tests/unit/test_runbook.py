"""Each alert has a section of the runbook, and each section an alert; what the runbook runs can be run."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from trimtab.cli import app

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
ALERTS_TF = (ROOT / "infra" / "alerts.tf").read_text()


def alerts() -> set[str]:
    """The keys of alerts, by which they name their sections: those of the two lists, and those that are spelled out."""
    locals_ = ALERTS_TF[: ALERTS_TF.index("\nresource ")]
    listed = set[str]()
    for name in ("told", "counted"):
        block = re.search(rf"^  {name} += {{\n(.*?)^  }}", locals_, re.MULTILINE | re.DOTALL)
        assert block is not None, f"infra/alerts.tf has no list {name}"
        listed |= set(re.findall(r"^    (\w+) += {", block.group(1), re.MULTILINE))
    return listed | set(re.findall(r"\$\{local\.runbook\}(\w+)\"", ALERTS_TF))


def sections() -> set[str]:
    """The headings under Alerts."""
    part = RUNBOOK[RUNBOOK.index("\n## Alerts\n") :]
    part = part[: part.index("\n## ", 1)]
    return set(re.findall(r"^### (.*)$", part, re.MULTILINE))


def test_each_alert_has_a_section_and_each_section_an_alert() -> None:
    assert len(alerts()) > 5
    assert sections() == alerts()


@pytest.mark.parametrize("alert", sorted(sections()))
def test_a_section_says_what_it_means_and_what_to_do_first(alert: str) -> None:
    said = RUNBOOK[RUNBOOK.index(f"\n### {alert}\n") + 1 :]
    said = said[: said.index("\n##")]
    assert "**What it means.**" in said
    assert "**First.**" in said


def test_links_within_lead_somewhere() -> None:
    headings = {one.lower().replace(" ", "-") for one in re.findall(r"^#+ (.*)$", RUNBOOK, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([\w-]+)\)", RUNBOOK)) <= headings


def test_the_commands_that_it_runs_exist_with_their_options() -> None:
    commands = getattr(get_command(app), "commands")  # noqa: B009 - a group has them, its base class does not
    found = re.findall(r"^    python -m trimtab ([a-z-]+)(.*)$", RUNBOOK, re.MULTILINE)
    assert len(found) > 5
    for name, rest in found:
        known = {option for parameter in commands[name].params for option in parameter.opts}
        assert set(re.findall(r"(?<= )--[a-z-]+", rest)) <= known, name
