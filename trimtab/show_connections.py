"""A client's connections, as a walk that a person can follow, and for a program."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding

from common.decisions.connections import steps_of, truth_of
from common.domain.connection import Connection, ConnectionState, Need
from common.domain.tenant import Tenant
from common.web.connections_view import STATE_WORDS
from trimtab.harmless import text

S = ConnectionState
_MARKS = {
    S.CONNECTED: ("✓", "green"),
    S.LIMITED: ("✓", "yellow"),
    S.BROKEN: ("✗", "red"),
    S.UNANSWERED: ("?", "yellow"),
    S.ABSENT: ("-", "dim"),
}


def something_is_wrong(connections: Mapping[str, Connection]) -> bool:
    """Whether something that is required is missing, or could not be looked at."""
    return any(one.state in (S.BROKEN, S.UNANSWERED) for one in connections.values())


def data(connections: Mapping[str, Connection]) -> dict[str, Any]:
    """As JSON."""
    truth = truth_of(connections)
    return {
        "ga4_source_of_truth": {"met": truth.met, "said": truth.said},
        "connections": {
            source: {**one.body(), "next": next(steps_of(one), None)} for source, one in connections.items()
        },
    }


def walk(console: Console, tenant: Tenant, connections: Mapping[str, Connection]) -> None:
    """Each source with all its needs and the next step; then what that comes to."""
    console.print(text((f"{tenant.name}: connections", "bold")))
    for source, one in connections.items():
        _source(console, source, one)
    truth = truth_of(connections)
    mark, style = ("✓", "green") if truth.met else ("-", "yellow")
    console.print()
    console.print(
        text((mark, style), f" GA4 as the source of truth: {'met' if truth.met else 'not met'}. {truth.said}")
    )
    if not truth.met:
        console.print(text(("  Work can begin without it; connect GA4 for full optimization.", "dim")))


def _source(console: Console, source: str, one: Connection) -> None:
    mark, style = _MARKS[one.state]
    account = f" {one.account_id}" if one.account_id else ""
    console.print()
    console.print(text((mark, style), f" {source}{account}: ", (STATE_WORDS[one.state], style)))
    for need in one.needs:
        _need(console, need)
    step = next(steps_of(one), None)
    if step is not None:
        console.print(Padding(text(("Next: ", "bold"), step), (0, 0, 0, 4), expand=False))


def _need(console: Console, need: Need) -> None:
    mark, style = ("✓", "green") if need.met else ("✗", "red" if need.required else "yellow")
    said = f": {need.said}" if need.met and need.said else ""
    console.print(Padding(text((mark, style), f" {need.what}{said}"), (0, 0, 0, 4), expand=False))
