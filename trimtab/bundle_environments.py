"""A bundle as the cloud sets it up: unpacked, with its requirements and nothing else in an environment of its own."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from common.domain.errors import TrimtabError
from trimtab.bundles import REQUIREMENTS, Bundle, uv

LONGEST_SECONDS = 600
"""For an installation over a slow line."""


class NotInstalled(TrimtabError):
    """The requirements of a bundle can't be installed; says why."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A bundle that can be run: the folder that it lies in, and the environment's programs."""

    root: Path
    programs: Path

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.programs / "python"


@contextmanager
def installed(bundle: Bundle) -> Generator[Installed]:
    """Unpack and install for as long as the block lasts. What uv has in its cache is not fetched again.

    Raises:
        NotInstalled: a requirement can't be had, or its hash is another.
    """
    with TemporaryDirectory(prefix=f"trimtab-bundle-{bundle.name}-") as folder:
        root, environment = Path(folder) / "root", Path(folder) / "environment"
        with ZipFile(bundle.file) as archive:
            archive.extractall(root)
        found = Installed(root, environment / "bin")
        _uv("venv", "--python", sys.executable, str(environment))
        _uv("pip", "install", "--require-hashes", "--python", str(found.python), "-r", str(root / REQUIREMENTS))
        yield found


def _uv(*arguments: str) -> None:
    done = subprocess.run([uv(), *arguments, "--quiet"], capture_output=True, timeout=LONGEST_SECONDS, check=False)
    if done.returncode:
        raise NotInstalled(f"uv {' '.join(arguments[:2])} failed: {done.stderr.decode(errors='replace').strip()}")
