"""The commands for the scheduler's jobs: how they differ from what the tenants need, and how they come to be so."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from common.domain.errors import Fault, InvalidInput, TrimtabError
from trimtab.commands import AsJson, emit, told
from trimtab.given import REGION
from trimtab.harmless import text

if TYPE_CHECKING:
    from common.decisions.schedule_drift import Finding
    from common.ports.scheduler import Scheduler
    from common.use_cases.ports import Ports
    from common.use_cases.schedules import Compared

Project = Annotated[
    str, typer.Option(help="The Google Cloud project; where it is not given, that of TRIMTAB_BUS or TRIMTAB_STORE.")
]
Region = Annotated[str, typer.Option(help="Where the scheduler's jobs are.")]
ProjectStore = Annotated[
    str | None,
    typer.Option(help="Where the tenants are; by default what TRIMTAB_STORE says, or the project's Firestore."),
]
schedules_app = typer.Typer(help="The scheduler's jobs: how they differ from what the tenants need.")


def add_to(app: typer.Typer) -> None:
    """Make them commands of the program."""
    app.add_typer(schedules_app, name="schedules")


@schedules_app.callback(invoke_without_command=True)
def schedules(
    context: typer.Context,
    project: Project = "",
    region: Region = REGION,
    store: ProjectStore = None,
    as_json: AsJson = False,
) -> None:
    """Tell how the scheduler's jobs differ from what the tenants need, and from what the infrastructure made.

    Exit code 1 where one differs, or fails.
    """
    if context.invoked_subcommand is None:
        with told():
            _look(project, region, store, as_json)


@schedules_app.command()
def sync(
    project: Project = "",
    region: Region = REGION,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; exit code 1 where one differs.")] = False,
    store: ProjectStore = None,
    as_json: AsJson = False,
) -> None:
    """Have a job for each daily cadence and time zone that tenants need, and no other.

    The infrastructure's own jobs are never touched; what is wrong with them is told.
    """
    with told():
        if dry_run:
            _look(project, region, store, as_json)
            return
        from common.use_cases.schedules import sync as set_right
        from trimtab.progress import watched

        compared, scheduler = _compared(project, region, store)
        wrong = len(compared.drift.to_set_right)
        done: list[Finding] = []
        failed: TrimtabError | None = None
        try:
            for one in watched(set_right(scheduler, compared), wrong, "jobs"):
                done.append(one)  # noqa: PERF402, since what is done before one fails is told too
        except TrimtabError as error:
            failed = error
        emit(as_json, _data(compared, done), _shown(compared, done, "done"))
        if failed is not None:
            raise failed


def _look(project: str, region: str, store: str | None, as_json: bool) -> None:
    compared, _ = _compared(project, region, store)
    emit(as_json, _data(compared, []), _shown(compared, [], "to do"))
    if compared.drift.findings or compared.broken:
        raise typer.Exit(1)


def _compared(project: str, region: str, store: str | None) -> "tuple[Compared, Scheduler]":
    from common.use_cases.schedules import compare
    from trimtab.function_list import crons

    ports, scheduler = _opened(project, region, store)
    return compare(ports, scheduler, crons()), scheduler


def _opened(project: str, region: str, store: str | None) -> "tuple[Ports, Scheduler]":
    from trimtab.given import wrong
    from trimtab.opening import opened, scheduler_in, settings_for

    settings = settings_for(store)
    project = project or settings.project or ""
    if not project:
        raise InvalidInput("the command line", [Fault("--project", "say whose jobs: the Google Cloud project's id")])
    faults = [Fault(f"--{name.lower()}", said) for name, said in wrong(project, region)]
    if faults:
        raise InvalidInput("the command line", faults)
    if "store" not in settings.model_fields_set:
        store = f"firestore:{project}"
    scheduler = scheduler_in(settings, project, region)  # first, since it says so where there are no credentials
    return opened(store), scheduler


def _data(compared: "Compared", done: "list[Finding]") -> dict[str, Any]:
    return {
        "jobs": [job.body() for job in compared.wanted],
        "standing_still": compared.drift.standing_still,
        "differences": [{**asdict(one), "done": one in done} for one in compared.drift.findings],
        "broken": list(compared.broken),
    }


def _shown(compared: "Compared", done: "list[Finding]", what: str) -> Callable[[Console], None]:
    def show(console: Console) -> None:
        table = Table("job", "is", "which means", "")
        for one in compared.drift.findings:
            ours = one in compared.drift.to_set_right
            todo = "done" if one in done else "to do" if ours else "Terraform's" if not one.by_zone else "look"
            table.add_row(text(one.job), one.kind.value, text(one.what), todo)
        if table.row_count:
            console.print(table)
        for one in compared.broken:
            console.print(text(("no job is removed while a tenant can't be read: ", "yellow"), one), soft_wrap=True)
        zones = len({job.time_zone for job in compared.wanted})
        wanted = f"{_counted(len(compared.wanted), 'job')} for {_counted(zones, 'time zone')}"
        state = ", all paused as the infrastructure's are" if compared.drift.standing_still else ""
        differ = (
            "nothing differs"
            if not compared.drift.findings
            else f"{_counted(len(compared.drift.findings), 'difference')}"
        )
        console.print(f"{wanted}{state}: {differ}" + (f", {len(done)} set right" if what == "done" else ""))

    return show


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
