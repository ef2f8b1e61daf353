"""What a function's code imports, also where it does so late: a bundle must carry that, and nothing that it never does.

A client is imported where it is first used, so a bundle that lacks one starts well and fails at the first message that
needs it. The sources are read, not run. What `common.bootstrap` chooses by a function's settings is followed only where
the function reaches what stands behind it.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distributions, files
from pathlib import Path

from trimtab.bundles import requirements
from trimtab.function_list import ROOT, Described

BEHIND = {
    "common.adapters.platforms": {"accounts"},
    "common.adapters.ga4": {"accounts"},
    "common.adapters.hubspot": {"accounts"},
    "common.adapters.calls": {"accounts"},
    "common.adapters.crm_check": {"accounts"},
    "common.adapters.gemini": {"model"},
    "common.adapters.gcs_objects": {"anchors", "inputs", "reports"},
    "common.adapters.channels": {"channels"},
    "common.adapters.secret_manager": {"accounts", "channels", "tenant-keys"},
    "common.adapters.google_tokens": {"people", "senders"},
    "common.adapters.public_keys": {"people", "senders"},
    "common.web.report_view": {"report"},
}
"""What only some functions come to, by what leads there: of a function's `reaches` and `callers`, or its name. The
approval pages show reports as they were kept, and draw none."""
CHOSEN = ("common.adapters.platforms", "common.adapters.ga4", "common.adapters.hubspot")
"""Adapters that are imported by a name that is made up while running."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The modules of ours that a function's code comes to, and what they import of others, by dotted name."""

    modules: frozenset[str]
    packages: frozenset[str]


def reached(name: str, function: Described) -> Reached:
    """What the function comes to."""
    doors = {name, *function.reaches, *([function.callers] if function.callers else [])}
    known = {module for module in _all_modules() if _is_open(module, doors)}
    chosen = {module for module in known if any(_within(module, one) for one in CHOSEN)}
    waiting = [f"functions.{name}.main", "common.adapters.firestore", "common.adapters.pubsub", *chosen]
    seen: set[str] = set()
    others: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        for imported in _imports(module):
            ours = imported.partition(".")[0] in ("common", "functions")
            if not ours and imported.partition(".")[0] not in sys.stdlib_module_names:
                others.add(imported)
            waiting += [one for one in _with_parents(imported) if ours and one in known]
    return Reached(frozenset(seen), frozenset(others))


def lacking(function: Described, found: Reached) -> list[str]:
    """What the code imports of others that the function's requirements do not bring."""
    return sorted(found.packages - _brought(requirements(function.extras).decode().splitlines()))


def idle(function: Described, found: Reached) -> list[str]:
    """The extras of which the code imports nothing."""
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    return [one for one in function.extras if not found.packages & _brought(named[one])]


def _brought(lines: list[str]) -> Set[str]:
    """The modules of the distributions that lines of requirements begin with."""
    found = (re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line) for line in lines)
    return frozenset[str]().union(*(_modules_of(name.group()) for name in found if name))


@cache
def _modules_of(distribution: str) -> Set[str]:
    """The dotted names that a distribution can be imported by."""
    try:
        listed = files(distribution) or ()
    except PackageNotFoundError:  # for another operating system
        return frozenset()
    found: set[str] = set()
    for file in listed:
        if file.suffix in (".py", ".so"):
            parts = file.with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else (*parts[:-1], parts[-1].partition(".")[0])
            found.add(".".join(parts))
    return found


def _is_open(module: str, doors: set[str]) -> bool:
    return all(not _within(module, adapter) or not leads.isdisjoint(doors) for adapter, leads in BEHIND.items())


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _all_modules() -> Iterator[str]:
    for folder in ("common", "functions"):
        for file in (ROOT / folder).rglob("*.py"):
            parts = file.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _imports(module: str) -> tuple[str, ...]:
    tree = ast.parse(_source(module).read_bytes())
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    return tuple(one for node in ast.walk(tree) if node not in typing_only for one in _imported(node))


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if _source(inner).exists() or inner in _installed() else node.module


@cache
def _installed() -> Set[str]:
    """The modules of everything in this environment: what is imported from a package may be one, or only a name."""
    return frozenset[str]().union(*(_modules_of(one.name) for one in distributions()))


def _source(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _with_parents(module: str) -> Iterator[str]:
    parts = module.split(".")
    yield from (".".join(parts[: length + 1]) for length in range(len(parts)))
