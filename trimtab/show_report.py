"""What making a report prints."""

from pathlib import Path

from rich.console import Console

from common.domain.report import Report, ReportIndex
from trimtab.harmless import text


def kept(console: Console, index: ReportIndex, where: str | None) -> None:
    """What it says, and where page and data are."""
    console.print(text(index.sentence), soft_wrap=True)
    place = "" if where is None else f"{where.removeprefix('folder:').rstrip('/')}/"
    for path in (index.page, index.data):
        console.print(text((f"{place}{path}", "dim")), soft_wrap=True)


def written(console: Console, report: Report, file: Path) -> None:
    """What it says, and where the page is."""
    console.print(text(report.sentence), soft_wrap=True)
    console.print(text((str(file), "dim")), soft_wrap=True)
