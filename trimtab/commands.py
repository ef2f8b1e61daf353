"""What all commands share: their options, how they print, and how they say that something went wrong."""

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console

from common.domain.errors import TrimtabError
from common.ports.documents import Conflict
from trimtab.harmless import text

Store = Annotated[
    str | None,
    typer.Option(
        help="sqlite:PATH, firestore:PROJECT or firestore:PROJECT/DATABASE; "
        "where it is not given, what TRIMTAB_STORE says, or sqlite:var/trimtab.db."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TenantName = Annotated[str, typer.Option("--tenant", "-t", help="The tenant; not needed where the store has one.")]
TrackName = Annotated[str, typer.Argument(help="The track's id.")]
By = Annotated[str, typer.Option(help="Your e-mail address, as the tenant's approvers have it.")]


@contextmanager
def told() -> Generator[None]:
    """Turn what was raised on purpose, or by the operating system, into its message and exit code 2."""
    try:
        yield
    except BrokenPipeError:
        raise  # whoever read our output has seen enough
    except (TrimtabError, OSError) as error:
        message = text(("error ", "red"), _message(error))
        Console(stderr=True, highlight=False).print(message, soft_wrap=True)
        raise typer.Exit(2) from error


def _message(error: Exception) -> str:
    if isinstance(error, Conflict):
        return f"{error}; nothing was written, so look again and repeat it"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def print_json(data: Any) -> None:
    """Print for a program."""
    json.dump(data, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")


def emit(as_json: bool, data: Any, person: Callable[[Console], None]) -> None:
    """Print for a program or for a person."""
    if as_json:
        print_json(data)
    else:
        person(Console(highlight=False))
