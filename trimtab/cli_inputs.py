"""The command about what a decision was made on."""

from json import loads
from typing import Annotated

import typer

from trimtab.commands import AsJson, Store, TenantName, emit, told

ChangeSetId = Annotated[str, typer.Argument(metavar="CHANGE_SET", help="Its id, as `log --json` tells it.")]


def add_to(app: typer.Typer) -> None:
    """Make it a command of the program."""
    app.command()(inputs)


def inputs(change_set: ChangeSetId, tenant: TenantName = "", store: Store = None, as_json: AsJson = False) -> None:
    """Show everything that a decision looked at, as JSON: the same gives the same decision again.

    After some days it is in object storage: TRIMTAB_OBJECTS says where.
    """
    with told():
        from common.domain import paths
        from common.domain.change_set import ChangeSet
        from common.use_cases.archived_inputs import inputs_of
        from common.use_cases.kept_inputs import text_of
        from common.use_cases.load import read_one
        from trimtab.opening import opened, tenant_named

        ports = opened(store)
        found = tenant_named(ports, tenant)
        made = read_one(ports.documents, ChangeSet, paths.change_set(found.tenant_id, change_set)).value
        looked_at = loads(text_of(inputs_of(ports, made)))
        emit(as_json, looked_at, lambda console: console.print_json(data=looked_at))
