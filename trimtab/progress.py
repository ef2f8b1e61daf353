"""A progress bar for what may take more than a moment."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

T = TypeVar("T")


def watched(steps: Iterable[T], total: int, what: str) -> Iterator[T]:
    """The steps as they are taken, with a bar on standard error where that is a terminal. It is gone at the end."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal, transient=True
    ) as progress:
        bar = progress.add_task(what, total=total)
        for step in steps:
            progress.advance(bar)
            yield step
