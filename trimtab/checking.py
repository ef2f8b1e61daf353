"""Check a file that somebody wrote: a tenant, a plan, the terms of one, a manifest or a scenario."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from common.domain.errors import Fault, InvalidInput
from common.domain.manifest import Manifest
from common.domain.model import parse
from common.domain.plan import MediaPlan, PlanTerms
from common.domain.tenant import Tenant
from sandbox.scenario import parse_scenario

_KINDS: dict[str, Callable[[dict[str, Any], str], object]] = {
    "tenant": lambda data, subject: parse(Tenant, data, subject),
    "plan": lambda data, subject: parse(MediaPlan, data, subject),
    "terms": lambda data, subject: parse(PlanTerms, data, subject),
    "manifest": lambda data, subject: parse(Manifest, data, subject),
    "scenario": parse_scenario,
}
_SIGNS = {"entities": "manifest", "master_cap": "plan", "vertical": "tenant"}
"""A key that tells a kind of file, in the order in which they are looked for; a scenario has `seed`."""


def check_file(path: Path, kind: str = "") -> dict[str, str]:
    """Parse the file as what it is. Returns its kind.

    Raises:
        InvalidInput: with every fault.
        OSError: it can't be read.
    """
    data = _object(path)
    kind = kind or _guess(data)
    if kind not in _KINDS:
        raise InvalidInput(str(path), [Fault("", f"say what it is with --kind: {', '.join(_KINDS)}")])
    _KINDS[kind](data, str(path))
    return {"file": str(path), "kind": kind}


def parsed(path: Path) -> object:
    """What a file of a tenant, a plan, its terms, a manifest or a scenario says.

    Raises:
        InvalidInput: with every fault.
        OSError: it can't be read.
    """
    data = _object(path)
    kind = _guess(data)
    if kind not in _KINDS:
        raise InvalidInput(str(path), [Fault("", f"is none of these: {', '.join(_KINDS)}")])
    return _KINDS[kind](data, str(path))


def read_terms(path: Path) -> PlanTerms:
    """The terms of a plan in a file.

    Raises:
        InvalidInput: with every fault.
        OSError: it can't be read.
    """
    return parse(PlanTerms, _object(path), str(path))


def _object(path: Path) -> dict[str, Any]:
    try:
        data: Any = from_json(path.read_bytes(), allow_inf_nan=False)
    except ValueError as error:
        raise InvalidInput(str(path), [Fault("", f"is not JSON: {error}")]) from error
    if not isinstance(data, dict):
        raise InvalidInput(str(path), [Fault("", "must be a JSON object")])
    return data  # pyright: ignore[reportUnknownVariableType]


def _guess(data: dict[str, Any]) -> str:
    if "seed" in data:
        return "scenario"
    kind = next((kind for sign, kind in _SIGNS.items() if sign in data), "")
    return "terms" if kind == "plan" and data.keys().isdisjoint({"approved_by", "approved_at", "digest"}) else kind
