"""Terraform on `infra/`, with its state in the project's bucket."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from common.domain.errors import TrimtabError
from trimtab.function_list import ROOT

INFRA = ROOT / "infra"


class TerraformFailed(TrimtabError):
    """Terraform did not do what it was told; it has said why on standard error."""


class Terraform:
    """Terraform for one project.

    Args:
        folder: with the configuration.
        variables: of the configuration, by name.
        token: of whoever acts; without it, the environment's credentials.
    """

    def __init__(
        self, project: str, variables: Mapping[str, str], *, folder: Path = INFRA, token: str | None = None
    ) -> None:
        self._folder, self._project = folder, project
        given = {f"TF_VAR_{name}": value for name, value in variables.items()}
        given["TF_IN_AUTOMATION"] = "true"
        if token is not None:
            given["GOOGLE_OAUTH_ACCESS_TOKEN"] = token
            # A person's calls to some APIs (Firebase's rules) are refused unless a project is named that pays for them.
            given |= {"USER_PROJECT_OVERRIDE": "true", "GOOGLE_BILLING_PROJECT": project}
            # The pipeline has a folder of its own; on a person's machine several projects take turns.
            given["TF_DATA_DIR"] = str(ROOT / "build" / "terraform" / project)
        self._environment = {**os.environ, **given}

    def version(self) -> tuple[int, ...] | None:
        """Its release; `None` where it is not on the PATH."""
        if shutil.which("terraform", path=self._environment.get("PATH")) is None:
            return None
        done = subprocess.run(
            ["terraform", "version"], capture_output=True, text=True, env=self._environment, check=False
        )
        found = re.search(r"v(\d+)\.(\d+)\.(\d+)", done.stdout)
        return None if found is None else tuple(map(int, found.groups()))

    def init(self) -> None:
        """Take up the state in the bucket."""
        self._run("init", "-input=false", "-reconfigure", f"-backend-config=bucket={self._project}-trimtab-deploy")

    def apply(self, files: Sequence[Path]) -> None:
        """Bring the project to what the configuration says, with these files of variables."""
        self._run("apply", "-input=false", "-auto-approve", "-lock-timeout=120s", *_files(files))

    def destroy(self, files: Sequence[Path]) -> None:
        """Take everything away that is in the state, but what is to be left."""
        self._run("destroy", "-input=false", "-auto-approve", "-lock-timeout=30s", *_files(files))

    def _run(self, *arguments: str) -> None:
        command = ["terraform", f"-chdir={self._folder}", *arguments]
        if subprocess.run(command, env=self._environment, check=False).returncode:
            raise TerraformFailed(f"`terraform {arguments[0]}` failed; what it says above has the reason")


def _files(files: Sequence[Path]) -> list[str]:
    return [f"-var-file={file.resolve()}" for file in files]


def environment_file(environment: str) -> Path:
    """The variables of an environment."""
    return INFRA / "environments" / f"{environment}.tfvars"


def write_bundles(bundles: Mapping[str, str], file: Path) -> Path:
    """Write the variable `bundles` for Terraform. Returns the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"bundles": dict(bundles)}, indent=2) + "\n")
    return file
