"""The command about reports."""

from pathlib import Path
from typing import Annotated

import typer

from trimtab.commands import AsJson, Store, TenantName, emit, told

Out = Annotated[Path | None, typer.Option(help="Write the page there instead of keeping it.")]


def add_to(app: typer.Typer) -> None:
    """Make it a command of the program."""
    app.command()(report)


def report(tenant: TenantName = "", out: Out = None, store: Store = None, as_json: AsJson = False) -> None:
    """Make the client's report as things stand now: one page, and the same as JSON.

    Sources are asked for days that are not recorded yet where TRIMTAB_MARKET_URL says where they are.
    """
    with told():
        from common.use_cases.report import gathered, keep_report, storage
        from common.web.report_view import report_page
        from trimtab.opening import opened, settings_for, tenant_named
        from trimtab.show_report import kept, written

        ports = opened(store)
        found = tenant_named(ports, tenant)
        objects = storage(ports) if out is None else None
        made = gathered(ports, found.tenant_id, ask=settings_for(store).market_url is not None)
        if objects is not None:
            index, where = keep_report(ports, objects, made), settings_for(store).objects_at
            emit(as_json, made.body(), lambda console: kept(console, index, where))
        elif out is not None:
            out.write_bytes(report_page(made))
            emit(as_json, made.body(), lambda console: written(console, made, out))
