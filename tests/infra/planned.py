"""What Terraform would make of `infra/tests/everything.tfvars`, and how to get at it."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CHECK = ROOT / "infra" / "check"
PROJECT = "trimtab-demo"


@dataclass(frozen=True)
class Plan:
    """A plan as `terraform show -json` has it."""

    text: str

    def of(self, kind: str) -> dict[str, Any]:
        """The resources of a kind, `TYPE` or `TYPE.NAME`, by their keys: what of them is known beforehand."""
        wanted, _, name = kind.partition(".")
        return {
            str(one.get("index", one["name"])): one["values"]
            for one in self.resources()
            if one["type"] == wanted and name in ("", one["name"])
        }

    def all(self, kind: str) -> list[Any]:
        """The resources of a kind, whatever they are called."""
        return [one["values"] for one in self.resources() if one["type"] == kind]

    def resources(self) -> list[Any]:
        """All of them."""
        return self._read["planned_values"]["root_module"]["resources"]

    def unknown(self, address: str) -> Any:
        """What of a resource is known only once it is made: the same shape, true where it is not known."""
        changes = self._read["resource_changes"]
        return next(one["change"]["after_unknown"] for one in changes if one["address"] == address)

    @cached_property
    def _read(self) -> Any:
        return json.loads(self.text)

    def with_changed(self, old: str, new: str) -> "Plan":
        """Another plan, with one text in the place of another."""
        assert old in self.text
        return Plan(self.text.replace(old, new))

    def without(self, address: str) -> "Plan":
        """Another plan, that lacks a resource."""
        whole = json.loads(self.text)
        module = whole["planned_values"]["root_module"]
        kept = [one for one in module["resources"] if one["address"] != address]
        assert len(kept) < len(module["resources"]), f"the plan has no {address}"
        module["resources"] = kept
        return Plan(json.dumps(whole))


@cache
def why_none() -> str | None:
    """Why no plan can be made here; `None`: it can."""
    done = subprocess.run([CHECK, "--can-plan"], capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else None


def make(file: Path) -> None:
    """Have Terraform plan, and the plan written."""
    done = subprocess.run([CHECK, "--plan", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@cache
def listed() -> Mapping[str, Any]:
    """`functions/functions.json`, with what it may leave out."""
    read = json.loads((ROOT / "functions" / "functions.json").read_text())
    return {name: {"pushed": {}, "callers": "nobody", "reaches": [], **one} for name, one in read.items()}


def apart(what: str, made: object, wanted: object) -> Iterator[str]:
    """A line where two are not the same; sets and dicts are told by what they differ in."""
    if made == wanted:
        return
    if isinstance(made, set) and isinstance(wanted, set):
        yield f"{what}: too many {sorted(map(str, made - wanted))}, missing {sorted(map(str, wanted - made))}"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    else:
        yield f"{what}: {made}, not {wanted}"
