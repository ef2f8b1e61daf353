"""What the code of a function can come to, read from its text: the modules that it imports, and what these do."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.infra.planned import ROOT

_BEYOND = ("common/adapters/", "common/bootstrap/")
"""Chosen by settings, not by who imports them."""

REACHES = {
    "accounts": r"ports\.(platforms|analytics|crm_pull)\(",
    "anchors": r"paths\.anchors?\(",
    "channels": r"notifier\.send\(",
    "events": r"ports\.bus\.publish\(TOPIC",
    "inputs": r"archive_inputs\(ports, tenant_id\)",
    "model": r"agent\.advise\(",
    "reports": r"\bstorage\(ports\)|objects\.read\(index",
    "senders": r"(?<!def )look_again\(|senders_at\(",
    "tenant-keys": r"\.keys\.key\(|(?<!_Listened\()ports\.crm\(",
}


@cache
def modules_of(function: str) -> dict[str, str]:
    """The text of each module that a function imports, in whatever place, by its path; not what settings choose."""
    seen: dict[str, str] = {}
    todo = sorted((ROOT / "functions" / function).glob("*.py"))
    while todo:
        file = todo.pop()
        path = file.relative_to(ROOT).as_posix()
        if path in seen or path.startswith(_BEYOND):
            continue
        seen[path] = file.read_text()
        todo += [found for name in _imports(ast.parse(seen[path])) if (found := _file(name)) is not None]
    return seen


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)


def _file(module: str) -> Path | None:
    place = ROOT / module.replace(".", "/")
    return next((one for one in (place.with_suffix(".py"), place / "__init__.py") if one.exists()), None)


def does(function: str, what: str) -> list[str]:
    """The modules of a function that do something."""
    return [path for path, text in modules_of(function).items() if re.search(what, text, re.MULTILINE)]


_COLLECTIONS = {"log": "optimization_log", "plan_versions": "versions"}
"""What functions of `common.domain.paths` give, where they are not called as the collection is."""


@cache
def queried() -> set[tuple[str, str, str]]:
    """Each collection's fields that some query picks by, and how. Where that can't be read, any of the module."""
    found: set[tuple[str, str, str]] = set()
    for folder in ("common", "functions", "trimtab"):
        for file in (ROOT / folder).rglob("*.py"):
            if "Query(" not in (text := file.read_text()) or file.name in ("documents.py", "document_rules.py"):
                continue
            tree = ast.parse(text)
            for call in filter(_is_query, ast.walk(tree)):
                assert isinstance(call, ast.Call)
                collection = _collection(call.args[0])
                found |= {(collection, field, kind) for field in _fields(call, tree) for kind in _kinds(call, field)}
    return found


def _kinds(call: ast.Call, field: str) -> tuple[str, ...]:
    """By which kinds of index a query picks by a field; both orders where it may read either way."""
    given = {one.arg: one.value for one in call.keywords}
    if "holding" in given and field in _names_in(given["holding"]):
        return ("CONTAINS",)
    backwards = given.get("descending", ast.Constant(value=False))
    if isinstance(backwards, ast.Constant):
        return ("DESCENDING",) if backwards.value else ("ASCENDING",)
    return ("ASCENDING", "DESCENDING")


def _is_query(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Query"


def _collection(given: ast.expr) -> str:
    """The last name of a path, or what the function that makes it is called."""
    if isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute):
        return _COLLECTIONS.get(given.func.attr, given.func.attr)
    last = given.values[-1] if isinstance(given, ast.JoinedStr) else given
    assert isinstance(last, ast.Constant), ast.dump(given)
    return str(last.value).rpartition("/")[2]


def _fields(call: ast.Call, module: ast.AST) -> Iterator[str]:
    parts = [*call.args[1:], *(one.value for one in call.keywords if one.arg in ("where", "up_to", "holding"))]
    elsewhere = any(isinstance(one, ast.Name) or (isinstance(one, ast.Dict) and None in one.keys) for one in parts)
    for node in ast.walk(module) if elsewhere else (node for part in parts for node in ast.walk(part)):
        yield from _names_in(node)


def _names_in(node: ast.AST) -> Iterator[str]:
    """The keys of a `where`; the field of an `up_to` or a `holding`."""
    if isinstance(node, ast.Dict):
        yield from (key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "until":
        yield from _text(node.args[0])
    if isinstance(node, ast.Tuple) and node.elts:
        yield from _text(node.elts[0])


def _text(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
