"""The commands that take a tenant on, and that list those that there are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from trimtab.commands import AsJson, Store, emit, told
from trimtab.given import REGION
from trimtab.harmless import text

if TYPE_CHECKING:
    from common.domain.tenant import Tenant
    from trimtab.taking_on import Jobs

Files = Annotated[
    list[Path], typer.Argument(help="The tenant, the plan that it approved, and a manifest for each track, as JSON.")
]
tenants_app = typer.Typer(no_args_is_help=True, help="Take tenants on, and list them.")


def add_to(app: typer.Typer) -> None:
    """Make them commands of the program."""
    app.add_typer(tenants_app, name="tenants")


@tenants_app.command()
def add(
    files: Files,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check: nothing is written.")] = False,
    region: Annotated[str, typer.Option(help="Where the scheduler's jobs are.")] = REGION,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Take a tenant on: all at once or not at all. Every fault of its files is listed; says what to do next."""
    with told():
        from trimtab.opening import settings_for
        from trimtab.taking_on import jobs_for, read, take_on

        given, settings = read(files), settings_for(store)
        take_on(settings, given, dry_run=dry_run)
        jobs = None if dry_run else jobs_for(settings, given.tenant, region)
        data = {"tenant": given.tenant.tenant_id, "tracks": given.tenant.tracks, "added": not dry_run, "jobs": jobs}
        emit(as_json, data, lambda console: _added(console, given.tenant, jobs, dry_run=dry_run))


@tenants_app.command("list")
def list_tenants(store: Store = None, as_json: AsJson = False) -> None:
    """The tenants, with their tracks, their time zone, their slot and the hours of their daily work."""
    with told():
        from common.use_cases.queries import tenants
        from trimtab.opening import opened

        found = tenants(opened(store))
        emit(as_json, [_data(one) for one in found], lambda console: console.print(_listed(found)))


def _data(tenant: "Tenant") -> dict[str, Any]:
    return {
        "tenant": tenant.tenant_id,
        "name": tenant.name,
        "tracks": tenant.tracks,
        "time_zone": tenant.time_zone,
        "slot": tenant.slot,
        "cadences": tenant.cadences.body(),
        "stopped": tenant.kill_switch.on,
    }


def _listed(found: "Sequence[Tenant]") -> Table:
    table = Table("tenant", "tracks", "time zone", "minute", "sweep", "review", "report", "")
    for one in found:
        hours = (one.cadences.sweep_hour, one.cadences.review_hour, one.cadences.report_hour)
        state = text(("stopped", "red")) if one.kill_switch.on else ""
        tracks = text(", ".join(one.tracks))
        table.add_row(
            text(one.tenant_id), tracks, one.time_zone, str(one.slot), *(f"{hour} h" for hour in hours), state
        )
    return table


def _added(console: Console, tenant: "Tenant", jobs: "Jobs | None", *, dry_run: bool) -> None:
    tracks = f"{len(tenant.tracks)} track{'' if len(tenant.tracks) == 1 else 's'}"
    if dry_run:
        console.print(text(f"{tenant.tenant_id} with {tracks} can be taken on."))
        return
    console.print(text(f"{tenant.tenant_id} is taken on with {tracks}."))
    console.print("Next:")
    console.print(text(f"  python -m trimtab connect {tenant.tenant_id}: name its accounts, and see what each needs"))
    if jobs is not None:
        console.print(text(f"  {jobs['said']}"), soft_wrap=True)
