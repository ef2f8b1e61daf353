"""The command that looks at a client's connections, and names its accounts."""

from collections.abc import Sequence
from typing import Annotated

import typer

from common.domain.errors import Fault, InvalidInput
from trimtab.commands import AsJson, Store, emit, told

Tenant = Annotated[str, typer.Argument(help="The tenant; not needed where the store has one.")]
AccountOption = Annotated[
    list[str] | None,
    typer.Option("--account", help="SOURCE=ID, as google_ads=123-456-7890, meta=act_1, ga4=1; may be repeated."),
]
Secrets = Annotated[
    list[str] | None,
    typer.Option("--secret", help="PLATFORM=NAME: the secret with its credentials, where it is not called as it is."),
]


def add_to(app: typer.Typer) -> None:
    """Make it a command of the program."""
    app.command()(connect)


def connect(
    tenant: Tenant = "",
    account: AccountOption = None,
    through: Annotated[str | None, typer.Option(help="The Google Ads manager account that it is reached by.")] = None,
    secret: Secrets = None,
    hubspot: Annotated[str | None, typer.Option(help="The secret with the token of a HubSpot private app.")] = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Look at everything that a client's sources need, and say what is missing and what to do next.

    With accounts, they are named first. Exit code 1 where something that is required is missing or did not answer.
    """
    with told():
        from common.use_cases.connect import connect as look
        from common.use_cases.name_accounts import Named, name_accounts
        from trimtab import show_connections
        from trimtab.opening import opened, tenant_named

        ports = opened(store, acts=True)
        found = tenant_named(ports, tenant)
        secrets = {**_pairs("--secret", secret), **({} if hubspot is None else {"crm": hubspot})}
        named = Named(_known(_pairs("--account", account)), secrets, through)
        if named:
            name_accounts(ports, found.tenant_id, named)
        connections = look(ports, found.tenant_id)
        emit(
            as_json,
            show_connections.data(connections),
            lambda console: show_connections.walk(console, found, connections),
        )
        if show_connections.something_is_wrong(connections):
            raise typer.Exit(1)


def _pairs(option: str, written: Sequence[str] | None) -> dict[str, str]:
    """`NAME=VALUE` each.

    Raises:
        InvalidInput: some are written otherwise.
    """
    parts = [one.partition("=") for one in written or ()]
    faults = [Fault(option, f"{''.join(one)!r}: write NAME=VALUE") for one in parts if not all(one)]
    if faults:
        raise InvalidInput("the command line", faults)
    return {name: value for name, _, value in parts}


def _known(accounts: dict[str, str]) -> dict[str, str]:
    """The accounts, all of sources that there are.

    Raises:
        InvalidInput: some are of none.
    """
    from common.adapters.platforms import KNOWN

    sources = (*KNOWN, "ga4")
    faults = [
        Fault("--account", f"{one!r} is no source: {', '.join(sources)}") for one in accounts if one not in sources
    ]
    if faults:
        raise InvalidInput("the command line", faults)
    return accounts
