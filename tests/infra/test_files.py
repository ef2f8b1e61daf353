"""What can be read of infra/ without a plan."""

import re
import subprocess

from common.settings import PREFIX, Settings
from tests.infra.planned import CHECK, ROOT, listed

INFRA = ROOT / "infra"


def test_no_client_reaches_the_database() -> None:
    """Every rule denies."""
    rules = (INFRA / "firestore.rules").read_text()
    assert re.findall(r"allow ([^;]*);", rules) == ["read, write: if false"]
    assert "match /{document=**}" in rules


def test_each_function_is_in_the_list_with_a_bundle_for_the_tests() -> None:
    """The list, the folders and what the tests deploy are the same functions."""
    folders = {file.parent.name for file in (ROOT / "functions").glob("*/main.py")}
    tried = re.findall(r'^  (\w+) += "bundles/', (INFRA / "tests" / "everything.tfvars").read_text(), re.MULTILINE)
    assert set(listed()) == folders == set(tried)


def test_every_setting_that_terraform_gives_is_one_that_the_code_reads() -> None:
    """Names in functions.tf; a plan tells about their values."""
    given = set(re.findall(rf"\b({PREFIX}[A-Z_]+)\s+=", (INFRA / "functions.tf").read_text()))
    assert given
    assert {name.removeprefix(PREFIX).lower() for name in given} <= set(Settings.model_fields)


def test_what_is_skipped_has_a_reason() -> None:
    """Each line that keeps a check of checkov off says why, in more than a word or two."""
    skips = [line for file in INFRA.glob("*.tf") for line in file.read_text().splitlines() if "checkov:skip" in line]
    assert skips
    for line in skips:
        assert re.search(r"# checkov:skip=CKV2?_GCP_\d+: (\S+ ){4,}\S+$", line), line


def test_the_check_says_why_it_can_not_plan() -> None:
    """A person reads which tool is missing."""
    done = subprocess.run(
        ["/bin/sh", str(CHECK), "--can-plan"],
        env={"PATH": "/usr/bin:/bin", "TFCHECK": "/nowhere/tfcheck"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "terraform" in done.stderr or "TFCHECK" in done.stderr
