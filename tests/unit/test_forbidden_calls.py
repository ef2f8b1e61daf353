"""Nothing that is deployed runs text as a program, starts another, or takes objects apart that somebody sent."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = frozenset({"code", "codeop", "ctypes", "dbm", "dill", "ldap", "ldap3", "lxml"}) | frozenset(
    {"marshal", "pickle", "pty", "shelve", "subprocess", "xml", "yaml"}
)
CALLS = frozenset({"eval", "exec", "compile", "__import__", "Markup", "render_template_string", "from_string"})
OF_OS = frozenset({"system", "popen", "execv", "execve", "execvp", "spawnl", "spawnv", "posix_spawn"})
PATTERNS = frozenset({"compile", "match", "search", "fullmatch", "sub", "split", "findall", "finditer"})


def found_in(source: str) -> Iterator[str]:
    """Each thing in a program that should not be there."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in MODULES:
            yield node.module or ""
        elif isinstance(node, ast.Call):
            yield from _called(node)


def _called(node: ast.Call) -> Iterator[str]:
    function = node.func
    if isinstance(function, ast.Name) and function.id in CALLS:
        yield function.id
    if not isinstance(function, ast.Attribute):
        return
    owner = function.value.id if isinstance(function.value, ast.Name) else ""
    if function.attr in CALLS - {"compile"} or (owner == "os" and function.attr in OF_OS):
        yield f"{owner}.{function.attr}"
    if owner == "re" and function.attr in PATTERNS and not isinstance(node.args[0], ast.Constant):
        yield f"re.{function.attr} of what is not a constant"


def deployed() -> list[Path]:
    """The programs of the functions and what they share."""
    return [path for folder in ("common", "functions") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_no_deployed_program_does_what_none_should() -> None:
    files = deployed()
    assert len(files) > 100
    found = {str(path.relative_to(ROOT)): list(found_in(path.read_text())) for path in files}
    assert {path: things for path, things in found.items() if things} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import subprocess",
        "from xml.etree import ElementTree",
        "import os\nos.system('ls')",
        "eval('1')",
        "environment.from_string('{{ x }}')",
        "import re\nre.compile(given)",
        "Markup(name)",
    ],
)
def test_what_none_should_do_is_found(source: str) -> None:
    assert list(found_in(source))


def test_no_template_turns_its_escaping_off() -> None:
    templates = sorted((ROOT / "common" / "web" / "templates").glob("*.html"))
    assert len(templates) > 10
    words = ("|safe", "| safe", "autoescape", "{% include", "{% import")
    assert [(path.name, one) for path in templates for one in words if one in path.read_text()] == []
