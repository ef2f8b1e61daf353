"""The deployed functions as `functions/functions.json` lists them: what each needs, hears and reaches."""

from pathlib import Path
from typing import Literal

from pydantic import RootModel

from common.domain.errors import Fault, InvalidInput
from common.domain.model import Frozen, parse_json

ROOT = Path(__file__).parents[1]
FUNCTIONS = ROOT / "functions"
LIST = FUNCTIONS / "functions.json"

Reach = Literal["accounts", "anchors", "channels", "events", "inputs", "model", "reports", "senders", "tenant-keys"]


class Described(Frozen):
    """One function. Its name is that of its folder and of its entry point."""

    does: str
    extras: tuple[str, ...] = ()
    """Of `pyproject.toml`: what it carries beside what every function does."""
    pushed: dict[str, str] = {}
    """The topics that are pushed to it, each with the path that takes them."""
    cron: str | None = None
    """When its root tick is sent, in UTC, where that is the same for every tenant."""
    callers: Literal["people", "senders"] | None = None
    """Who may call it beside Pub/Sub."""
    reaches: tuple[Reach, ...] = ()
    memory_mb: int
    concurrency: int
    timeout_seconds: int
    max_instances: int


class _List(RootModel[dict[str, Described]]):
    """The whole file."""


def described(names: tuple[str, ...] = ()) -> dict[str, Described]:
    """The functions of these names, in the list's order; all of them where none is named.

    Raises:
        InvalidInput: the list has faults, or there is no function of a name.
    """
    known = parse_json(_List, LIST.read_bytes(), "functions/functions.json").root
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InvalidInput(
            "the command line",
            [Fault(one, f"there is none; there are {', '.join(known)}") for one in unknown],
        )
    return {name: one for name, one in known.items() if not names or name in names}


def crons() -> dict[str, str]:
    """The cron expression of each function's root tick that is the same for every tenant; their names are cadences."""
    return {name: one.cron for name, one in described().items() if one.cron is not None}
