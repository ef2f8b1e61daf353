# pyright: basic
"""The pipeline's file: what its steps call is there, in an order that changes nothing before it was tried."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.core import TyperGroup
from typer.main import get_command

from trimtab.cli import app
from trimtab.given import wrong

ROOT = Path(__file__).parents[3]
PIPELINE = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text())
STEPS = {step["id"]: step for step in PIPELINE["steps"]}
IMAGES = {
    "gcr.io/google.com/cloudsdktool/google-cloud-cli": r"\d+\.\d+\.\d+-emulators",
    "hashicorp/terraform": r"\d+\.\d+\.\d+",
}
BUILT_IN = {"PROJECT_ID", "BUILD_ID"}


def text_of(step: dict) -> str:
    """A step's command line: its entry point (the image's own where it names none) and its arguments."""
    own = "terraform" if step["name"].startswith("hashicorp/") else ""
    return " ".join([step.get("entrypoint", own), *step["args"]])


def calls() -> list[list[str]]:
    """Each call of our own command line, without its program."""
    lines = "\n".join(text_of(step).replace("\\\n", " ") for step in STEPS.values())
    return [shlex.split(line) for line in re.findall(r"-m trimtab ([^|\n]+)", lines)]


@pytest.mark.parametrize("call", calls(), ids=" ".join)
def test_every_command_is_there_with_its_options(call: list[str]) -> None:
    command, arguments = get_command(app), list(call)
    while isinstance(command, TyperGroup):
        found = command.get_command(command.context_class(command), arguments.pop(0))
        assert found is not None, f"{call}: there is no such command"
        command = found
    context = command.make_context(command.name, arguments)
    assert context.args == []


def test_our_commands_are_found_in_the_file() -> None:
    assert {call[0] for call in calls()} == {"stage", "smoke", "schedules", "canary", "roll-back"}


def test_the_files_that_steps_run_are_there_and_can_be_run() -> None:
    assert (ROOT / STEPS["given"]["args"][0]).is_file()
    assert STEPS["verify"]["args"][-1].endswith(" .ci/run")
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_images_are_pinned() -> None:
    for step in STEPS.values():
        image, _, tag = step["name"].partition(":")
        assert re.fullmatch(IMAGES[image], tag), step["name"]


def test_nothing_is_applied_before_it_was_tried_and_nothing_ends_before_the_canary() -> None:
    order = list(STEPS)
    tried = ["given", "verify", "stage", "smoke", "upload", "before", "plan", "keep-plan"]
    wanted = [*tried, "apply", "schedules", "canary"]
    assert [one for one in order if one in wanted] == wanted
    assert order[-1] == "canary"
    assert [name for name, step in STEPS.items() if "waitFor" in step or "allowFailure" in step] == []


def test_from_the_apply_on_whatever_fails_goes_back() -> None:
    """And exits, so that the next step is not begun."""
    late = list(STEPS)[list(STEPS).index("apply") :]
    for name in late:
        what, _, back = STEPS[name]["args"][-1].partition(" ||\n")
        assert what.startswith("[ $_UNTIL = plan ] && exit\n")
        assert back.strip().startswith(".venv/bin/python -m trimtab roll-back $PROJECT_ID build/before.json")


def test_the_plan_that_is_applied_is_the_one_that_was_kept() -> None:
    assert "-out=../build/plan" in STEPS["plan"]["args"]
    assert "../build/plan > build/plan.txt" in text_of(STEPS["plan-in-words"])
    assert "build/plan.txt gs://$PROJECT_ID-trimtab-deploy/plans/$BUILD_ID.txt" in text_of(STEPS["keep-plan"])
    assert re.search(r"terraform -chdir=infra apply .* \.\./build/plan\b", text_of(STEPS["apply"]))


def test_a_bundle_that_is_there_is_not_written_over() -> None:
    assert "--no-clobber" in text_of(STEPS["upload"])


def test_every_substitution_is_declared_used_and_checked() -> None:
    text = (ROOT / "cloudbuild.yaml").read_text()
    told = "\n".join(map(text_of, STEPS.values())) + str(PIPELINE["options"])
    used = set(re.findall(r"(?<!\$)\$(?:\{)?([A-Z_]+)", told))
    assert used - BUILT_IN == set(PIPELINE["substitutions"])
    checked = [one.lstrip("$") for one in STEPS["given"]["args"][1:]]
    assert set(checked) == {"PROJECT_ID", *PIPELINE["substitutions"]}
    defaults = {**PIPELINE["substitutions"], "PROJECT_ID": "shop-project"}
    assert wrong(*(defaults[name] for name in checked)) == []
    assert "$$PATH" in text


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["shop-project", "europe-west1", "staging", "canary", "false"], 0, ""),
        (["shop", "Europe", "test", "apply", "yes"], 1, "PROJECT REGION ENVIRONMENT UNTIL ADOPT_DATA"),
    ],
)
def test_what_is_given_is_checked_with_nothing_but_python(given: list[str], code: int, said: str) -> None:
    """Before anything is installed: without this environment's packages."""
    done = subprocess.run(
        [sys.executable, "-S", "trimtab/given.py", *given], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == said.split()
