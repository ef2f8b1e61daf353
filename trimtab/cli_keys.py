"""The commands for a client's key: made once, and erased when the client asks for it."""

from typing import Annotated

import typer

from trimtab.commands import AsJson, Store, emit, told

TenantId = Annotated[str, typer.Argument(help="The tenant's id.")]

WHAT_IT_DOES = """\
This destroys the key under which the ids that the CRM of {name} told are hashed. It can't be undone.
  Unreadable from then on: which sale, click or campaign any stored conversion was of. The CRM's past counts go with it.
  Unchanged: plans, campaigns, the optimization log and its anchors, events and reports; none of them holds such an id.
  Refused from then on: everything that its CRM sends, until `python -m trimtab new-key {tenant}` makes another.
  Not touched: its secrets (tokens, signing keys), and what the CRM itself and the platforms keep."""


def add_to(app: typer.Typer) -> None:
    """Make them commands of the program."""
    app.command("erase")(erase)
    app.command("new-key")(new_key)


def erase(
    tenant: TenantId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for programs.")] = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Make what a client's CRM told of persons unreadable for good, and take nothing more from it."""
    with told():
        from common.use_cases.configure import tenant_of
        from common.use_cases.erase import erase as destroy
        from trimtab.opening import opened

        ports = opened(store)
        found = tenant_of(ports, tenant)
        again = tenant
        if not yes:
            typer.echo(WHAT_IT_DOES.format(name=found.name, tenant=tenant), err=True)
            again = typer.prompt("Type the tenant's id to erase it, anything else to leave it", err=True)
        destroy(ports, tenant, again=again.strip())
        done = f"The key of {tenant} is erased."
        emit(as_json, {"tenant": tenant, "erased": True}, lambda console: console.print(done, highlight=False))


def new_key(tenant: TenantId, store: Store = None, as_json: AsJson = False) -> None:
    """Make a client the key under which ids that its CRM tells are hashed; also after an erasure, on purpose."""
    with told():
        from common.use_cases.erase import new_key as make
        from trimtab.opening import opened

        make(opened(store), tenant)
        done = f"{tenant} has a new key: its CRM may send."
        emit(as_json, {"tenant": tenant, "key": "made"}, lambda console: console.print(done, highlight=False))
