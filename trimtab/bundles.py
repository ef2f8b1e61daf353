"""Bundles: each function with all that it is deployed with, as one file that is named after what is in it.

A bundle holds `main.py`, by which functions-framework finds the entry point; the function's own modules; `common/`; and
the requirements that this function needs, cut from the one lock file with their hashes. Its name carries a hash of its
files, so the same code always has the same name, and a function whose bundle is unchanged need not be deployed.
"""

import hashlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from common.domain.errors import Refused
from trimtab.function_list import FUNCTIONS, ROOT, Described

OUT = Path("build/bundles")
MANIFEST = "bundles.auto.tfvars.json"
"""What Terraform reads: the variable `bundles`, from each function's name to its object in the bucket."""
FOLDER = "bundles"
"""Where bundles lie in the bucket."""
REQUIREMENTS = "requirements.txt"
_LEFT_OUT = frozenset({"__pycache__", ".DS_Store"})
_MAIN = '''"""Where functions-framework finds the entry point."""

from functions.{name}.main import {name}

__all__ = ["{name}"]
'''


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that lies in a file. Sizes are in bytes."""

    name: str
    file: Path
    files: int
    unpacked: int
    requirements: int
    """Packages that are installed for it, those that they need in turn included."""

    @property
    def object(self) -> str:
        """Its name in the bucket."""
        return f"{FOLDER}/{self.file.name}"

    @property
    def packed(self) -> int:
        """What is uploaded."""
        return self.file.stat().st_size


def stage(functions: Mapping[str, Described], out: Path) -> list[Bundle]:
    """Make the bundles in `out`; what other bundles of these functions it holds is removed.

    Raises:
        Refused: uv can't cut the requirements.
    """
    out.mkdir(parents=True, exist_ok=True)
    return [_staged(name, one, out) for name, one in functions.items()]


def write_manifest(bundles: list[Bundle], out: Path) -> Path:
    """Write down for Terraform which object each function runs. Returns the file."""
    manifest = out / MANIFEST
    manifest.write_text(json.dumps({"bundles": {one.name: one.object for one in bundles}}, indent=2) + "\n")
    return manifest


def _staged(name: str, function: Described, out: Path) -> Bundle:
    contents = dict(sorted({**dict(_code(name)), REQUIREMENTS: requirements(function.extras)}.items()))
    file = out / f"{name}-{_digest(contents)}.zip"
    for other in out.glob(f"{name}-*.zip"):
        other.unlink()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for path, data in contents.items():
            archive.writestr(_entry(path), data)
    pinned = sum(b"==" in line for line in contents[REQUIREMENTS].splitlines())
    return Bundle(name, file, len(contents), sum(map(len, contents.values())), pinned)


def _code(name: str) -> Iterator[tuple[str, bytes]]:
    yield "main.py", _MAIN.format(name=name).encode()
    yield "functions/__init__.py", (FUNCTIONS / "__init__.py").read_bytes()
    for folder in (ROOT / "common", FUNCTIONS / name):
        for file in folder.rglob("*"):
            if file.is_file() and _LEFT_OUT.isdisjoint(file.parts):
                yield file.relative_to(ROOT).as_posix(), file.read_bytes()


def _digest(contents: Mapping[str, bytes]) -> str:
    """Of the files, not of the archive: another release of zlib may pack the same bytes otherwise."""
    whole = hashlib.sha256()
    for path, data in contents.items():
        whole.update(f"{path}\0{len(data)}\0".encode() + data)
    return whole.hexdigest()[:16]


def _entry(path: str) -> ZipInfo:
    """Neither the time of day nor the rights of this machine's files may get into the archive."""
    entry = ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
    return entry


def requirements(extras: tuple[str, ...]) -> bytes:
    """The cut of the lock file for a function with these extras.

    Raises:
        Refused: uv can't; says why.
    """
    wanted = [argument for extra in extras for argument in ("--extra", extra)]
    fixed = ["--frozen", "--quiet", "--no-dev", "--no-emit-project", "--no-header", "--no-annotate"]
    done = subprocess.run([uv(), "export", *fixed, *wanted], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise Refused(f"uv can't cut requirements from uv.lock: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def uv() -> str:
    """The program that the lock file names."""
    from uv import find_uv_bin

    return find_uv_bin()
