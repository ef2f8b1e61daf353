"""The command that says where a client's CRM comes from: who may send, and what is asked."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

from common.domain.crm import CrmSource
from common.domain.model import parse
from trimtab.commands import AsJson, Store, emit, told
from trimtab.harmless import text

TenantId = Annotated[str, typer.Argument(help="The tenant's id.")]


def add_to(app: typer.Typer) -> None:
    """Make it a command of the program."""
    app.command("crm")(crm)


def crm(
    tenant: TenantId,
    signing: Annotated[str | None, typer.Option(help="The secret with the keys that senders sign with.")] = None,
    sender: Annotated[
        list[str] | None,
        typer.Option(help="A service account that may send; may be repeated, and replaces the others."),
    ] = None,
    hubspot: Annotated[str | None, typer.Option(help="The secret with the token of a HubSpot private app.")] = None,
    deal: Annotated[
        list[str] | None,
        typer.Option(help="campaign=NAME, platform=NAME or click_id=NAME: the property of a deal that holds it."),
    ] = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Say where a client's CRM comes from, or change it: an option that is given with nothing in it is taken away."""
    with told():
        from common.use_cases.configure import configure, tenant_of
        from trimtab.opening import opened

        ports = opened(store)
        found = tenant_of(ports, tenant)
        source = _with(found.crm.body(), {"signing": signing, "hubspot": hubspot})
        named = {what: name for what, _, name in (one.partition("=") for one in deal or ())}
        source["hubspot_properties"] = _with(source["hubspot_properties"], named)
        if sender is not None:
            source["senders"] = [one for one in sender if one]
        if source != found.crm.body():
            found = configure(ports, tenant, lambda known: known.but(crm=_parsed(source, known.tenant_id)))
        emit(as_json, found.crm.body(), lambda console: _shown(console, found.crm))


def _with(known: dict[str, Any], given: Mapping[str, str | None]) -> dict[str, Any]:
    """What is known, with what was given; the empty text takes away."""
    return {**known, **{name: value or None for name, value in given.items() if value is not None}}


def _parsed(source: dict[str, Any], tenant_id: str) -> CrmSource:
    return parse(CrmSource, source, f"the CRM of {tenant_id}")


def _shown(console: Console, source: CrmSource) -> None:
    named = source.hubspot_properties
    lines = {
        "may send, by identity": ", ".join(source.senders),
        "may send, by a signature with": source.signing,
        "HubSpot's token": source.hubspot,
        "the deal's campaign": named.campaign,
        "its platform": named.platform,
        "its click": named.click_id,
    }
    for what, value in lines.items():
        console.print(text(f"{what}: ", value or "none"), soft_wrap=True)
