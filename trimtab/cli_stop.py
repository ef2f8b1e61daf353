"""The kill switches: no automatic change while one is on, for one tenant or for everybody; emergency pauses go on."""

from typing import Annotated, Any

import typer
from rich.console import Console

from common.domain.errors import Refused
from common.domain.tenant import KillSwitch
from trimtab.commands import AsJson, Store, emit, told
from trimtab.harmless import text

EVERYBODY = "everybody"
Tenant = Annotated[str, typer.Option("--tenant", "-t", help="The tenant that is meant.")]
Everything = Annotated[bool, typer.Option("--everything", help="Every tenant, those taken on later too.")]
By = Annotated[str, typer.Option(help="Your e-mail address; it is shown to whoever wonders why nothing moves.")]
Why = Annotated[str, typer.Option(help="Why; shown with it.")]


def add_to(app: typer.Typer) -> None:
    """Make them commands of the program."""
    app.command("stop")(stop)
    app.command("resume")(resume)
    app.command("switches")(switches)


def stop(
    by: By,
    reason: Why,
    tenant: Tenant = "",
    everything: Everything = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Stop all automatic changes: no call to a platform starts later than half a minute from now.

    What is live stays as it is, and emergency pauses go on. Campaigns themselves are paused on their platforms.
    """
    _switch(tenant, everything, store, as_json, on=True, by=by, reason=reason)


def resume(
    by: By,
    reason: Why,
    tenant: Tenant = "",
    everything: Everything = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Let automatic changes go on. What the tenant's own switch stops stays stopped when everything is resumed."""
    _switch(tenant, everything, store, as_json, on=False, by=by, reason=reason)


def switches(store: Store = None, as_json: AsJson = False) -> None:
    """Which kill switches are on, since when, by whom and why. Exit code 1 where one is."""
    with told():
        from common.use_cases.configure import control_of
        from common.use_cases.queries import tenants
        from trimtab.opening import opened

        ports = opened(store)
        found = {EVERYBODY: control_of(ports).kill_switch}
        found |= {one.tenant_id: one.kill_switch for one in tenants(ports) if one.kill_switch.on}
        emit(as_json, {name: one.body() for name, one in found.items()}, lambda console: _shown(console, found))
        if any(one.on for one in found.values()):
            raise typer.Exit(1)


def _switch(tenant: str, everything: bool, store: str | None, as_json: bool, **how: Any) -> None:
    with told():
        from common.use_cases.configure import switch_global, switch_tenant
        from trimtab.opening import opened

        if bool(tenant) == everything:
            raise Refused("say whom it is for: --tenant TENANT, or --everything")
        if "@" not in how["by"] or not how["reason"].strip():
            raise Refused("say who you are and why: --by EMAIL --reason TEXT")
        ports = opened(store)
        if everything:
            found = {EVERYBODY: switch_global(ports, **how).kill_switch}
        else:
            found = {tenant: switch_tenant(ports, tenant, **how).kill_switch}
        emit(as_json, {name: one.body() for name, one in found.items()}, lambda console: _shown(console, found))


def _shown(console: Console, found: dict[str, KillSwitch]) -> None:
    for name, one in found.items():
        state = ("stopped", "red") if one.on else ("runs", "green")
        since = "" if one.since is None else f" since {one.since:%Y-%m-%d %H:%M} UTC by {one.by}: {one.reason}"
        console.print(text(f"{name} ", state, since), soft_wrap=True)
